"""Payments that a buyer's bank takes back, asks about, or warns of; and what the store answered."""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

ref_length_max = 120
reason_length_max = 500


class ChargebackQuerySet(models.QuerySet["Chargeback"]):
    def open(self) -> ChargebackQuerySet:
        """Those whose end is not known, the most urgent first."""
        return self.filter(state__in=Chargeback.OPEN_STATES).order_by(
            F("answer_until").asc(nulls_last=True), "opened_at"
        )

    def standing(self) -> ChargebackQuerySet:
        """Those whose money is not the buyer's now: all but those that came to nothing."""
        return self.exclude(state__in=[Chargeback.State.WON, Chargeback.State.LEFT])

    def unanswered(self) -> ChargebackQuerySet:
        """Those that wait for the store: disputes to answer, and warnings to decide about."""
        return self.open().filter(state=Chargeback.State.OPEN)

    def known_as(self, *, provider: str, ref: str) -> ChargebackQuerySet:
        """The one that the provider calls so, or none."""
        return self.filter(provider=provider, ref=ref)


class Chargeback(models.Model):
    """A top-up that its buyer's bank takes back (a dispute), or warns of as fraud (a warning).

    `held` is kept apart of the buyer's balance, with `bonus_held` that the store had added; `short`
    is what was spent already, the store's loss. They change under the lock of the balance's row.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute"
        WARNING = "warning"

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"  # a dispute whose evidence is with the bank
        REFUNDING = "refunding"  # a warning: the whole payment is on its way back
        WON = "won"  # the money is the store's again, and what was held the buyer's
        LOST = "lost"
        REFUNDED = "refunded"  # a warning: the payment went back before it was disputed
        LEFT = "left"  # a warning: nothing was done

    OPEN_STATES = ("open", "answered", "refunding")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind)
    provider = models.CharField(max_length=30)
    ref = models.CharField(max_length=ref_length_max)
    top_up = models.ForeignKey(
        "payments.TopUp", on_delete=models.PROTECT, related_name="chargebacks"
    )
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # The provider's word; or why a warning was left.
    reason = models.CharField(max_length=reason_length_max, blank=True)
    opened_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    answer_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    held_micro = models.BigIntegerField(default=0)
    bonus_held_micro = models.BigIntegerField(default=0)
    short_micro = models.BigIntegerField(default=0)
    fee_micro = models.BigIntegerField(default=0)
    # Whether the provider took the amount, and that is booked.
    is_withdrawn = models.BooleanField(default=False)
    # How many entries of the books there are: it numbers their keys.
    entry_count = models.PositiveIntegerField(default=0)

    objects = ChargebackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("provider", "ref", name="payments_chargeback_once"),
            models.CheckConstraint(
                name="payments_chargeback_amounts",
                condition=Q(
                    amount_micro__gt=0,
                    held_micro__gte=0,
                    bonus_held_micro__gte=0,
                    short_micro__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="payments_chargeback_adds_up",
                condition=Q(is_withdrawn=True, amount_micro=F("held_micro") + F("short_micro"))
                | Q(is_withdrawn=False, short_micro=0, held_micro__lte=F("amount_micro")),
            ),
            models.CheckConstraint(
                name="payments_chargeback_ended",
                condition=Q(state__in=["open", "answered", "refunding"], settled_at__isnull=True)
                | Q(state__in=["won", "lost", "refunded", "left"], settled_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                "answer_until",
                name="payments_chargeback_open",
                condition=Q(state__in=["open", "answered", "refunding"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} of {self.provider}"

    @property
    def amount(self) -> Money:
        """What the bank takes back, or what would go back."""
        return Money(self.amount_micro, self.currency)

    @property
    def held(self) -> Money:
        """What of it is kept apart, or was until it ended."""
        return Money(self.held_micro, self.currency)

    @property
    def short(self) -> Money:
        """What of it the buyer had spent: the store's loss."""
        return Money(self.short_micro, self.currency)

    @property
    def fee(self) -> Money:
        """What the provider kept for it."""
        return Money(self.fee_micro, self.currency)

    @property
    def is_open(self) -> bool:
        """Whether its end is not known yet."""
        return self.state in self.OPEN_STATES


class ChargebackAnswer(models.Model):
    """What the store told the bank: committed before it is sent, and sent once."""

    chargeback = models.OneToOneField(
        Chargeback, on_delete=models.PROTECT, primary_key=True, related_name="answer"
    )
    # The texts of the evidence, by name; files are made of them again when they are sent.
    evidence = models.JSONField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"answer to {self.chargeback_id}"


class LossShareQuerySet(models.QuerySet["LossShare"]):
    def at(self, instant: datetime) -> LossShareQuerySet:
        """What held at an instant."""
        still = Q(closed_at__isnull=True) | Q(closed_at__gt=instant)
        return self.filter(still, recorded_at__lte=instant)

    def of_parties(self, party_ids: list[int]) -> LossShareQuerySet:
        """What was agreed with some."""
        return self.filter(party__in=party_ids)

    def standing(self) -> LossShareQuerySet:
        """What holds now."""
        return self.filter(closed_at__isnull=True)


class LossShare(models.Model):
    """A contract by which a payee bears a part of what disputes take of their sales.

    Nobody does unless it is on record here. It takes nothing by itself: it says how much an
    operator may ask for, of which the page of a dispute tells.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    numerator = models.IntegerField()
    denominator = models.IntegerField()
    contract = models.CharField(max_length=reason_length_max)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = LossShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "party", name="payments_loss_share_once", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="payments_loss_share_part",
                condition=Q(numerator__gt=0, numerator__lte=F("denominator")) & ~Q(contract=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator} of {self.party_id}"

    @property
    def part(self) -> Fraction:
        """What the payee bears of what it earned by the disputed payment."""
        return Fraction(self.numerator, self.denominator)
