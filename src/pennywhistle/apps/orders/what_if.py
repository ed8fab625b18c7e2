"""What the sales of a time would have owed if a license's tariff had asked something else.

Sales that asked clearance the same question are figured once: the same item and verdict, at the
same price. The figures are exact until they are shown.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import connection

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.rights.models import License
from pennywhistle.apps.rights.queries import ItemRef, load_items
from pennywhistle.engines.clearance import Question, Reason
from pennywhistle.engines.clearance.what_if import (
    Refigured,
    as_sold,
    figure_again,
    with_tariff,
)
from pennywhistle.kernel.entry_id import earliest_entry_id
from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from pennywhistle.engines.clearance import Item
    from pennywhistle.engines.clearance.tariff import Tariff as Rule

# Different questions that one page figures, those of most sales first.
questions_max = 2_000


@dataclass(frozen=True, slots=True)
class ItemFees:
    """The sales of one item: what the licenses got, and what they would have got."""

    title: str
    artist_line: str
    sale_count: int
    old: Money
    new: Money

    @property
    def difference(self) -> Money:
        """How much more the new tariff asks; below zero: less."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer; `items` by the size of their difference.

    `sale_count` sales were figured, `left_out_count` were not since there were too many different
    ones, `refused` could not be figured (by reason). Of the figured ones `below_floor_count` would
    have been too cheap, and `changed_count` rest on other facts that have changed since.
    """

    since: datetime
    sale_count: int = 0
    left_out_count: int = 0
    below_floor_count: int = 0
    changed_count: int = 0
    items: tuple[ItemFees, ...] = ()
    refused: tuple[tuple[Reason, int], ...] = ()
    old: Money | None = None
    new: Money | None = None


# Which verdicts name a license of the tariff is looked up once for each verdict, not for each sale.
_ASKED = """
WITH line AS MATERIALIZED (
  SELECT l.release_id, l.track_id, l.verdict_id, l.price_micro,
    count(*) AS sales, max(o.placed_at) AS last_at
  FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
  WHERE l.entry_id >= %(first)s AND o.placed_at >= %(since)s
  GROUP BY l.release_id, l.track_id, l.verdict_id, l.price_micro
)
SELECT line.release_id, line.track_id, line.price_micro, line.sales, line.last_at, v.document,
  sum(line.sales) OVER ()
FROM line JOIN rights_verdict v ON v.digest = line.verdict_id
WHERE EXISTS (
  SELECT FROM jsonb_array_elements(v.document -> 'usage') AS u
  WHERE (u ->> 0)::bigint = ANY (%(licenses)s))
ORDER BY line.sales DESC, line.last_at DESC, line.verdict_id
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Sales that asked the same."""

    ref: ItemRef
    price: Money
    sale_count: int
    question: Question
    old_micro: Fraction


@dataclass(slots=True)
class _Sums:
    """One item's sales so far; amounts exact, in micro-units."""

    sale_count: int = 0
    old_micro: Fraction = field(default_factory=Fraction)
    new_micro: Fraction = field(default_factory=Fraction)


def what_if(*, tariff_id: int, rule: Rule, now: datetime, lasting: timedelta) -> WhatIf:
    """The fees of the last sales under a tariff's licenses, as they were and as `rule` asks.

    At most `questions_max` different sales are figured. What holds besides the tariff is what the
    register says now.
    """
    since = now - lasting
    licenses = License.objects.filter(tariff_id=tariff_id)
    license_ids = frozenset(licenses.values_list("id", flat=True))
    asked, sales_in_all = _asked(license_ids, since)
    if not asked:
        return WhatIf(since)
    loaded = load_items(list(dict.fromkeys(each.ref for each in asked)), at=now)
    items = {ref: as_sold(each.item) for ref, each in loaded.items()}
    changed = {
        ref: with_tariff(item, license_ids=license_ids, tariff=rule) for ref, item in items.items()
    }
    figured = _Figured(asked[0].price.currency)
    for each in asked:
        new = _again(changed.get(each.ref), each, license_ids)
        was = _again(items.get(each.ref), each, license_ids)
        figured.add(each, new, is_changed=was.fee_micro != each.old_micro)
    return figured.answer(since, left_out=sales_in_all - sum(each.sale_count for each in asked))


