"""Clearing sales again: as the register stood at their instant, with what was learned since."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.rights.models import Verdict
from pennywhistle.apps.rights.queries import ItemRef, load_items
from pennywhistle.engines.clearance import Question, agreed_ahead, clear
from pennywhistle.kernel.money import Money, micro_per_minor_unit
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from pennywhistle.engines.clearance import Discount, Item

# By purse, exact, in micro-units.
Dues = dict[Purse, Fraction]

lines_read_at_once = 2_000


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of something that the work is in."""

    id: UUID
    verdict: bytes
    ref: ItemRef
    at: datetime
    price_micro: int


def purse_of(licensor_id: int, subject: str, apart: str, territory: str, year: int) -> Purse:
    """Where a part of a sale went: to a licensor, or apart for the work, there and in that year."""
    if not apart:
        return Purse(PurseKind.PAYEE, licensor_id)
    kind = PurseKind.HELD if apart == "claims" else PurseKind.UNCLAIMED
    return Purse(kind, code=f"{apart}:{subject}:{territory}:{year}")


def verdicts_about(names: Iterable[str]) -> QuerySet[Verdict]:
    """The decisions that owe something for one of these works, or pay into one of these purses.

    By their subjects ("work-17") and codes ("transfer:recording-17:FR:2026").
    """
    return Verdict.objects.extra(
        where=[
            # Word for word as the index rights_verdict_about has it.
            """(jsonb_path_query_array(document, '$.usage[*][2]')
            || jsonb_path_query_array(document, '$.parts[*][2]')) ?| %s"""
        ],
        params=[list(names)],
    )


def sales_with(names: Iterable[str], list_name: str, condition: str) -> Iterator[Sold]:
    """The sales that stand and in whose verdicts a row of a list fulfills a condition of jsonpath.

    The list is `parts` or `usage`. `names`: of `verdicts_about`, which find all that may; no other
    verdict is looked at.
    """
    paying = verdicts_about(names).extra(
        where=["document @? %s::jsonpath"], params=[f"strict $.{list_name}[*] ? ({condition})"]
    )
    # What was refunded is nobody's: it earned nothing, and what was moved of it moves back.
    standing = OrderLine.objects.filter(verdict__in=paying.values("digest"), refund__isnull=True)
    lines = standing.values_list(
        "entry_id", "verdict_id", "release_id", "track_id", "entry__occurred_at", "price_micro"
    )
    for sale_id, digest, release_id, track_id, at, price in lines.iterator(lines_read_at_once):
        yield Sold(sale_id, bytes(digest), ItemRef(release_id, track_id), at, price)


class Learned(Protocol):
    """What the register says now that a sale is cleared again with."""

    @property
    def ends(self) -> Sequence[datetime]:
        """The instants, in order, between two of which nothing of it begins or ends."""
        ...

    def put_into(self, then: Item) -> Item:
        """An item as it stood, with what was learned since."""


class SalesAgain:
    """Clears sales again with what was learned since; equal sales once."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self._documents: dict[bytes, dict[str, Any]] = {}
        self._dues: dict[tuple[bytes, int, int], dict[str, Dues]] = {}

    def document(self, digest: bytes) -> dict[str, Any]:
        """What was decided for a sale."""
        if digest not in self._documents:
            self._documents[digest] = document_of(digest)
        return self._documents[digest]

    def dues(self, sold: Sold) -> dict[str, Dues]:
        """What each work would earn whom now, in parts of the price; none if it may not be sold."""
        key = (sold.verdict, sold.at.year, bisect_right(self._learned.ends, sold.at))
        if key not in self._dues:
            self._dues[key] = self._cleared(sold)
        return self._dues[key]

    def _cleared(self, sold: Sold) -> dict[str, Dues]:
        document = self.document(sold.verdict)
        price = Money(sold.price_micro, document["currency"])
        verdict = clear(
            self._learned.put_into(item_then(sold)),
            replace(_question(document, sold.at), discount=_agreed_ahead(document, price)),
            price=price,
            # The shares are of both together; a discount of the store's added to the price, too.
            added_micro=document["subsidy_micro"] or 0,
        )
        found: dict[str, Dues] = defaultdict(lambda: defaultdict(Fraction))
        for each in verdict.usage:
            territory, year = document["territory"], sold.at.year
            purse = purse_of(each.licensor_id, each.subject, each.apart, territory, year)
            found[each.subject][purse] += each.share
        return dict(found)


def document_of(digest: bytes) -> dict[str, Any]:
    """What was decided, by the digest of the decision."""
    document: dict[str, Any] = Verdict.objects.get(digest=digest).document
    return document


def item_then(sold: Sold) -> Item:
    """What was sold, as the register stood at the sale."""
    return load_items([sold.ref], at=sold.at, known_at=sold.at)[sold.ref].item


def _agreed_ahead(document: Mapping[str, Any], price: Money) -> Discount | None:
    """The deal for pre-orders by which it was sold, if one says what its supplier is due."""
    for code, row in document["basis"]:
        if code == "reduces" and row.get("wholesale"):
            wholesale = Money(*row["wholesale"])
            giver = (row["giver_id"], row["giver"])
            return agreed_ahead(row["id"], giver, price=price, wholesale=wholesale)
    return None


def _question(document: Mapping[str, Any], at: datetime) -> Question:
    """What was asked at a sale."""
    currency = document["currency"]
    return Question(
        territory=document["territory"],
        at=at,
        currency=currency,
        store_share=Fraction(document["store_share"]),
        least_price=Money(micro_per_minor_unit(currency), currency),
        tax_rate=Fraction(document["tax_rate"]),
        # The price is paid: that it would be too low by today's claims is no reason to leave the
        # money where it is.
        has_subsidy=True,
        use=document["use"],
        owned=frozenset(document["owned"]),
        paid=Money(document["paid_micro"], currency),
    )
