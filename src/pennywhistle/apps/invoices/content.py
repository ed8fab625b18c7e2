"""What stands on an invoice or a credit note: put together once, kept, drawn in any form later."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.tax import Item, Treatment, cents, totals_of
from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tax import Totals


@dataclass(frozen=True, slots=True)
class Side:
    """Seller or buyer; a buyer who is a private person has a name and a country."""

    name: str
    country: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""
    vat_number: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What was bought: paid with tax in micro-units, and its net in coins."""

    title: str
    gross_micro: int
    net: int
    rate: str


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """All lines of one rate, in coins; `treatment` says whose tax it is."""

    rate: str
    net: int
    tax: int
    treatment: str


@dataclass(frozen=True, slots=True)
class Content:
    """A document's figures in coins of `coin_micro` micro-units; a credit note's are positive."""

    kind: str
    day: str
    supplied_on: str
    reference: str
    currency: str
    coin_micro: int
    seller: Side
    buyer: Side
    lines: tuple[Line, ...]
    groups: tuple[TaxGroup, ...]
    net: int
    tax: int
    total: int
    paid: int
    rounding: int
    unshown_micro: int
    # The invoice that a credit note corrects, and the day of that.
    corrects: str = ""
    corrects_day: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Content:
        """As it was kept."""
        return cls(
            **{
                **kept,
                "seller": Side(**kept["seller"]),
                "buyer": Side(**kept["buyer"]),
                "lines": tuple(Line(**each) for each in kept["lines"]),
                "groups": tuple(TaxGroup(**each) for each in kept["groups"]),
            }
        )

    @property
    def issued_on(self) -> date:
        """The day of the document."""
        return date.fromisoformat(self.day)


@dataclass(frozen=True, slots=True)
class Sold:
    """A line before it is rounded; the treatment is one for each rate of a document."""

    title: str
    gross_micro: int
    rate: Fraction
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document has besides its figures."""

    kind: str
    day: date
    supplied_on: date
    reference: str
    currency: str
    seller: Side
    buyer: Side
    corrects: str = ""
    corrects_day: str = ""


def content_of(frame: Frame, sold: Sequence[Sold]) -> Content:
    """An invoice over these lines."""
    return _content(frame, sold, _totals(sold, frame.currency))


def credit_of(
    frame: Frame, credited: Sequence[Sold], *, before: Sequence[Sold], after: Sequence[Sold]
) -> Content:
    """A credit note over some lines: what the invoice says of all that stood before and not after.

    By the difference, so that an invoice and all its credit notes sum to nothing, to the coin.
    """
    whole, rest = _totals(before, frame.currency), _totals(after, frame.currency)
    rest_by_rate = {group.rate: group for group in rest.groups}
    treatments = {each.rate: each.treatment for each in before}
    groups = []
    for group in whole.groups:
        kept = rest_by_rate.get(group.rate)
        net, tax = group.net - (kept.net if kept else 0), group.tax - (kept.tax if kept else 0)
        if any(each.rate == group.rate for each in credited):
            groups.append(TaxGroup(str(group.rate), net, tax, treatments[group.rate]))
    return Content(
        **_frame(frame),
        lines=_credited_lines(credited, groups),
        groups=tuple(groups),
        net=whole.net - rest.net,
        tax=whole.tax - rest.tax,
        total=whole.total - rest.total,
        paid=whole.paid - rest.paid,
        rounding=whole.rounding - rest.rounding,
        unshown_micro=whole.unshown_micro - rest.unshown_micro,
    )


def _credited_lines(credited: Sequence[Sold], groups: Sequence[TaxGroup]) -> tuple[Line, ...]:
    """Lines whose nets sum to those of their groups, each by its part of what was paid."""
    lines = []
    for group in groups:
        mine = [each for each in credited if str(each.rate) == group.rate]
        gross_micro = sum(each.gross_micro for each in mine)
        sum_micro = before = 0
        for each in mine:
            sum_micro += each.gross_micro
            # Nothing was paid for lines whose price came from money that was taxed before.
            until = cents(Fraction(group.net * sum_micro, gross_micro or 1), 1)
            lines.append(Line(each.title, each.gross_micro, until - before, group.rate))
            before = until
    return tuple(lines)


def _content(frame: Frame, sold: Sequence[Sold], totals: Totals) -> Content:
    nets = {place: net for group in totals.groups for place, net in group.line_nets.items()}
    treatments = {each.rate: each.treatment for each in sold}
    return Content(
        **_frame(frame),
        lines=tuple(
            Line(each.title, each.gross_micro, nets[place], str(each.rate))
            for place, each in enumerate(sold)
        ),
        groups=tuple(
            TaxGroup(str(group.rate), group.net, group.tax, treatments[group.rate])
            for group in totals.groups
        ),
        net=totals.net,
        tax=totals.tax,
        total=totals.total,
        paid=totals.paid,
        rounding=totals.rounding,
        unshown_micro=totals.unshown_micro,
    )


def _totals(sold: Sequence[Sold], currency: str) -> Totals:
    items = [Item(each.gross_micro, each.rate) for each in sold]
    return totals_of(items, coin_micro=micro_per_minor_unit(currency))


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "kind": frame.kind,
        "day": frame.day.isoformat(),
        "supplied_on": frame.supplied_on.isoformat(),
        "reference": frame.reference,
        "currency": frame.currency,
        "coin_micro": micro_per_minor_unit(frame.currency),
        "seller": frame.seller,
        "buyer": frame.buyer,
        "corrects": frame.corrects,
        "corrects_day": frame.corrects_day,
    }
