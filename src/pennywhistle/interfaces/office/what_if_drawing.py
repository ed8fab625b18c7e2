"""The answer to “what if” as a page draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.orders.what_if import questions_max
from pennywhistle.interfaces.common.format import exact_text
from pennywhistle.interfaces.common.plot import Bar, Plot
from pennywhistle.interfaces.office.limits import WHAT_IF_BARS, WHAT_IF_ITEMS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.orders.what_if import ItemFees, WhatIf
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Line:
    """An item's fees, or those of all."""

    title: str
    artist_line: str
    sale_count: int
    old: str
    new: str
    difference: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """For `office/tariff_tried.html`."""

    since: datetime
    sale_count: int
    total: Line | None
    items: tuple[Line, ...]
    items_left_out_count: int
    below_floor_count: int
    changed_count: int
    left_out_count: int
    questions_max: int
    refused: tuple[tuple[str, int], ...]
    plot: Plot | None


def drawn(answer: WhatIf) -> Drawn:
    """The figures in words."""
    shown = answer.items[:WHAT_IF_ITEMS_SHOWN]
    total = None
    if answer.old is not None and answer.new is not None and answer.sale_count:
        total = Line(
            title=gettext("All"),
            artist_line="",
            sale_count=answer.sale_count,
            old=exact_text(answer.old),
            new=exact_text(answer.new),
            difference=signed_text(answer.new - answer.old),
        )
    return Drawn(
        since=answer.since,
        sale_count=answer.sale_count,
        total=total,
        items=tuple(_line(each) for each in shown),
        items_left_out_count=len(answer.items) - len(shown),
        below_floor_count=answer.below_floor_count,
        changed_count=answer.changed_count,
        left_out_count=answer.left_out_count,
        questions_max=questions_max,
        refused=tuple((reason.words(gettext).sentence, count) for reason, count in answer.refused),
        plot=_plot(answer.items[:WHAT_IF_BARS]),
    )


def signed_text(money: Money) -> str:
    """A difference: what is more has a plus."""
    return exact_text(money) if money.is_negative or not money else f"+{exact_text(money)}"


def _line(each: ItemFees) -> Line:
    return Line(
        title=each.title,
        artist_line=each.artist_line,
        sale_count=each.sale_count,
        old=exact_text(each.old),
        new=exact_text(each.new),
        difference=signed_text(each.difference),
    )


def _plot(items: Sequence[ItemFees]) -> Plot | None:
    """The largest differences; nothing where there is none."""
    tallest = max((abs(each.difference.micro) for each in items), default=0)
    if not tallest:
        return None
    bars = tuple(
        Bar(
            each.title,
            signed_text(each.difference),
            abs(each.difference.micro) * 100 / tallest,
        )
        for each in items
    )
    return Plot(
        title=gettext("The largest differences by item"),
        max_text=bars[0].value_text,
        total_text="",
        first_text=bars[0].label,
        last_text=bars[-1].label if len(bars) > 1 else "",
        label_heading=gettext("Item"),
        value_heading=gettext("Difference"),
        bars=bars,
    )
