"""Campaigns, the codes that they give out, and how often each was used."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from datetime import datetime

PART_CONDITION = Q(part_numerator__gt=0) & Q(part_numerator__lte=F("part_denominator"))


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def given_by(self, *, supplier_id: int | None) -> CampaignQuerySet:
        """Those of a supplier, or of the store itself, newest first."""
        return self.filter(supplier=supplier_id).order_by("-id")


class Campaign(models.Model):
    """A part of the price taken off for whoever has a code, by a supplier or by the store."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    # Empty: the store's, which pays for it itself.
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=120)
    part_numerator = models.IntegerField()
    part_denominator = models.IntegerField()
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    # Otherwise for all of the supplier's releases, those to come too; or for the whole store.
    is_listed = models.BooleanField()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=PART_CONDITION, name="offers_campaign_part"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="offers_campaign_period",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def part(self) -> Fraction:
        """What is taken off, as a part of the price."""
        return Fraction(self.part_numerator, self.part_denominator)

    def holds(self, *, at: datetime) -> bool:
        """Whether its codes count at an instant."""
        has_begun = self.valid_from is None or self.valid_from <= at
        has_ended = self.valid_until is not None and self.valid_until <= at
        return self.closed_at is None and has_begun and not has_ended


class CampaignRelease(models.Model):
    """A release that a campaign with a list is for."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="listed")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("campaign", "release", name="offers_campaign_release_once"),
        ]

    def __str__(self) -> str:
        return f"{self.release} in {self.campaign}"


class Code(models.Model):
    """What a buyer types; every buyer uses it once, and all together at most `uses_max` times.

    Only a redemption counts it up, in the database (migration 0002).
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="codes")
    text = models.CharField(max_length=24, unique=True)
    # Empty: as often as buyers come while the campaign lasts.
    uses_max = models.IntegerField(null=True)
    used_count = models.IntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(used_count__gte=0)
                & (Q(uses_max__isnull=True) | Q(used_count__lte=F("uses_max"))),
                name="offers_code_used_as_often_as_it_says",
            ),
            models.CheckConstraint(
                condition=Q(uses_max__isnull=True) | Q(uses_max__gt=0), name="offers_code_uses"
            ),
            models.CheckConstraint(
                condition=Q(text__regex=r"^[0-9A-Z]{4,24}$"), name="offers_code_text"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_used_up(self) -> bool:
        """Whether nobody may use it any more."""
        return self.uses_max is not None and self.used_count >= self.uses_max


class Redemption(models.Model):
    """A purchase that a code made cheaper: written with it, and never changed."""

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="redemptions")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="redemptions")
    currency = models.CharField(max_length=3)
    saved_micro = models.BigIntegerField()
    redeemed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("code", "buyer", name="offers_redemption_once_a_buyer"),
            models.CheckConstraint(condition=Q(saved_micro__gt=0), name="offers_redemption_saved"),
        ]

    def __str__(self) -> str:
        return f"{self.code} for {self.order}"
