"""Items that the till read before, for as long as the database says that nothing changed of them.

Reading all facts of a release costs more than its sale. So the database notes each transaction that
changes a fact (migration 0005), and the till asks, before it judges, whether one was committed
since it read: if so, it reads anew. What it judges by is thereby what it would have read just now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import connection

from pennywhistle.apps.rights.queries import ItemRef, Loaded, load_items
from pennywhistle.machine.postgres.prepared import run_prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

items_known_max = 10_000
# The notes of changes are kept for a day.
known_for_max = timedelta(hours=12)

# Nothing is visible in it.
_BEFORE_EVERYTHING = "1:1:"


@dataclass(slots=True)
class _Known:
    """What was read through a session; nothing of it before `snapshot`, which is of `asked_at`."""

    asked_at: datetime
    snapshot: str = _BEFORE_EVERYTHING
    items: dict[ItemRef, Loaded] = field(default_factory=dict)


# By session, because a database that is restored counts its transactions anew: no session outlives
# that.
_known_by_session: WeakKeyDictionary[object, _Known] = WeakKeyDictionary()

# A transaction that still runs is not visible in the new snapshot either: it will be seen later.
_CHANGED = """
SELECT pg_current_snapshot()::text, EXISTS (
  SELECT 1 FROM orders_factchange c
  WHERE c.xid >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(c.xid, %(snapshot)s::pg_snapshot))
"""


def items_at_till(refs: Sequence[ItemRef], *, at: datetime) -> dict[ItemRef, Loaded]:
    """The facts about each item that exists, as `load_items` would read them now."""
    if connection.in_atomic_block:
        # The transaction may have changed some itself, and may be rolled back.
        return load_items(refs, at=at)
    known = _still_known(at)
    missing = [ref for ref in refs if ref not in known.items]
    loaded = load_items(missing, at=at) if missing else {}
    found = {ref: known.items[ref] for ref in refs if ref in known.items} | loaded
    if len(known.items) + len(loaded) > items_known_max:
        known.items.clear()
    # What waits for its day becomes public without any change. What ends on a day is safe to keep:
    # the function that writes sales looks at that again.
    known.items.update({ref: each for ref, each in loaded.items() if each.item.is_published})
    return found


def forget() -> None:
    """Read everything anew: something turned out to be otherwise."""
    _known_by_session.pop(connection.connection, None)


def _still_known(at: datetime) -> _Known:
    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    known = _known_by_session.setdefault(connection.connection, _Known(at))
    ((snapshot, is_changed),) = run_prepared(connection, _CHANGED, {"snapshot": known.snapshot})
    if is_changed or at - known.asked_at > known_for_max:
        known.items.clear()
    known.snapshot, known.asked_at = snapshot, at
    return known
