"""What a checkout and the pages around it need to know of a buyer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, OuterRef

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.rights.queries import ItemRef, StoreTerms, release_ref, track_ref
from pennywhistle.machine.postgres.prepared import array, run_prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.clearance import Question


@dataclass(frozen=True, slots=True)
class Owned:
    """What a buyer owns of one release: refs as in the log, and what its single tracks cost."""

    is_whole: bool = False
    track_ids: frozenset[int] = frozenset()
    refs: frozenset[str] = frozenset()
    paid_micro: int = 0
    # How many entitlements came and ended: that only grows, so that the same count is the same.
    count: int = 0

    def has(self, ref: ItemRef) -> bool:
        """Whether the item itself is the buyer's already."""
        return self.is_whole or (ref.track_id is not None and ref.track_id in self.track_ids)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer at the till: earlier order under the same key, and shelf."""

    terms: StoreTerms
    order_id: UUID | None
    order_asked: bytes
    # Where and when the buyer asks, and which tax the store owes there then.
    territory: str
    at: datetime
    tax_rate: Fraction
    owned: dict[int, Owned] = field(default_factory=dict)

    def question(self, ref: ItemRef) -> Question:
        """Clearance's question about one item for this buyer."""
        owned = self.owned.get(ref.release_id, Owned())
        return self.terms.question(
            territory=self.territory,
            at=self.at,
            tax_rate=self.tax_rate,
            owned=owned.refs,
            paid_micro=owned.paid_micro,
        )


@dataclass(frozen=True, slots=True)
class AtTill:
    """Who stands at the till: where and when, and which releases it is about.

    The key holds letters, digits, hyphens and underscores only.
    """

    buyer_id: int
    territory: str
    at: datetime
    release_ids: Collection[int]
    key: str = "-"


_BUYERS = """
SELECT s.currency, s.share_numerator, s.share_denominator, st.number, s.adds_subsidy,
  o.id, o.asked_digest,
  (SELECT json_agg(json_build_array(e.release_id, e.track_id, r.public_id, t.public_id,
                                    CASE WHEN t.left_at IS NULL THEN l.price_micro ELSE 0 END,
                                    e.ended_at IS NOT NULL))
   FROM orders_entitlement e
   JOIN catalog_release r ON r.id = e.release_id
   JOIN orders_orderline l ON l.entry_id = e.line_id
   LEFT JOIN catalog_track t ON t.id = e.track_id
   WHERE e.buyer_id = w.buyer AND e.release_id = ANY (
     SELECT wr.release FROM unnest(%s::smallint[], %s::bigint[]) AS wr(n, release)
     WHERE wr.n = w.n)),
  x.numerator, x.denominator
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
  WITH ORDINALITY AS w(buyer, key, territory, at, n)
LEFT JOIN parties_store s ON true
LEFT JOIN ledger_account st ON st.kind = 'store' AND st.currency = s.currency
LEFT JOIN orders_order o ON o.buyer_id = w.buyer AND o.key = w.key
LEFT JOIN taxes_taxrate x ON x.territory = w.territory AND x.closed_at IS NULL
  AND (x.valid_from IS NULL OR x.valid_from <= w.at)
  AND (x.valid_until IS NULL OR x.valid_until > w.at)
ORDER BY w.n
"""


def buyers_at_till(asking: Sequence[AtTill]) -> list[Buyer | None]:
    """What matters of each who stands at the till; None while there is no store."""
    shelves = [(n, each) for n, asker in enumerate(asking, 1) for each in asker.release_ids]
    rows = run_prepared(
        connection,
        _BUYERS,
        [
            array(n for n, _ in shelves),
            array(release_id for _, release_id in shelves),
            array(asker.buyer_id for asker in asking),
            array(asker.key for asker in asking),
            array(asker.territory for asker in asking),
            array(f'"{asker.at.isoformat()}"' for asker in asking),
        ],
    )
    return [_buyer(row, asker) for row, asker in zip(rows, asking, strict=True)]


def buyer_at_till(asker: AtTill) -> Buyer | None:
    """One buyer, before anything is bought."""
    (buyer,) = buyers_at_till([asker])
    return buyer


def _buyer(row: tuple[Any, ...], asker: AtTill) -> Buyer | None:
    currency, numerator, denominator, store_account, adds_subsidy, *buyer = row
    order_id, asked, owned, *tax = buyer
    if store_account is None:
        return None
    share = fraction(numerator, denominator)
    return Buyer(
        terms=StoreTerms(currency, share, store_account, adds_subsidy),
        order_id=order_id,
        order_asked=bytes(asked or b""),
        territory=asker.territory,
        at=asker.at,
        # Nothing where the store is not registered for tax.
        tax_rate=NO_TAX if tax[0] is None else fraction(*tax),
        owned=_owned(owned or ()),
    )


# Made once each: a store has few of them, and making one costs more than all else here.
fraction = lru_cache(Fraction)
NO_TAX = Fraction(0)


def _owned(
    rows: Sequence[tuple[int, int | None, str, str | None, int, bool]],
) -> dict[int, Owned]:
    by_release: dict[int, list[tuple[int | None, str, str | None, int]]] = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    for release_id, track_id, release_public_id, track_public_id, price_micro, has_ended in rows:
        counts[release_id] += 1 + has_ended
        item = (track_id, release_public_id, track_public_id, price_micro)
        by_release[release_id] += [] if has_ended else [item]
    return {
        release_id: Owned(
            is_whole=any(track_id is None for track_id, *_ in items),
            track_ids=frozenset(track_id for track_id, *_ in items if track_id is not None),
            refs=frozenset(
                track_ref(track) if track else release_ref(release)
                for _, release, track, _ in items
            ),
            paid_micro=sum(price for track_id, _, _, price in items if track_id is not None),
            count=counts[release_id],
        )
        for release_id, items in by_release.items()
    }


def entitlement_to(*, user: User, release_id: int, track_id: int | None) -> Entitlement | None:
    """The person's right to a release, or to a track (by itself or with its release)."""
    mine = Entitlement.objects.of(user=user).filter(release_id=release_id).select_related("line")
    whole = mine.filter(track__isnull=True)
    if track_id is None:
        return whole.first()
    left = Track.objects.filter(
        id=track_id, left_at__isnull=False, left_at__lte=OuterRef("granted_at")
    )
    with_it = whole.exclude(Exists(left)).first()
    return with_it or mine.filter(track_id=track_id).first()
