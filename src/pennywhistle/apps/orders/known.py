"""What the till knows by heart, for as long as the database says that nothing changed of it.

Reading all facts of a release costs more than its sale. So the database notes each transaction that
changes a fact (migration 0005). What is sold by heart is written only if none was committed since
the snapshot of what is known (migration 0007); and when the till looks, it asks first whether one
was, and then reads all anew. So it sells by what it would have read at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import connection

from pennywhistle.apps.orders.queries import NO_TAX, Buyer, fraction
from pennywhistle.apps.rights.queries import ItemRef, Loaded, StoreTerms, load_items
from pennywhistle.machine.postgres.prepared import array, run_prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from fractions import Fraction

    # From when, until when, and which part of the net price.
    Rate = tuple[datetime | None, datetime | None, Fraction]

items_known_max = 10_000
# The snapshot shall not grow old: all notes since are looked through at each sale.
looks_after = timedelta(minutes=1)
# The notes of changes are kept for a day.
known_for_max = timedelta(hours=12)

# Nothing is visible in it.
_BEFORE_EVERYTHING = "1:1:"


@dataclass(slots=True)
class Known:
    """What was read through a session; nothing of it before `snapshot`, which is of `asked_at`."""

    asked_at: datetime
    snapshot: str = _BEFORE_EVERYTHING
    items: dict[ItemRef, Loaded] = field(default_factory=dict)
    # The store's terms, and by territory its rates of tax, each with the time that it holds.
    terms: StoreTerms | None = None
    rates: dict[str, list[Rate]] = field(default_factory=dict)

    def newcomer(self, territory: str, at: datetime) -> Buyer | None:
        """A buyer who owns nothing and never came with this key; None where too little is known."""
        rates = self.rates.get(territory)
        if self.terms is None or rates is None:
            return None
        for starts_at, ends_at, rate in rates:
            if (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at):
                return Buyer(self.terms, None, b"", territory, at, rate)
        return Buyer(self.terms, None, b"", territory, at, NO_TAX)

    def forget(self) -> None:
        """Know nothing any more."""
        self.items.clear()
        self.rates.clear()
        self.terms = None


# By session, because a database that is restored counts its transactions anew: no session outlives
# that.
_known_by_session: WeakKeyDictionary[object, Known] = WeakKeyDictionary()

# A transaction that still runs is not visible in the new snapshot either: it will be seen later.
# From the newest note on: the planner, who knows nothing of the snapshot, would read them all.
_CHANGED = """
SELECT pg_current_snapshot()::text, (
  SELECT true FROM orders_factchange c
  WHERE c.xid >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(c.xid, %(snapshot)s::pg_snapshot)
  ORDER BY c.xid DESC LIMIT 1)
"""


# Until when and from when a rate holds: nobody notes that such a moment came.
_TERMS = """
SELECT w.territory, s.currency, s.share_numerator, s.share_denominator, st.number, s.adds_subsidy,
  x.numerator, x.denominator, x.valid_from, x.valid_until
FROM unnest(%s::text[]) AS w(territory)
JOIN parties_store s ON true
JOIN ledger_account st ON st.kind = 'store' AND st.currency = s.currency
LEFT JOIN taxes_taxrate x ON x.territory = w.territory AND x.closed_at IS NULL
"""


def by_heart(at: datetime) -> Known | None:
    """What this session may sell by without looking; None while it knows nothing of late."""
    if connection.in_atomic_block:
        return None
    known = _known_by_session.get(_session())
    if known is None or known.terms is None or at - known.asked_at > looks_after:
        return None
    return known


def items_at_till(
    refs: Sequence[ItemRef], *, at: datetime, territories: Collection[str] = ()
) -> dict[ItemRef, Loaded]:
    """The facts about each item that exists, as `load_items` would read them now.

    What the store takes of sales in `territories` is read for the next time.
    """
    if connection.in_atomic_block:
        # The transaction may have changed some itself, and may be rolled back.
        return load_items(refs, at=at) if refs else {}
    known = _still_known(at)
    _learn_terms(known, territories)
    missing = [ref for ref in refs if ref not in known.items]
    loaded = load_items(missing, at=at) if missing else {}
    found = {ref: known.items[ref] for ref in refs if ref in known.items} | loaded
    if len(known.items) + len(loaded) > items_known_max:
        known.items.clear()
    # What waits for its day becomes public without any change. What ends on a day is safe to keep:
    # the function that writes sales looks at that again.
    known.items.update({ref: each for ref, each in loaded.items() if each.item.is_published})
    return found


def _learn_terms(known: Known, territories: Collection[str]) -> None:
    missing = [territory for territory in territories if territory not in known.rates]
    if not missing:
        return
    for territory, currency, numerator, denominator, account, adds_subsidy, *rate in run_prepared(
        connection, _TERMS, [array(missing)]
    ):
        known.terms = StoreTerms(currency, fraction(numerator, denominator), account, adds_subsidy)
        rates = known.rates.setdefault(territory, [])
        part, whole, starts_at, ends_at = rate
        if part is not None:
            rates.append((starts_at, ends_at, fraction(part, whole)))


def snapshot_looked_at() -> str | None:
    """The snapshot before which nothing was read of what the last look found.

    None inside a transaction: what that one changed itself is in no snapshot.
    """
    if connection.in_atomic_block:
        return None
    known = _known_by_session.get(connection.connection)
    return _BEFORE_EVERYTHING if known is None else known.snapshot


def forget() -> None:
    """Read everything anew: something turned out to be otherwise."""
    _known_by_session.pop(connection.connection, None)


def _still_known(at: datetime) -> Known:
    known = _known_by_session.setdefault(_session(), Known(at))
    ((snapshot, is_changed),) = run_prepared(connection, _CHANGED, {"snapshot": known.snapshot})
    if is_changed or at - known.asked_at > known_for_max:
        known.forget()
    known.snapshot, known.asked_at = snapshot, at
    return known


def _session() -> object:
    """The session that the next statement goes through."""
    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    session: object = connection.connection
    return session
