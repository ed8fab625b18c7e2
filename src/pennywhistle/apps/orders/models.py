"""Carts, orders, their lines, and what buyers own; `ended` has what ends a purchase."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.orders.ended import (
    Download,
    Letter,
    Refund,
    RefundTerms,
    Waiver,
    Withdrawal,
)
from pennywhistle.apps.rights.models import Verdict

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

__all__ = [
    "Cart",
    "CartItem",
    "Download",
    "Entitlement",
    "Letter",
    "Order",
    "OrderLine",
    "Refund",
    "RefundTerms",
    "Waiver",
    "Withdrawal",
]


class Cart(models.Model):
    """What somebody means to buy; a guest's cart is known by the id in their session."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="cart"
    )
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"cart {self.id}"


class CartItemQuerySet(models.QuerySet["CartItem"]):
    def of_item(self, *, release_id: int, track_id: int | None) -> CartItemQuerySet:
        """Those of exactly this item: the release as a whole, or one track of it."""
        mine = self.filter(release_id=release_id)
        return (
            mine.filter(track__isnull=True) if track_id is None else mine.filter(track_id=track_id)
        )


class CartItem(models.Model):
    """A release, or one track of it, in a cart."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items")
    release = models.ForeignKey(Release, on_delete=models.CASCADE)
    track = models.ForeignKey(Track, on_delete=models.CASCADE, null=True)
    added_at = models.DateTimeField()
    # Where the buyer names the price: what they offer, in the store's currency.
    offered_micro = models.BigIntegerField(null=True)

    objects = CartItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "cart", "release", "track", name="orders_cart_item_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(offered_micro__isnull=True) | Q(offered_micro__gt=0),
                name="orders_cart_offer",
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.track or self.release} in {self.cart}"


class OrderQuerySet(models.QuerySet["Order"]):
    def placed_by(self, *, user: User) -> OrderQuerySet:
        """This person's orders, newest first."""
        return self.filter(buyer=user).order_by("-placed_at", "-id")


class Order(models.Model):
    """A purchase. Its key was made before the click, so that a second click is the same order."""

    id = models.UUIDField(primary_key=True)
    # Orders, their lines and entitlements have no foreign keys in the database: each would lock a
    # row for each row written. The guards of 0004 check once per statement what neither changes
    # nor goes: that the buyer has the account, the entry, the order, the verdict. Catalog rows
    # that were on sale are never deleted (0002).
    # Found by the unique key below.
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,
        db_constraint=False,
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    key = models.CharField(max_length=64)
    # SHA-256 of what was asked: the same key with another cart is refused.
    asked_digest = models.BinaryField(max_length=32)
    territory = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    total_micro = models.BigIntegerField()
    placed_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("buyer", "key", name="orders_order_key_once"),
            models.CheckConstraint(condition=Q(total_micro__gt=0), name="orders_order_total"),
        ]

    def __str__(self) -> str:
        return f"order {self.id}"


class OrderLine(models.Model):
    """One item of an order: one sale, one entry of the books, one leaf of the log."""

    # The same id as its entry's.
    entry = models.OneToOneField(
        Entry,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="order_line",
        db_constraint=False,
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="lines", db_constraint=False
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    track = models.ForeignKey(
        Track, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    price_micro = models.BigIntegerField()
    verdict = models.ForeignKey(
        Verdict, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price_micro__gt=0), name="orders_line_price"),
        ]

    def __str__(self) -> str:
        return f"{self.track or self.release}"


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def of(self, *, user: User) -> EntitlementQuerySet:
        """What this person owns, newest first."""
        return self.standing(buyer_id=user.pk).order_by("-granted_at", "-id")

    def standing(self, *, buyer_id: int) -> EntitlementQuerySet:
        """What a buyer owns: what was bought and not given back."""
        return self.filter(buyer=buyer_id, ended_at__isnull=True)


class Entitlement(models.Model):
    """A buyer's right to download an item for ever: a release with its tracks, or one track.

    It ends when the sale is refunded, and by nothing else; the row stays.
    """

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="entitlements",
        db_index=False,
        db_constraint=False,
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    track = models.ForeignKey(
        Track, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    line = models.OneToOneField(
        OrderLine, on_delete=models.PROTECT, related_name="entitlement", db_constraint=False
    )
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # The refund that ended it.
    ended_by = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        constraints = [
            # Nobody pays twice for the same thing, whatever they click. What was refunded can be
            # bought again: each refund is another one. The index finds a buyer's rows, too.
            models.UniqueConstraint(
                "buyer",
                "release",
                "track",
                "ended_by",
                name="orders_owned_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="orders_entitlement_ended",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyer} owns {self.track or self.release}"
