"""What suppliers agreed with the store: the agreement, their rate cards, catalogs handed over."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models.evidence import evidence_field
from pennywhistle.apps.rights.models.kept import Dated, KeptQuerySet, open_only
from pennywhistle.apps.rights.models.territory_sets import territories_field
from pennywhistle.engines.clearance.facts import LicenseSource


class SupplierAgreement(Dated):
    """A supplier's signed agreement with the store; at any time at most one per supplier."""

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="agreements")
    # Empty: nothing is agreed for the United States, which are closed then.
    us_source = models.CharField(
        max_length=12,
        blank=True,
        choices=[(source.value, source.value) for source in LicenseSource],
    )
    evidence = evidence_field()

    objects = KeptQuerySet["SupplierAgreement"].as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(us_source__in=["", *(source.value for source in LicenseSource)]),
                name="rights_supplieragreement_us_source",
            ),
        ]
        indexes = [
            models.Index("supplier", name="rights_agreement_open", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"agreement {self.pk} with {self.supplier}"


class RateCardLine(Dated):
    """What a supplier's price code means in money; one meaning per code, territory and time."""

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="rate_card_lines")
    code = models.CharField(max_length=40)
    territories = territories_field()
    currency = models.CharField(max_length=3)
    price_micro = models.BigIntegerField()
    wholesale_micro = models.BigIntegerField(default=0)
    evidence = evidence_field()

    objects = KeptQuerySet["RateCardLine"].as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=~Q(code=""), name="rights_ratecardline_code"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="rights_ratecardline_currency"
            ),
            models.CheckConstraint(
                condition=Q(price_micro__gt=0) & Q(wholesale_micro__gte=0),
                name="rights_ratecardline_amounts",
            ),
        ]
        indexes = [
            models.Index("supplier", "code", name="rights_rate_open", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.supplier}"


class Transfer(Dated):
    """A catalog goes from one supplier to another: while it lasts, both may hold deals."""

    from_supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="transfers_out")
    to_supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="transfers_in")
    evidence = evidence_field()

    objects = KeptQuerySet["Transfer"].as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(from_supplier=F("to_supplier")), name="rights_transfer_to_another"
            ),
        ]
        indexes = [
            models.Index(
                "from_supplier", "to_supplier", name="rights_transfer_open", condition=open_only()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_supplier} to {self.to_supplier}"
