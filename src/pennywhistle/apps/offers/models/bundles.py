"""Releases that cost less together."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from datetime import datetime


class BundleQuerySet(models.QuerySet["Bundle"]):
    def given_by(self, *, supplier_id: int) -> BundleQuerySet:
        """Those of a supplier, newest first."""
        return self.filter(supplier=supplier_id).order_by("-id")

    def holding(self, *, at: datetime) -> BundleQuerySet:
        """Those that are offered at an instant."""
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=at)
        lasting = Q(valid_until__isnull=True) | Q(valid_until__gt=at)
        return self.filter(begun & lasting, closed_at__isnull=True)


class Bundle(models.Model):
    """A supplier's releases at one price, or each for a part less, for who has all of them."""

    class Kind(models.TextChoices):
        LIST = "list"  # the releases that it names
        ARTIST = "artist"  # all of an artist that its supplier sells here, those to come too
        LABEL = "label"  # the same of a label

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # The artist or the label.
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=120)
    # Either one price for all, or what is taken off each.
    currency = models.CharField(max_length=3, blank=True)
    price_micro = models.BigIntegerField(null=True)
    part_numerator = models.IntegerField(null=True)
    part_denominator = models.IntegerField(null=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = BundleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="list", party__isnull=True)
                | Q(kind__in=["artist", "label"], party__isnull=False, price_micro__isnull=True),
                name="offers_bundle_kind",
            ),
            models.CheckConstraint(
                condition=Q(
                    price_micro__gt=0,
                    currency__regex=r"^[A-Z]{3}$",
                    part_numerator__isnull=True,
                    part_denominator__isnull=True,
                )
                | Q(
                    price_micro__isnull=True,
                    currency="",
                    part_numerator__gt=0,
                    part_denominator__gt=F("part_numerator"),
                ),
                name="offers_bundle_price_or_part",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="offers_bundle_period",
            ),
        ]
        indexes = [
            models.Index(
                "party", name="offers_bundle_open_of", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def part(self) -> Fraction | None:
        """What is taken off each release's price, as a part of it."""
        if self.part_numerator is None or self.part_denominator is None:
            return None
        return Fraction(self.part_numerator, self.part_denominator)


class BundledRelease(models.Model):
    """A release that a bundle names."""

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="named")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("bundle", "release", name="offers_bundled_release_once"),
        ]

    def __str__(self) -> str:
        return f"{self.release} in {self.bundle}"
