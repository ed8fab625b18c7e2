"""Gifts, and the addresses that want none."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.users.derived import token_sha256
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User

_FINAL = ["redeemed", "taken_back"]


class GiftQuerySet(models.QuerySet["Gift"]):
    def given_by(self, *, user: User) -> GiftQuerySet:
        """This person's gifts, newest first."""
        return self.filter(giver=user).order_by("-made_at", "-id")

    def open(self) -> GiftQuerySet:
        """Those that nobody has taken."""
        return self.filter(state=Gift.State.OPEN)

    def opened_by(self, token: str) -> GiftQuerySet:
        """The one that a secret opens, or none."""
        return self.filter(token_sha256=token_sha256(token)).exclude(token_sha256="")

    def to_be_sent(self, *, at: datetime, since: datetime) -> GiftQuerySet:
        """Those whose mail is due: what failed least first."""
        return (
            self.open()
            .filter(sent_at__isnull=True, is_unwanted=False, send_at__lte=at, send_at__gt=since)
            .order_by("try_count", "send_at", "id")
        )


class Gift(models.Model):
    """Music, or balance, for whoever comes with its secret; its money is set aside meanwhile."""

    class State(models.TextChoices):
        OPEN = "open"
        REDEEMED = "redeemed"  # by `redeemer`: as `order`, or on their balance
        TAKEN_BACK = "taken_back"  # by its giver

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="gifts_given"
    )
    # Made before the click, as an order's.
    key = models.CharField(max_length=64)
    # Neither of the two: balance is given.
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    held_micro = models.BigIntegerField()
    # As the giver signs it, and what they write.
    from_name = models.CharField(max_length=60)
    words = models.CharField(max_length=500, blank=True)
    # In which the mail is written.
    language = models.CharField(max_length=10)
    # Whom to write to; of a person whose wish list it came from, the giver does not know where.
    # Neither: the giver hands it over on paper.
    to_email = models.EmailField(blank=True)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    send_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    # The address takes no gift mails from this store.
    is_unwanted = models.BooleanField(default=False)
    # The secret is derived from id and serial (users.derived); a new serial ends the earlier one.
    serial = models.PositiveSmallIntegerField(default=0)
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    redeemer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="gifts_taken"
    )
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, related_name="gift", db_constraint=False
    )

    objects = GiftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("giver", "key", name="gifts_key_once"),
            models.CheckConstraint(condition=Q(held_micro__gt=0), name="gifts_held"),
            models.CheckConstraint(
                condition=Q(release__isnull=False) | Q(track__isnull=True), name="gifts_of_an_item"
            ),
            models.CheckConstraint(
                condition=Q(send_at__isnull=True) | ~Q(to_email="") | Q(to_user__isnull=False),
                name="gifts_sent_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | Q(state__in=_FINAL, ended_at__isnull=False),
                name="gifts_ended",
            ),
            models.CheckConstraint(
                condition=Q(state="redeemed", redeemer__isnull=False)
                | Q(~Q(state="redeemed"), redeemer__isnull=True, order__isnull=True),
                name="gifts_redeemed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                "send_at",
                name="gifts_to_be_sent",
                condition=Q(state="open", sent_at__isnull=True, send_at__isnull=False),
            ),
            models.Index("to_email", "sent_at", name="gifts_by_address"),
        ]

    def __str__(self) -> str:
        return f"gift {self.id}"

    @property
    def ref(self) -> ItemRef | None:
        """What is given; None for balance."""
        return None if self.release_id is None else ItemRef(self.release_id, self.track_id)

    @property
    def held(self) -> Money:
        """What is, or was, set aside for it."""
        return Money(self.held_micro, self.currency)

    @property
    def subject(self) -> str:
        """What its secret is derived from."""
        return f"{self.id}:{self.serial}"


class NoGifts(models.Model):
    """An address whose holder wants no gift mails from this store; of it, only a hash is kept."""

    address_sha256 = models.CharField(max_length=64, primary_key=True)
    said_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "addresses without gifts"

    def __str__(self) -> str:
        return self.address_sha256
