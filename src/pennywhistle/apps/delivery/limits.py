"""How much delivery may use at once."""

import os

from pennywhistle.machine.sandbox import Limits

# Pieces in which files leave: what one download holds in memory.
PIECE_BYTES = 512 << 10

# Two hours of studio master to the slowest codec.
ENCODING = Limits(wall_seconds=1_800, cpu_seconds=1_800)

# Encoders of the whole machine. More than it has cores: each then gives its first bytes at once,
# and a hundred buyers still do not bring it down. Somebody who waits for a track is not behind
# somebody else's album: what is made in the background has places of its own.
ENCODERS_MAX = 4 * max(2, os.cpu_count() or 1)
BACKGROUND_ENCODERS_MAX = max(1, os.cpu_count() or 1)

# What may wait for an encoder in one process, and how much of it for one person.
WAITING_MAX = 5_000
WAITING_OF_ONE_MAX = 500

# How long a request waits for its first bytes before it is told to come again, and how long one
# for the end of a file whose beginning is there: below what proxies wait for (60 s).
FIRST_BYTE_PATIENCE_S = 8.0
END_PATIENCE_S = 40.0
# How long a folder's listing waits for the sizes of its files: below what mounted folders wait for.
LISTING_PATIENCE_S = 20.0
RETRY_AFTER_S_MAX = 600

# A file that is being sent and does not grow for so long is cut off; its reader resumes.
STALL_PATIENCE_S = 60.0

# How often is looked for a free place, and at the files that other processes are making.
PLACE_LOOK_S = 0.02
WATCH_S = 0.05

# A file that could not be made is not tried again by every look at a page.
FAILURE_REMEMBERED_S = 30.0

# `used_at` is written at most this often, so that a player's ranges are no stream of updates.
USED_AT_GRAIN_S = 300

# What was used this recently may be on its way to somebody: it is not evicted.
EVICTION_GRACE_S = 3_600

# Covers that a process knows to be shown by some release.
COVERS_REMEMBERED_MAX = 100_000

# A file that no row names may be one that is just being noted.
SWEEP_GRACE_S = 86_400

# Evicted per statement.
EVICTION_BATCH = 500

# How long a request waits for what visitors may have made too; buyers come first.
ASIDE_PATIENCE_S = 20.0
ASIDE_RETRY_AFTER_S = 5
