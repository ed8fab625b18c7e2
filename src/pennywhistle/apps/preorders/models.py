"""What was ordered ahead of its release."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.orders.ended import words_length_max
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User


class PreOrderQuerySet(models.QuerySet["PreOrder"]):
    def placed_by(self, *, user: User) -> PreOrderQuerySet:
        """This person's, those that come first at the top."""
        return self.filter(buyer=user).order_by("releases_at", "placed_at", "id")

    def waiting(self) -> PreOrderQuerySet:
        """Those whose money is set aside."""
        return self.filter(state=PreOrder.State.WAITING)

    def due(self, *, at: datetime) -> PreOrderQuerySet:
        """Those to look at, in the order in which they were placed."""
        return self.waiting().filter(look_at__lte=at).order_by("placed_at", "id")

    def of_item(self, ref: ItemRef) -> PreOrderQuerySet:
        """Those of exactly this item."""
        mine = self.filter(release_id=ref.release_id)
        if ref.track_id is None:
            return mine.filter(track__isnull=True)
        return mine.filter(track_id=ref.track_id)

    def to_be_told(self, *, since: datetime) -> PreOrderQuerySet:
        """Those that ended without a sale, and whose buyers know nothing of it yet."""
        return self.filter(
            state=PreOrder.State.GIVEN_BACK, told_at__isnull=True, ended_at__gt=since
        ).order_by("try_count", "ended_at")


class PreOrder(models.Model):
    """An order of what is not out yet. Its money lies on the buyer's account of reserved money."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SOLD = "sold"  # by `order`
        CANCELED = "canceled"  # by the buyer
        GIVEN_BACK = "given_back"  # it could not be sold; `reason` says why

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pre_orders"
    )
    # Made before the click, as an order's.
    key = models.CharField(max_length=64)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, null=True, related_name="+")
    territory = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    # What was shown, and set aside: it never costs more.
    held_micro = models.BigIntegerField()
    # The deal for pre-orders alone by which that was agreed, and what its supplier is due by it.
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, null=True, related_name="+")
    due_micro = models.BigIntegerField(null=True)
    placed_at = models.DateTimeField()
    # When it may be sold, as the register says; it may still move.
    releases_at = models.DateTimeField()
    # When to look again whether it may.
    look_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    ended_at = models.DateTimeField(null=True)
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, related_name="pre_order", db_constraint=False
    )
    # Codes of `orders.errors`.
    reason = models.CharField(max_length=40, blank=True)
    # With which words, in the buyer's language, they asked for downloads at once; empty: they did
    # not. It is recorded with the order by which it is sold.
    waiver_words = models.CharField(max_length=words_length_max, blank=True, default="")
    waiver_version = models.CharField(max_length=20, blank=True, default="")
    told_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    objects = PreOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("buyer", "key", name="preorders_key_once"),
            # Nobody orders the same thing twice, whatever they click.
            models.UniqueConstraint(
                fields=["buyer", "release", "track"],
                name="preorders_waiting_once",
                condition=Q(state="waiting"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(held_micro__gt=0), name="preorders_held"),
            models.CheckConstraint(
                condition=Q(grant__isnull=True, due_micro__isnull=True)
                | Q(grant__isnull=False, due_micro__gte=0),
                name="preorders_agreed_by_a_grant",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | Q(~Q(state="waiting"), ended_at__isnull=False),
                name="preorders_ended",
            ),
            models.CheckConstraint(
                condition=Q(state="sold", order__isnull=False)
                | Q(~Q(state="sold"), order__isnull=True),
                name="preorders_sold_by_an_order",
            ),
        ]
        indexes = [
            models.Index("look_at", name="preorders_due", condition=Q(state="waiting")),
            models.Index(
                "ended_at",
                name="preorders_to_be_told",
                condition=Q(state="given_back", told_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"pre-order {self.id}"

    @property
    def ref(self) -> ItemRef:
        """What was ordered."""
        return ItemRef(self.release_id, self.track_id)

    @property
    def held(self) -> Money:
        """What is, or was, set aside for it."""
        return Money(self.held_micro, self.currency)
