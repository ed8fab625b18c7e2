"""One row for each taxable event: the record that is kept for ten years (regulation 282/2011, 63c).

Written once, beside the books and after them: a refund, a payback or a decision about a place is a
row of its own that corrects an earlier one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.taxes.models import SellerTerms, VatNumber
from pennywhistle.engines.tax import Quarter, Treatment

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class SupplyQuerySet(models.QuerySet["Supply"]):
    def of(self, *, user: User) -> SupplyQuerySet:
        """This person's."""
        return self.filter(user=user)

    def contradicted(self) -> SupplyQuerySet:
        """Those whose place other evidence contradicts, and that were not moved since."""
        return self.filter(
            is_settled=False, is_contradicted=True, kind__in=["sale", "top_up"]
        ).exclude(corrections__kind=Supply.Kind.MOVED_OUT)


class Supply(models.Model):
    """What was supplied to whom, where, at which rate; amounts in micro-units, with their sign."""

    class Kind(models.TextChoices):
        SALE = "sale"
        REFUND = "refund"  # of a sale
        TOP_UP = "top_up"  # money paid in that is taxed at once
        PAYBACK = "payback"  # of such money
        MOVED_OUT = "moved_out"  # of a place that was the wrong one
        MOVED_IN = "moved_in"  # to the right one

    kind = models.CharField(max_length=9, choices=Kind.choices)
    # Entries have no constraint on them anywhere, so that the till locks nothing; they never go.
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    order_id = models.UUIDField(null=True, db_index=True)
    occurred_at = models.DateTimeField()
    # By the calendar where the seller is at home.
    quarter = models.CharField(max_length=7)
    # Where the buyer is, and the state whose tax it is.
    territory = models.CharField(max_length=2)
    state = models.CharField(max_length=2)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    treatment = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Treatment]
    )
    currency = models.CharField(max_length=3)
    gross_micro = models.BigIntegerField()
    tax_micro = models.BigIntegerField()
    # The part of a price that came from money that was taxed when it was paid in.
    prepaid_micro = models.BigIntegerField(default=0)
    # The evidence of the place: pairs of kind and country.
    clues = models.JSONField(default=list)
    is_settled = models.BooleanField()
    is_contradicted = models.BooleanField(default=False)
    vat_number = models.ForeignKey(VatNumber, on_delete=models.PROTECT, null=True)
    terms = models.ForeignKey(SellerTerms, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    objects = SupplyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "entry", "kind", "corrects", name="invoices_supply_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0) & Q(denominator__gt=0),
                name="invoices_supply_rate",
            ),
            models.CheckConstraint(
                condition=Q(gross_micro__gte=0, tax_micro__gte=0, tax_micro__lte=F("gross_micro"))
                | Q(gross_micro__lte=0, tax_micro__lte=0, tax_micro__gte=F("gross_micro")),
                name="invoices_supply_tax_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sale", "top_up"], corrects__isnull=True)
                | Q(
                    kind__in=["refund", "payback", "moved_out", "moved_in"],
                    corrects__isnull=False,
                ),
                name="invoices_supply_corrects_one",
            ),
        ]
        indexes = [
            models.Index("quarter", "treatment", name="invoices_supply_by_quarter"),
            models.Index(
                "user",
                name="invoices_supply_contradicted",
                condition=Q(is_contradicted=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.territory}, {self.quarter}"

    @property
    def rate(self) -> Fraction:
        """As a part of the net price."""
        return Fraction(self.numerator, self.denominator)

    def as_held(self) -> Supply:
        """Itself, or what it was moved to where its place turned out to be another one."""
        if not self.is_contradicted:
            return self
        return self.corrections.filter(kind=Supply.Kind.MOVED_IN).first() or self

    @property
    def belongs_to(self) -> Quarter:
        """The quarter of what it corrects, or its own."""
        quarter = Quarter.parse(self.corrects.quarter if self.corrects else self.quarter)
        assert quarter is not None, "quarters are written by Quarter"
        return quarter


class Reading(models.Model):
    """How far the log was read: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    next_index = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="invoices_reading_is_one"),
        ]

    def __str__(self) -> str:
        return f"read up to {self.next_index}"


class Settlement(models.Model):
    """What a supply still has to move in the books; gone once the entry `key` is written.

    Written apart from the supply: a buyer's balance is locked for its own row only.
    """

    supply = models.OneToOneField(
        Supply, on_delete=models.PROTECT, primary_key=True, related_name="settlement"
    )
    key = models.CharField(max_length=60)
    subject = models.IntegerField()
    currency = models.CharField(max_length=3)
    # Pairs of an account's number and an amount in micro-units, with sum zero.
    postings = models.JSONField()

    def __str__(self) -> str:
        return self.key
