"""What fakepay remembers: payments, refunds, payouts, and webhooks that it has to send."""

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


def new_payout_ref() -> str:
    """A payout's name."""
    return f"fo_{secrets.token_hex(12)}"


def new_notice_id() -> str:
    """A webhook's name."""
    return f"fn_{secrets.token_hex(12)}"


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
    # What was chosen on the page.
    scenario = models.CharField(max_length=10, choices=Scenario.choices, blank=True)
    wrong_code_count = models.PositiveSmallIntegerField(default=0)
    return_url = models.URLField(max_length=600)
    notify_url = models.URLField(max_length=600)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settles_at = models.DateTimeField(null=True)

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

    def state_at(self, now: datetime) -> str:
        """The state by the clock: what was delayed settles, what nobody answered expires."""
        if self.state == self.State.DELAYED and self.settles_at and self.settles_at <= now:
            return self.State.PAID
        waits = self.state in {self.State.OPEN, self.State.CONFIRMING}
        if waits and self.expires_at <= now:
            return self.State.FAILED
        return self.state

    def left_micro(self) -> int:
        """What was not sent back yet, nor is on its way, in micro-units."""
        going = self.refunds.exclude(state=FakeRefund.State.FAILED)
        refunded = going.aggregate(total=Sum("amount_micro"))["total"]
        return self.amount_micro - int(refunded or 0)


class FakeRefund(models.Model):
    """Money sent back, in parts if one likes; once a key. Done and failed are final."""

    class State(models.TextChoices):
        PENDING = "pending"  # ends at `settles_at`, as the payment's scenario says
        DONE = "done"
        FAILED = "failed"

    key = models.CharField(max_length=120, primary_key=True)
    payment = models.ForeignKey(FakePayment, on_delete=models.CASCADE, related_name="refunds")
    amount_micro = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
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


class FakePayout(models.Model):
    """Money sent to a payee's account; once a key."""

    key = models.CharField(max_length=120, primary_key=True)
    ref = models.CharField(max_length=40, unique=True, default=new_payout_ref)
    account = models.CharField(max_length=120)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="fakepay_payout_amount"),
        ]

    def __str__(self) -> str:
        return self.ref


class FakeWebhook(models.Model):
    """A webhook to be sent: which payment changed. It names no state: the store has to ask."""

    notice_id = models.CharField(max_length=40, primary_key=True, default=new_notice_id)
    payment = models.ForeignKey(FakePayment, on_delete=models.CASCADE, related_name="webhooks")
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.notice_id
