"""Which messages end sales, and wait for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ways.ready import is_end
from pennywhistle.engines.ddex import Purge, keys_of

if TYPE_CHECKING:
    from pennywhistle.apps.intake.ways.letters import Opened


def ends_at_once(read: Opened, *, supplier_id: int) -> bool:
    """Whether a message ends sales whenever it is decided, also before older ones that wait.

    A message without deals always does. A purge needs what it purges: one of a release that is not
    known yet waits for its turn.
    """
    if isinstance(read.message, Purge):
        named = read.message.releases
        known = [standings.find(supplier_id, keys_of(release)).row for release in named]
        return bool(known) and all(row is not None for row in known)
    return is_end(read)
