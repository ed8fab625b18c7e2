"""How much is held, and laid into one batch, at a time."""

# Releases that are read and written together: what bounds the memory.
RELEASES_AT_ONCE = 50
# Other stores take a thousand messages and twenty thousand files in a batch, this one does too.
RELEASES_PER_BATCH = 500
FILES_PER_BATCH = 15_000
FILE_STEM_CHARS_MAX = 60
# A part that is fetched from the studio: all its files are read once before its first byte leaves.
PART_BYTES_MAX = 1_000_000_000
RELEASES_PER_PART = 200
# For how long a part that was begun can be gone on with: its messages bear the time of the page.
PART_HOURS = 7 * 24
# Of a release: messages that are read for its ℗ and © lines, and lines that are written.
MESSAGES_READ_MAX = 3
LINES_MAX = 300
