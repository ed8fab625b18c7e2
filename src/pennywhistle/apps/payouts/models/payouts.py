"""Runs and payouts, what they pay for, who approved them, and what was given to the bank."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.payouts.limits import REASON_LENGTH_MAX, REFERENCE_LENGTH_MAX
from pennywhistle.apps.payouts.models.details import Details
from pennywhistle.apps.payouts.models.terms import ExchangeRate, recorded_by_field
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class Run(models.Model):
    """Everybody's account of a currency was looked at, at a cut. Written once.

    `end_index` is the first place of the log that it does not pay.
    """

    currency = models.CharField(max_length=3)
    cut_at = models.DateTimeField()
    end_index = models.BigIntegerField()
    # Whether the end of a month is its cut: then payees' cadences count.
    is_month = models.BooleanField()
    # The year's last: thresholds do not count.
    is_sweep = models.BooleanField()
    made_by = recorded_by_field()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("currency", "cut_at", name="payouts_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} until {self.cut_at:%Y-%m-%d}"


class Skipped(models.Model):
    """An account with money that a run did not pay, and why. Written once."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="skipped")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    due_micro = models.BigIntegerField()
    # One of `pennywhistle.apps.payouts.looking.Why`.
    why = models.CharField(max_length=20)
    # What the sentence needs: a day, a currency, a territory.
    detail = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "skipped"
        constraints = [
            models.UniqueConstraint("run", "account", name="payouts_skipped_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.why}"


class BankFile(models.Model):
    """A file of transfers as a bank takes it, kept as it was first handed out. Written once."""

    message_id = models.CharField(max_length=35, unique=True)
    schema = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    content = models.BinaryField()
    transfer_count = models.IntegerField()
    total_micro = models.BigIntegerField()
    made_by = recorded_by_field()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(transfer_count__gt=0, total_micro__gt=0), name="payouts_file_pays"
            ),
        ]

    def __str__(self) -> str:
        return self.message_id


class PayoutQuerySet(models.QuerySet["Payout"]):
    def of(self, *, user: User) -> PayoutQuerySet:
        """Payouts to the parties that this person acts for, newest first."""
        return self.filter(source__party__membership__user=user).order_by("-proposed_at", "id")

    def open(self) -> PayoutQuerySet:
        """Those whose end is not known yet."""
        return self.filter(state__in=OPEN_STATES)

    def standing(self) -> PayoutQuerySet:
        """Those that took money from a payee's account, and did not bring it back."""
        return self.filter(state__in=STANDING_STATES)

    def to_file(self, *, currency: str) -> PayoutQuerySet:
        """Approved ones that a SEPA file can carry, in its order."""
        return self.filter(
            state=Payout.State.APPROVED, currency=currency, details__kind=Details.Kind.IBAN
        ).order_by("approved_at", "id")


