"""Parties, their identifiers, who acts for them, and the store itself."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class PartyQuerySet(models.QuerySet["Party"]):
    def acted_for_by(self, *, user: User) -> PartyQuerySet:
        """The parties whose studio this person may open."""
        return self.filter(membership__user=user)


class Party(models.Model):
    """A person or an organization: artist, label, composer, society."""

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANIZATION = "organization"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(max_length=300)
    slug = models.CharField(max_length=80)
    about = models.TextField(blank=True)

    objects = PartyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("name", name="parties_party_by_name")]

    def __str__(self) -> str:
        return self.name


class PartyIdentifier(models.Model):
    """A party's number in somebody's register (IPI, ISNI, DPID), in its normal form."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    scheme = models.CharField(max_length=12)
    value = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint("scheme", "value", name="parties_identifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Membership(models.Model):
    """A user acts for a party: may open its studio."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint("party", "user", name="parties_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.party}"


class Store(models.Model):
    """The store's own choices; exactly one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, default="Pennywhistle")
    currency = models.CharField(max_length=3, default="USD")
    # What the store keeps of each price, as an exact fraction.
    share_numerator = models.IntegerField(default=10)
    share_denominator = models.IntegerField(default=100)
    # Whether the store adds to a sale under the floor what is missing, from its own account.
    adds_subsidy = models.BooleanField(default=False)
    # Where a visitor who has not said so is taken to be.
    home_country = models.CharField(max_length=2, default="US")
    about = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="parties_store_is_one"),
            models.CheckConstraint(
                condition=Q(share_numerator__gte=0)
                & Q(share_denominator__gt=0)
                & Q(share_numerator__lt=F("share_denominator")),
                name="parties_store_share_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def share(self) -> Fraction:
        """The store's part of each price."""
        return Fraction(self.share_numerator, self.share_denominator)
