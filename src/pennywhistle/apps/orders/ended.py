"""What ends a purchase, and what is known of it: terms of refund, downloads, waivers, withdrawals.

Rows are written once; only letters note how far their sending has come.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.ledger.models import Entry

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

words_length_max = 2_000
name_length_max = 200
refund_days_max = 365
refund_downloads_max = 1_000


class RefundTermsQuerySet(models.QuerySet["RefundTerms"]):
    def at(self, instant: datetime) -> RefundTermsQuerySet:
        """Those that were recorded by then, the newest first: it holds for what was bought then."""
        return self.filter(recorded_at__lte=instant).order_by("-recorded_at", "-id")


class RefundTerms(models.Model):
    """Until when, and after how many downloads, a buyer may give a purchase back unasked."""

    days = models.PositiveSmallIntegerField()
    downloads_max = models.PositiveSmallIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = RefundTermsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_refund_terms",
                condition=Q(days__lte=refund_days_max, downloads_max__lte=refund_downloads_max),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days} days, {self.downloads_max} downloads"


class RefundQuerySet(models.QuerySet["Refund"]):
    def of(self, *, buyer_id: int) -> RefundQuerySet:
        """What this buyer gave back."""
        return self.filter(line__order__buyer=buyer_id)


class Refund(models.Model):
    """A line of an order that was taken back: never twice, because its row is the line's."""

    class Why(models.TextChoices):
        BUYER = "buyer"  # within the store's terms, by the buyer alone
        WITHDRAWAL = "withdrawal"  # the law's right, within its time
        OPERATOR = "operator"  # by the store, for the reason on record

    line = models.OneToOneField(
        "orders.OrderLine",
        on_delete=models.PROTECT,
        primary_key=True,
        db_constraint=False,
        related_name="refund",
    )
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, db_constraint=False, related_name="refund"
    )
    why = models.CharField(max_length=10, choices=Why)
    reason = models.CharField(max_length=words_length_max, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    refunded_at = models.DateTimeField()

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_refund_reason", condition=~Q(why="operator", reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"refund of {self.line_id}"


class Download(models.Model):
    """A track that was handed out, in whichever form and however often: its first time."""

    entitlement = models.ForeignKey(
        "orders.Entitlement", on_delete=models.PROTECT, db_index=False, related_name="downloads"
    )
    track = models.ForeignKey(Track, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("entitlement", "track", name="orders_download_once"),
        ]

    def __str__(self) -> str:
        return f"download of {self.track_id}"


class Waiver(models.Model):
    """A buyer asked for downloads at once, and knew that the right of withdrawal is lost by them.

    With the letter that confirms it, these are the three proofs of directive 2011/83/EU,
    article 16(m): consent, acknowledgment, confirmation on a durable medium.
    """

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, primary_key=True, db_constraint=False
    )
    # Which words, and these words as they were shown, in the buyer's language.
    version = models.CharField(max_length=20)
    words = models.CharField(max_length=words_length_max)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"waiver of {self.order_id}"


class Withdrawal(models.Model):
    """A statement of withdrawal, as its writer confirmed it: of a purchase, or of a top-up's rest.

    `outcome` says what was done at once.
    """

    class Outcome(models.TextChoices):
        REFUNDED = "refunded"  # the price is on the balance again
        PAID_BACK = "paid-back"  # the unspent balance is on its way back

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    # Made when the form was drawn: a second click is the same statement.
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=name_length_max)
    contact = models.EmailField()
    # None: of the money that was paid in and not spent.
    line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, null=True, db_constraint=False
    )
    statement = models.CharField(max_length=words_length_max)
    outcome = models.CharField(max_length=10, choices=Outcome)
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "key", name="orders_withdrawal_key_once"),
            models.CheckConstraint(
                name="orders_withdrawal_of_what",
                condition=Q(outcome="refunded", line__isnull=False)
                | Q(outcome="paid-back", line__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"withdrawal {self.id}"


class LetterQuerySet(models.QuerySet["Letter"]):
    def waiting(self) -> LetterQuerySet:
        """Those to send, the seldomest tried first."""
        unsent = self.filter(sent_at__isnull=True, try_count__lt=letter_tries_max)
        return unsent.select_related("user", "waiver__order", "withdrawal").order_by(
            "try_count", "id"
        )

    def confirming(self, *, order_id: UUID) -> LetterQuerySet:
        """The letter by which an order's waiver was confirmed, once it went out."""
        return self.filter(waiver=order_id, sent_at__isnull=False)


# Once a minute at first: longer than a mail server is ever away.
letter_tries_max = 4_320


class Letter(models.Model):
    """A mail that the law wants sent: it confirms a waiver, or that a withdrawal was received."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    waiver = models.OneToOneField(Waiver, on_delete=models.PROTECT, null=True)
    withdrawal = models.OneToOneField(Withdrawal, on_delete=models.PROTECT, null=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_letter_of_one",
                condition=Q(waiver__isnull=True, withdrawal__isnull=False)
                | Q(waiver__isnull=False, withdrawal__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                "try_count", "id", name="orders_letter_waiting", condition=Q(sent_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"
