"""What the page of doors shows, as tables and plots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.doors import is_open
from pennywhistle.apps.payments.health import health_of, stretches
from pennywhistle.apps.payments.holdings import holding_of
from pennywhistle.apps.payments.models import DoorError, DoorSwitch, Sweep
from pennywhistle.apps.payments.sweeping import can_send
from pennywhistle.interfaces.common.door_names import door_name
from pennywhistle.interfaces.common.format import country_name, date_text, price_text
from pennywhistle.interfaces.common.plot import Bar, Plot
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.words import instant_text

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.health import Health
    from pennywhistle.apps.payments.holdings import Holding

_STRETCH = timedelta(minutes=30)
_STRETCHES = 24
_SHOWN_MAX = 30


@dataclass(frozen=True, slots=True)
class DoorShown:
    """One door: whether it is open and why not, how it does, what lies behind it."""

    code: str
    name: str
    is_open: bool
    closed_by: tuple[str, ...]
    health: str
    holding: Table
    plot: Plot | None
    switch_url: str
    limit_url: str


def doors_shown(*, currency: str, now: datetime) -> list[DoorShown]:
    """All doors of the settings, in their order."""
    standing = list(DoorSwitch.objects.standing().order_by("recorded_at", "id"))
    return [
        _door(code, [each for each in standing if each.provider == code], currency, now)
        for code in providers.codes()
    ]


def _door(code: str, switches: list[DoorSwitch], currency: str, now: datetime) -> DoorShown:
    everywhere = [each for each in switches if not each.country]
    return DoorShown(
        code=code,
        name=door_name(code),
        is_open=is_open([each for each in everywhere if each.currency in {"", currency}]),
        closed_by=tuple(_switch_text(each) for each in switches),
        health=_health_text(health_of(code, now=now)),
        holding=_holding(holding_of(code, currency=currency, is_asked=True)),
        plot=_plot(code, now),
        switch_url=reverse("office-door-switch", args=[code]),
        limit_url=reverse("office-door-limit", args=[code]),
    )


def _health_text(health: Health) -> str:
    if health.rate is None:
        return gettext("Too few payments ended lately to judge it.")
    return gettext("%(part)s %% of what ended lately was paid, of %(count)s accounts.") % {
        "part": int(health.rate * 100),
        "count": health.account_count,
    }


def _switch_text(switch: DoorSwitch) -> str:
    where = switch.currency or gettext("all currencies")
    if switch.country:
        where = f"{where}, {country_name(switch.country)}"
    state = gettext("Open") if switch.is_open else gettext("Closed")
    return f"{state} ({where}): {switch.reason}"


def _holding(found: Holding) -> Table:
    funds = found.funds
    rows = [
        (gettext("By the books"), found.by_books),
        (gettext("It may hold"), found.most),
        (gettext("Begun there and not paid"), found.clearing),
        (gettext("Taken by it in disputes"), found.disputed),
        (gettext("It says: to be had now"), funds.available if funds else None),
        (gettext("It says: on its way"), funds.coming if funds else None),
        (gettext("It says: frozen"), funds.frozen if funds else None),
    ]
    return Table(
        title=gettext("What lies there"),
        headings=(gettext("What"), gettext("Amount")),
        rows=tuple(
            Row((Cell(label), Cell(price_text(money), is_number=True)))
            for label, money in rows
            # No limit was set, or the provider does not say.
            if money is not None
        ),
    )


def _plot(code: str, now: datetime) -> Plot | None:
    found = stretches(code, count=_STRETCHES, length=_STRETCH, now=now)
    if not any(each.paid_count + each.failed_count for each in found):
        return None
    bars = []
    for each in found:
        total = each.paid_count + each.failed_count
        said = gettext("%(paid)s of %(total)s") % {"paid": each.paid_count, "total": total}
        percent = 100 * each.paid_count / total if total else 0.0
        bars.append(Bar(f"{each.starts_at:%H:%M}", said, percent))
    return Plot(
        title=gettext("Paid, of what ended"),
        max_text="100 %",
        total_text=gettext("%(paid)s of %(total)s")
        % {
            "paid": sum(each.paid_count for each in found),
            "total": sum(each.paid_count + each.failed_count for each in found),
        },
        first_text=bars[0].label,
        last_text=bars[-1].label,
        label_heading=gettext("From (UTC)"),
        value_heading=gettext("Paid"),
        bars=tuple(bars),
    )


def errors_table(*, now: datetime) -> Table:
    """What providers said lately instead of taking a payment."""
    latest = DoorError.objects.since(now - timedelta(days=7))[:_SHOWN_MAX]
    return Table(
        title=gettext("Last errors"),
        headings=(gettext("When (UTC)"), gettext("Door"), gettext("What it said")),
        rows=tuple(
            Row((Cell(instant_text(each.at)), Cell(each.provider), Cell(each.said)))
            for each in latest
        ),
        empty=gettext("None within a week."),
    )


def history_table() -> Table:
    """Who or what opened and closed doors, the latest first."""
    latest = DoorSwitch.objects.select_related("recorded_by").order_by("-recorded_at", "-id")
    return Table(
        title=gettext("What was switched"),
        headings=(
            gettext("From (UTC)"),
            gettext("Until"),
            gettext("Door"),
            gettext("What and why"),
            gettext("By"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(instant_text(each.recorded_at)),
                    Cell(instant_text(each.closed_at)),
                    Cell(each.provider),
                    Cell(_switch_text(each)),
                    Cell(each.recorded_by.email if each.recorded_by else gettext("the store")),
                )
            )
            for each in latest[:_SHOWN_MAX]
        ),
        empty=gettext("Nothing yet: all doors are open."),
    )


@dataclass(frozen=True, slots=True)
class SweepShown:
    """What is due to be moved to the bank."""

    id: str
    door: str
    day: str
    amount: str
    can_send: bool


def sweeps_due() -> list[SweepShown]:
    """What an operator has to move, the oldest first."""
    return [
        SweepShown(
            str(each.id),
            door_name(each.provider),
            date_text(each.day),
            price_text(each.amount),
            can_send(each.provider),
        )
        for each in Sweep.objects.waiting()
    ]


def sweeps_table() -> Table:
    """What was moved or dropped, the latest first."""
    ended = Sweep.objects.exclude(state=Sweep.State.DUE).order_by("-settled_at", "-day")
    words = {Sweep.State.MOVED: gettext("moved"), Sweep.State.DROPPED: gettext("not moved")}
    return Table(
        title=gettext("Moved to the bank"),
        headings=(
            gettext("Day"),
            gettext("Door"),
            gettext("Amount"),
            gettext("What became of it"),
            gettext("How, or why not"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(date_text(each.day)),
                    Cell(each.provider),
                    Cell(price_text(each.amount), is_number=True),
                    Cell(words[Sweep.State(each.state)]),
                    Cell(each.words),
                )
            )
            for each in ended[:_SHOWN_MAX]
        ),
        empty=gettext("Nothing yet."),
    )
