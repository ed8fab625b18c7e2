"""What waits to be decided about money that comes in: doors, disputes, what goes to the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.guarding import is_tripped
from pennywhistle.apps.payments.models import Chargeback, DoorSwitch, Sweep
from pennywhistle.interfaces.common.door_names import door_name
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.office.limits import WAITING_DETAILS_MAX
from pennywhistle.interfaces.office.waits import Waiting

if TYPE_CHECKING:
    from datetime import datetime


def doors_closed(now: datetime) -> Waiting:
    """Doors that the store closed by itself, and the breaker."""
    closed = DoorSwitch.objects.standing().filter(provider__in=providers.codes())
    found = [
        f"{door_name(each.provider)}: {each.reason}"
        for each in closed.exclude(cause=DoorSwitch.Cause.OPERATOR).order_by("recorded_at")
    ]
    if is_tripped(now=now):
        found.insert(0, gettext("Most payments fail: somebody may be trying stolen cards."))
    url = reverse("office-doors")
    return Waiting(
        len(found),
        gettext("Trouble at the doors where money comes in"),
        gettext("The store offers the other doors. Look what the provider wants."),
        url=url,
        details=tuple((each, url) for each in found[:WAITING_DETAILS_MAX]),
    )


def chargebacks_unanswered(now: datetime) -> Waiting:
    """Disputes to be answered, each with its day, and warnings."""
    del now
    found = Chargeback.objects.unanswered()
    return Waiting(
        found.count(),
        gettext("Payments that banks take back"),
        gettext("An answer after its day does not count. Warnings: refund them, or leave them."),
        url=reverse("office-chargebacks"),
        details=tuple(
            (_chargeback_text(each), reverse("office-chargeback", args=[each.id]))
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def sweeps_due(now: datetime) -> Waiting:
    """What providers hold and should go to the bank."""
    del now
    found = Sweep.objects.waiting()
    url = reverse("office-doors")
    return Waiting(
        found.count(),
        gettext("Money to be moved to the bank"),
        gettext("What lies at a provider, a provider can freeze."),
        url=url,
        details=tuple(
            (f"{door_name(each.provider)}: {price_text(each.amount)}", url)
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def _chargeback_text(each: Chargeback) -> str:
    if each.answer_until is None:
        return gettext("%(amount)s, %(door)s: warned of") % {
            "amount": price_text(each.amount),
            "door": door_name(each.provider),
        }
    return gettext("%(amount)s, %(door)s: answer before %(day)s") % {
        "amount": price_text(each.amount),
        "door": door_name(each.provider),
        "day": date_text(each.answer_until.date()),
    }
