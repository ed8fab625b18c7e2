"""Money that moves: payments, what goes back of them, and what goes out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Sum

from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime


def new_payment_ref() -> str:
    """A payment's name, which cannot be guessed: who knows it may pay it."""
    return f"fp_{secrets.token_hex(12)}"


def new_refund_ref() -> str:
    """A refund's name."""
    return f"fr_{secrets.token_hex(12)}"


def new_payout_ref() -> str:
    """A payout's name."""
    return f"fo_{secrets.token_hex(12)}"


class FakePayment(models.Model):
    """A payment, from its beginning until it is paid or has failed; both are final."""

    class State(models.TextChoices):
        OPEN = "open"  # the page was not answered yet
        CONFIRMING = "confirming"  # 3-D Secure: the code is asked for
        DELAYED = "delayed"  # counts as paid from `settles_at`
        PAID = "paid"
        FAILED = "failed"

    class Scenario(models.TextChoices):
        SUCCEED = "succeed"
        SECURE = "secure"
        DELAY = "delay"
        DECLINE = "decline"
        # Paid; but what is sent back fails later, as when the buyer's card is closed by then.
        NO_REFUND = "no-refund"
        CANCEL = "cancel"

    ref = models.CharField(max_length=40, primary_key=True, default=new_payment_ref)
    # The merchant's name for it: the same again is the same payment.
    reference = models.CharField(max_length=120, unique=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # What was chosen on the page, and by which play card.
    scenario = models.CharField(max_length=10, choices=Scenario.choices, blank=True)
    card = models.CharField(max_length=20, blank=True, default="")
    wrong_code_count = models.PositiveSmallIntegerField(default=0)
    # The merchant wants the bank to make sure who pays; whether it did.
    is_challenge_wanted = models.BooleanField(default=False)
    is_challenged = models.BooleanField(default=False)
    return_url = models.URLField(max_length=600)
    notify_url = models.URLField(max_length=600, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settles_at = models.DateTimeField(null=True)
    # Begun through the Stripe-shaped face: its webhooks are of that shape.
    is_stripe_shaped = models.BooleanField(default=False)
    # When it was paid, unless it settles by the clock, and what fakepay keeps of it.
    paid_at = models.DateTimeField(null=True)
    fee_micro = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="fakepay_payment_amount"),
            models.CheckConstraint(
                condition=~Q(state="delayed") | Q(settles_at__isnull=False),
                name="fakepay_payment_settles",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def amount(self) -> Money:
        """What is to be paid."""
        return Money(self.amount_micro, self.currency)

    @property
    def fee(self) -> Money:
        """What fakepay keeps of it."""
        return Money(self.fee_micro, self.currency)

    @property
    def decline_count(self) -> int:
        """How often the play bank said no."""
        is_code_wrong = self.scenario != self.Scenario.DECLINE and self.wrong_code_count > 0
        return int(self.scenario == self.Scenario.DECLINE or (is_code_wrong and self.is_failed))

    @property
    def is_failed(self) -> bool:
        """Whether it was refused or canceled."""
        return self.state == self.State.FAILED

    def state_at(self, now: datetime) -> str:
        """The state by the clock: what was delayed settles, what nobody answered expires."""
        if self.state == self.State.DELAYED and self.settles_at and self.settles_at <= now:
            return self.State.PAID
        waits = self.state in {self.State.OPEN, self.State.CONFIRMING}
        if waits and self.expires_at <= now:
            return self.State.FAILED
        return self.state

    def came_at(self) -> datetime:
        """When its money came, once it is paid."""
        if self.state == self.State.DELAYED and self.settles_at:
            return self.settles_at
        return self.paid_at or self.created_at

    def left_micro(self) -> int:
        """What was not sent back yet, nor is on its way, in micro-units."""
        going = self.refunds.exclude(state=FakeRefund.State.FAILED)
        refunded = going.aggregate(total=Sum("amount_micro"))["total"]
        return self.amount_micro - int(refunded or 0)


class FakeRefund(models.Model):
    """Money sent back, in parts if one likes; once a key. What was done may fail weeks later."""

    class State(models.TextChoices):
        PENDING = "pending"  # ends at `settles_at`, as the payment's scenario says
        DONE = "done"
        FAILED = "failed"  # since `settles_at`

    key = models.CharField(max_length=120, primary_key=True)
    ref = models.CharField(max_length=40, unique=True, default=new_refund_ref)
    payment = models.ForeignKey(FakePayment, on_delete=models.CASCADE, related_name="refunds")
    amount_micro = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    # Whether it will fail, if it is pending.
    is_doomed = models.BooleanField(default=False)
    settles_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="fakepay_refund_amount"),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(settles_at__isnull=False),
                name="fakepay_refund_settles",
            ),
        ]

    def __str__(self) -> str:
        return f"refund {self.key}"

    def state_at(self, now: datetime) -> str:
        """The state by the clock: what was pending ends."""
        is_over = self.settles_at is not None and self.settles_at <= now
        if self.state == self.State.PENDING and is_over:
            fails = self.is_doomed or self.payment.scenario == FakePayment.Scenario.NO_REFUND
            return self.State.FAILED if fails else self.State.DONE
        return self.state


class FakePayout(models.Model):
    """Money sent to a payee's account, or to the merchant's own bank; once a key."""

    class State(models.TextChoices):
        PENDING = "pending"  # paid from `settles_at`
        PAID = "paid"
        FAILED = "failed"  # since `settles_at`

    key = models.CharField(max_length=120, primary_key=True)
    ref = models.CharField(max_length=40, unique=True, default=new_payout_ref)
    # Empty: the merchant's own bank.
    account = models.CharField(max_length=120, blank=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PAID)
    is_doomed = models.BooleanField(default=False)
    settles_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="fakepay_payout_amount"),
            models.CheckConstraint(
                condition=Q(state="paid") | Q(settles_at__isnull=False),
                name="fakepay_payout_settles",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def amount(self) -> Money:
        """What is sent."""
        return Money(self.amount_micro, self.currency)

    def state_at(self, now: datetime) -> str:
        """The state by the clock: what was pending ends."""
        is_over = self.settles_at is not None and self.settles_at <= now
        if self.state == self.State.PENDING and is_over:
            return self.State.FAILED if self.is_doomed else self.State.PAID
        return self.state
