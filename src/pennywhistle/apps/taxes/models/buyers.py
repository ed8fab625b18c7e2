"""What is known of where a buyer belongs, and of the business that they buy for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.taxes.businesses import Business
from pennywhistle.engines.tax import ClueKind

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User

_COUNTRY = r"^[A-Z]{2}$"


class PlaceClue(models.Model):
    """A country that something named as a buyer's; written again where it changed, and each day.

    Kept by person and day, and not by order: the till does not wait for it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=[(each.value, each.value) for each in ClueKind])
    country = models.CharField(max_length=2)
    day = models.DateField()
    seen_at = models.DateTimeField()
    # Who says so: a provider and its payment, the header of a proxy.
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(country__regex=_COUNTRY), name="taxes_clue_names_a_country"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in ClueKind]),
                name="taxes_clue_is_of_a_kind",
            ),
        ]
        indexes = [models.Index("user", "kind", "seen_at", name="taxes_clue_newest")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.country}"


class VatNumberQuerySet(models.QuerySet["VatNumber"]):
    def open(self) -> VatNumberQuerySet:
        """Those that their owners stand by."""
        return self.filter(closed_at__isnull=True)

    def of(self, *, user: User) -> VatNumberQuerySet:
        """The one that this person buys under, or none."""
        return self.open().filter(user=user)

    def known(self, *, at: datetime) -> VatNumberQuerySet:
        """Those that were stated by then and not given up."""
        return self.filter(recorded_at__lte=at).filter(
            Q(closed_at__isnull=True) | Q(closed_at__gt=at)
        )


class VatNumber(models.Model):
    """The number that a person says they buy under, of the right form; closed, not edited."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    # ISO 3166-1: GR where the number begins with EL.
    country = models.CharField(max_length=2)
    number = models.CharField(max_length=20)
    # Whose it is, as its owner says: compared with what the register says.
    business_name = models.CharField(max_length=300, blank=True, default="")
    street = models.CharField(max_length=200, blank=True, default="")
    postcode = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = VatNumberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user", name="taxes_vat_number_one_a_person", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("recorded_at")),
                name="taxes_vat_number_closed_after",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def business(self) -> Business:
        """Whose it is, as its owner says; empty parts of numbers from before one was asked."""
        return Business(self.business_name, self.street, self.postcode, self.city)


class VatAnswer(models.Model):
    """What a register, or an operator who looked, said of a number. Written once."""

    number = models.ForeignKey(VatNumber, on_delete=models.PROTECT, related_name="answers")
    # "vies", or the operator's mail address.
    by = models.CharField(max_length=254)
    is_valid = models.BooleanField()
    asked_at = models.DateTimeField()
    # The register's answer as it came, or the operator's reason.
    document = models.JSONField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.number}: {'valid' if self.is_valid else 'not valid'}"

    @property
    def by_operator(self) -> bool:
        """Whether a person looked; registers have a name and no mail address."""
        return "@" in self.by
