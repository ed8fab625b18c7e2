"""What the store adds to large top-ups, and how much of a balance is that.

A bonus is promised when the top-up begins and credited with it, out of the store's own account:
once, however often the payment is told of. It buys music like any other money, is spent last and
is never paid out. Nothing but its entries sets it apart: a balance is one account, and how much of
it was given is told from its movements in their order. What was paid in is spent before it; what
comes back to the balance, from a refund or from money set aside, restores first what of it was
spent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.payments.models import BonusStep
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.users.models import User

# The kind of its entries: money from the store to a balance, or back with what is paid back.
BONUS = "bonus"
# What else comes to a balance as money of its holder's own.
_PAID_IN = {Entry.Kind.TOP_UP.value, "payback"}


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


def bonus_left(*, user: User, currency: str) -> Money:
    """How much of a person's balance was given to them: never refundable as money.

    What may be paid back is the balance without it. One query for who never got any.
    """
    numbers = list(
        Account.objects.balance_of(user=user, currency=currency).values_list("number", flat=True)
    )
    moved = Posting.objects.on(numbers).order_by("entry__occurred_at", "entry_id", "line")
    if not numbers or not moved.filter(entry__kind=BONUS).exists():
        return Money.zero(currency)
    return Money(left_of(moved.values_list("entry__kind", "amount_micro")), currency)


def left_of(movements: Iterable[tuple[str, int]]) -> int:
    """What is left of all bonuses after movements of a balance, in their order, in micro-units."""
    balance = left = spent = 0
    for kind, amount in movements:
        balance += amount
        if kind == BONUS:
            left += amount
        elif amount < 0:
            used = max(0, left - balance)
            left, spent = left - used, spent + used
        elif kind not in _PAID_IN:
            restored = min(amount, spent)
            left, spent = left + restored, spent - restored
    return left
