"""What the store adds to large top-ups, and how much of a balance is that.

A bonus is promised when the top-up begins and credited with it, out of the store's own account:
once, however often the payment is told of. It buys music like any other money, is spent last and
is never paid out. Nothing but its entries sets it apart: a balance is one account, and how much of
it was given is told where it is told what can go back (`unspent`).
"""

from __future__ import annotations

from pennywhistle.apps.payments.models import BonusStep
from pennywhistle.kernel.money import Money

# The kind of its entries: money from the store to a balance, or back with what is paid back.


def bonus_for(amount: Money) -> Money:
    """What is added to a top-up now: the step of the highest amount that it reaches."""
    steps = BonusStep.objects.open(currency=amount.currency)
    reached = [step for step in steps if step.from_micro <= amount.micro]
    if not reached:
        return Money.zero(amount.currency)
    step = reached[-1]
    return Money(amount.micro * step.numerator // step.denominator, amount.currency)


def bonus_steps(currency: str) -> list[BonusStep]:
    """The store's table, the smallest amount first."""
    return list(BonusStep.objects.open(currency=currency))