def _again(item: Item | None, asked: _Asked, license_ids: frozenset[int]) -> Refigured:
    if item is None:
        return Refigured(None)
    return figure_again(item, asked.question, price=asked.price, license_ids=license_ids)


def _asked(license_ids: frozenset[int], since: datetime) -> tuple[list[_Asked], int]:
    """The different sales that owed something under these licenses, and how many sales in all."""
    parameters: dict[str, Any] = {
        "first": earliest_entry_id(since),
        "since": since,
        "licenses": sorted(license_ids),
        "most": questions_max,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, parameters)
        rows = cursor.fetchall()
    return [_read(row, license_ids) for row in rows], int(rows[0][-1]) if rows else 0


def _read(row: Sequence[Any], license_ids: frozenset[int]) -> _Asked:
    release_id, track_id, price_micro, sale_count, last_at, text, _ = row
    # A raw cursor hands JSON over as text; Django's own fields parse it.
    document = json.loads(text) if isinstance(text, str) else text
    currency = document["currency"]
    total_micro = price_micro + (document["subsidy_micro"] or 0)
    shares = (Fraction(use[4]) for use in document["usage"] if use[0] in license_ids)
    return _Asked(
        ref=ItemRef(release_id, track_id),
        price=Money(price_micro, currency),
        sale_count=sale_count,
        question=Question(
            territory=document["territory"],
            at=last_at,
            currency=currency,
            store_share=Fraction(document["store_share"]),
            least_price=Money(micro_per_minor_unit(currency), currency),
            tax_rate=Fraction(document["tax_rate"]),
            use=document["use"],
            owned=frozenset(document["owned"]),
            paid=Money(document["paid_micro"], currency),
        ),
        old_micro=total_micro * sum(shares, Fraction(0)),
    )


@dataclass(slots=True)
class _Figured:
    """What is figured so far."""

    currency: str
    by_item: dict[ItemRef, _Sums] = field(default_factory=dict)
    refused: Counter[Reason] = field(default_factory=Counter)
    below_floor_count: int = 0
    changed_count: int = 0

    def add(self, asked: _Asked, new: Refigured, *, is_changed: bool) -> None:
        """Count the sales of one question."""
        if new.fee_micro is None:
            self.refused.update(dict.fromkeys(new.reasons[:1], asked.sale_count))
            return
        sums = self.by_item.setdefault(asked.ref, _Sums())
        sums.sale_count += asked.sale_count
        sums.old_micro += asked.old_micro * asked.sale_count
        sums.new_micro += new.fee_micro * asked.sale_count
        self.below_floor_count += asked.sale_count * new.is_below_floor
        self.changed_count += asked.sale_count * is_changed

    def answer(self, since: datetime, *, left_out: int) -> WhatIf:
        """All of it, with the items' names; the largest difference first."""
        names = _names(list(self.by_item))
        sums = self.by_item.values()
        items = [
            ItemFees(
                *names.get(ref, ("", "")),
                sale_count=each.sale_count,
                old=self._money(each.old_micro),
                new=self._money(each.new_micro),
            )
            for ref, each in self.by_item.items()
        ]
        return WhatIf(
            since=since,
            sale_count=sum(each.sale_count for each in sums),
            left_out_count=left_out,
            below_floor_count=self.below_floor_count,
            changed_count=self.changed_count,
            items=tuple(sorted(items, key=lambda each: (-abs(each.difference.micro), each.title))),
            refused=tuple(self.refused.most_common()),
            old=self._money(sum((each.old_micro for each in sums), Fraction(0))),
            new=self._money(sum((each.new_micro for each in sums), Fraction(0))),
        )

    def _money(self, exact_micro: Fraction) -> Money:
        """For reading: the nearest micro-unit. Nothing is booked from it."""
        return Money(round(exact_micro), self.currency)


def _names(refs: Sequence[ItemRef]) -> dict[ItemRef, tuple[str, str]]:
    tracks = Track.objects.filter(id__in=[ref.track_id for ref in refs if ref.track_id])
    releases = Release.objects.filter(id__in=[ref.release_id for ref in refs])
    return {
        **{
            ItemRef(row_id): (title, artist_line)
            for row_id, title, artist_line in releases.values_list("id", "title", "artist_line")
        },
        **{
            ItemRef(release_id, row_id): (title, artist_line)
            for row_id, release_id, title, artist_line in tracks.values_list(
                "id", "release_id", "title", "artist_line"
            )
        },
    }
