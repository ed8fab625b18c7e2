"""What waits on the desk about the bank and about providers' reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from pennywhistle.apps.payments.models import BankEntry, BankOrder, Difference
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.office.limits import WAITING_DETAILS_MAX
from pennywhistle.interfaces.office.waits import Waiting

if TYPE_CHECKING:
    from datetime import datetime


def bank_entries(now: datetime) -> Waiting:
    """Entries that nothing explains."""
    del now
    found = BankEntry.objects.open()
    return Waiting(
        found.count(),
        gettext("Bank entries that nothing explains"),
        gettext("Money that came or left. It is in the books once you say what it is."),
        url=reverse("office-bank"),
        details=tuple(
            (
                f"{price_text(each.amount)} {each.other_name}",
                reverse("office-bank-entry", args=[each.pk]),
            )
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def bank_orders(now: datetime) -> Waiting:
    """Transfers back that nobody gave to the bank."""
    del now
    return Waiting(
        BankOrder.objects.to_order().count(),
        gettext("Transfers that the bank does not know of"),
        gettext("Buyers wait for this money. Make the file, and give it to the bank."),
        url=reverse("office-bank"),
    )


def differences(now: datetime) -> Waiting:
    """What a provider or the bank says and the books do not."""
    del now
    found = Difference.objects.open()
    return Waiting(
        found.count(),
        gettext("Differences between the books and providers"),
        gettext("One side has something that the other has not. Settle each with a reason."),
        url=reverse("office-clearing"),
        details=tuple(
            (
                f"{each.provider}: {price_text(each.amount)}",
                reverse("office-difference", args=[each.pk]),
            )
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )
