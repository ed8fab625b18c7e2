"""How much of what was not spent goes back at once, and how often a part of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.apps.payments.models import Payback
from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from datetime import datetime

# Each costs the store a fee and a question to its provider. All of it can always go back.
parts_a_day_max = 5
day = timedelta(days=1)


class PaybackError(Exception):
    """Nothing goes back, and nothing left the balance."""

    code = "payback"


class NothingToPayBackError(PaybackError):
    """There is no unspent money that was paid in."""

    code = "nothing-to-pay-back"


class PaybackTooMuchError(PaybackError):
    """More was asked for than can go back."""

    code = "payback-too-much"


class PaybackTooLittleError(PaybackError):
    """Less was asked for than goes back as a part of what can."""

    code = "payback-too-little"


class PaybackTooManyError(PaybackError):
    """So many parts were asked for lately that only all of it goes back for a while."""

    code = "payback-too-many"


class PaybackTooFineError(PaybackError):
    """The amount is no whole number of the currency's smallest coin."""

    code = "payback-too-fine"


def least_payback(payable: Money) -> Money:
    """The least that goes back at once: what is paid in at least, or all that there is."""
    return min(top_up_bounds(payable.currency)[0], payable)


def require_payable(*, user_id: int, amount: Money, payable: Money, now: datetime) -> None:
    """Let an amount go back, within the transaction that holds the balance.

    Raises PaybackError: one of its kinds.
    """
    if not payable:
        raise NothingToPayBackError("There is no unspent money that you paid in.")
    if not Money.zero(amount.currency) < amount <= payable:
        raise PaybackTooMuchError(f"From nothing up to {payable} can go back, not {amount}.")
    if amount.micro % micro_per_minor_unit(amount.currency):
        raise PaybackTooFineError(f"{amount} is not a whole number of coins.")
    if amount < least_payback(payable):
        raise PaybackTooLittleError(f"At least {least_payback(payable)} goes back at once.")
    if amount == payable:
        return
    recent = Payback.objects.filter(
        user=user_id, currency=amount.currency, created_at__gt=now - day
    )
    if recent.values("key").distinct().count() >= parts_a_day_max:
        raise PaybackTooManyError(f"A part of it goes back {parts_a_day_max} times a day.")
