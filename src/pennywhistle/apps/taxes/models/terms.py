"""Who sells, where they are at home to tax offices, and how they chose to be taxed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from pennywhistle.engines.tax import Scheme, Seller

if TYPE_CHECKING:
    from datetime import datetime


class SellerTermsQuerySet(models.QuerySet["SellerTerms"]):
    def valid(self, *, at: datetime) -> SellerTermsQuerySet:
        """Those that have begun, the last first: that one holds."""
        return self.filter(valid_from__lte=at).order_by("-valid_from")


class SellerTerms(models.Model):
    """What holds from `valid_from` on, until other terms begin. Written once.

    Money that was paid in under earlier terms keeps their `vat_point`: see docs/running/tax.md.
    """

    class VatPoint(models.TextChoices):
        SALE = "sale"  # a balance is a multi-purpose voucher: taxed when something is bought
        TOP_UP = "topup"  # a single-purpose one: taxed when money is paid in

    valid_from = models.DateTimeField(unique=True)
    legal_name = models.CharField(max_length=300)
    street = models.CharField(max_length=200)
    postcode = models.CharField(max_length=20)
    city = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    email = models.EmailField()
    # With its prefix; empty where the seller has none.
    vat_number = models.CharField(max_length=20, blank=True)
    # What a seller without one is known by to their tax office.
    tax_number = models.CharField(max_length=40, blank=True)
    scheme = models.CharField(max_length=4, choices=[(each.value, each.value) for each in Scheme])
    # 2, or 1 where sales across borders stay below 100 000 EUR a year (article 24b).
    clues_needed = models.SmallIntegerField(default=2)
    vat_point = models.CharField(max_length=5, choices=VatPoint.choices, default=VatPoint.SALE)
    recorded_at = models.DateTimeField()

    objects = SellerTermsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="taxes_terms_country"
            ),
            models.CheckConstraint(
                condition=~Q(legal_name="") & ~Q(street="") & ~Q(city=""),
                name="taxes_terms_name_a_seller",
            ),
            models.CheckConstraint(
                condition=Q(scheme__in=["none", "home", "oss"]), name="taxes_terms_scheme"
            ),
            models.CheckConstraint(
                condition=Q(clues_needed__in=[1, 2]), name="taxes_terms_clues_needed"
            ),
            models.CheckConstraint(
                condition=Q(vat_point__in=["sale", "topup"]), name="taxes_terms_vat_point"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.legal_name} from {self.valid_from:%Y-%m-%d}"

    @property
    def seller(self) -> Seller:
        """As the rules of tax see it."""
        return Seller(self.country, Scheme(self.scheme))