class Payout(models.Model):
    """Money to one payee: proposed, approved by one or two people, sent, settled, or come back.

    The database keeps the order of its states, and that money moved in the books with each
    (`migrations/0002_guards.py`).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"  # nothing has moved
        DROPPED = "dropped"  # nothing ever will, for the reason given
        APPROVED = "approved"  # off the payee's account, on its way
        SENT = "sent"  # a bank or provider was told
        SETTLED = "settled"  # it left the store's account
        FAILED = "failed"  # it never left; back on the payee's account
        RETURNED = "returned"  # it left and came back; on the payee's account again

    class Way(models.TextChoices):
        SEPA = "sepa"
        PROVIDER = "provider"
        MANUAL = "manual"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="payouts")
    # Whose lines are paid, and, after a conversion, the same payee's account in the other currency.
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payouts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    details = models.ForeignKey(Details, on_delete=models.PROTECT, related_name="payouts")
    currency = models.CharField(max_length=3)
    # It pays the account's lines of this stretch of the log, and what earlier payouts left.
    first_index = models.BigIntegerField()
    end_index = models.BigIntegerField()
    # What was due of the source's currency: earned until the cut, and not paid before.
    due_micro = models.BigIntegerField()
    # The same in the currency paid, to the micro-unit.
    converted_micro = models.BigIntegerField()
    rate = models.ForeignKey(ExchangeRate, on_delete=models.PROTECT, null=True, related_name="+")
    withheld_micro = models.BigIntegerField()
    paid_micro = models.BigIntegerField()
    people_needed = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    way = models.CharField(max_length=10, choices=Way.choices, blank=True)
    # Of the bank's statement or the provider.
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    bank_file = models.ForeignKey(
        BankFile, on_delete=models.PROTECT, null=True, related_name="payouts"
    )
    # What the log holds the digest of; written with the approval.
    document = models.BinaryField(default=b"")
    proposed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "source",
                name="payouts_one_open",
                condition=Q(state__in=["proposed", "approved", "sent"]),
            ),
            models.UniqueConstraint(
                "run", "source", name="payouts_once_a_run", condition=~Q(state="dropped")
            ),
            models.CheckConstraint(
                condition=Q(
                    paid_micro__gt=0,
                    withheld_micro__gte=0,
                    due_micro__gt=0,
                    converted_micro__gte=F("paid_micro") + F("withheld_micro"),
                ),
                name="payouts_sums",
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=False)
                | Q(account=F("source"), converted_micro=F("due_micro")),
                name="payouts_converted_by_a_rate",
            ),
            models.CheckConstraint(
                condition=Q(first_index__gte=0, end_index__gte=F("first_index")),
                name="payouts_stretch",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["dropped", "failed", "returned"]) | ~Q(reason=""),
                name="payouts_ended_why",
            ),
            models.CheckConstraint(
                condition=Q(people_needed__in=[1, 2]), name="payouts_people_needed"
            ),
        ]
        indexes = [
            models.Index("state", "proposed_at", name="payouts_by_state"),
            models.Index(fields=["source", "-end_index"], name="payouts_of_account"),
        ]

    def __str__(self) -> str:
        return f"payout {self.id}"

    @property
    def paid(self) -> Money:
        """What goes to the payee's bank."""
        return Money(self.paid_micro, self.currency)

    @property
    def withheld(self) -> Money:
        """What goes to tax offices."""
        return Money(self.withheld_micro, self.currency)

    @property
    def due(self) -> Money:
        """What was due, in the currency in which it was earned."""
        return Money(self.due_micro, self.source.currency)

    @property
    def converted(self) -> Money:
        """What was due, in the currency in which it is paid."""
        return Money(self.converted_micro, self.currency)

    @property
    def carried(self) -> Money:
        """What stays on the account: less than a coin."""
        return self.converted - self.withheld - self.paid

    @property
    def end_to_end_id(self) -> str:
        """What the payee and both banks read of it: at most 35 letters and digits."""
        return f"PW{self.id.hex.upper()}"


OPEN_STATES = [Payout.State.PROPOSED, Payout.State.APPROVED, Payout.State.SENT]
STANDING_STATES = [Payout.State.APPROVED, Payout.State.SENT, Payout.State.SETTLED]


class Part(models.Model):
    """What a payout pays for uses in one territory, and what its state keeps of it. Written once.

    Without a rate nothing is kept, and what was paid is still written down. A territory that owes
    rather than earns has no part, and lessens its next one.
    """

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="parts")
    territory = models.CharField(max_length=2)
    due_micro = models.BigIntegerField()
    converted_micro = models.BigIntegerField()
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    withheld_micro = models.BigIntegerField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint("payout", "territory", name="payouts_part_once"),
            models.CheckConstraint(
                condition=Q(
                    due_micro__gt=0,
                    withheld_micro__gte=0,
                    withheld_micro__lte=F("converted_micro"),
                ),
                name="payouts_part_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory} of {self.payout_id}"


class Approval(models.Model):
    """Somebody said that a payout may go. Written once."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("payout", "user", name="payouts_approval_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} approved {self.payout_id}"
