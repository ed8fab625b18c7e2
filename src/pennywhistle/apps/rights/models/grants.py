"""What suppliers grant, and what stops a sale."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models.kept import KeptQuerySet
from pennywhistle.apps.rights.models.territory_sets import TerritorySet

if TYPE_CHECKING:
    from datetime import datetime

# A day in local time has ended everywhere so long after it has ended in UTC.
_LOCAL_TIMES_LAG = timedelta(hours=12)


class GrantQuerySet(KeptQuerySet["Grant"]):
    def of_item(self, *, release_id: int, track_id: int | None) -> GrantQuerySet:
        """Those of exactly this item: the release as a whole, or one track of it."""
        mine = self.filter(release_id=release_id)
        return (
            mine.filter(track__isnull=True) if track_id is None else mine.filter(track_id=track_id)
        )

    def lasting(self, *, at: datetime) -> GrantQuerySet:
        """The open ones whose time has not run out everywhere by that instant."""
        runs = Q(valid_until__isnull=True) | Q(is_local=False, valid_until__gt=at)
        runs |= Q(is_local=True, valid_until__gt=at - _LOCAL_TIMES_LAG)
        return self.open().filter(runs)


class Grant(models.Model):
    """A supplier lets the store sell a release, or one track of it.

    `valid_from`/`valid_until`: when it is true in the world; `recorded_at`/`closed_at`: when the
    store knew. All periods are half-open. Amounts are micro-units. A supplier may have several of
    one item: other territories, other times, other prices.
    """

    licensor = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="grants")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="grants")
    # Empty: the grant is for the release as a whole.
    track = models.ForeignKey(Track, on_delete=models.PROTECT, null=True, related_name="grants")
    uses = models.CharField(max_length=200, default="PermanentDownload")
    territories = models.ForeignKey(TerritorySet, on_delete=models.PROTECT)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    # The two are times on the wall of each territory, written as if they were UTC.
    is_local = models.BooleanField(default=False, db_default=False)
    # For orders before the release only; no sale rests on it.
    is_pre_order = models.BooleanField(default=False, db_default=False)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3)
    price_micro = models.BigIntegerField(null=True)
    wholesale_micro = models.BigIntegerField(default=0)
    # Instead of amounts: a code of the supplier's rate card.
    price_code = models.CharField(max_length=40, blank=True, default="")
    # There is a wholesale price only: the buyer pays the least that lets it reach the payees.
    is_at_floor = models.BooleanField(default=False, db_default=False)
    # The price is the least; the buyer names theirs, and may be told what the supplier hopes for.
    is_minimum = models.BooleanField(default=False, db_default=False)
    suggested_micro = models.BigIntegerField(null=True)
    # Less than the supplier asks otherwise, for a time.
    is_sale = models.BooleanField(default=False, db_default=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(price_micro__isnull=True) | Q(price_micro__gt=0),
                name="rights_grant_price_positive",
            ),
            models.CheckConstraint(
                condition=Q(wholesale_micro__gte=0), name="rights_grant_wholesale"
            ),
            models.CheckConstraint(
                condition=Q(is_at_floor=False)
                | Q(wholesale_micro__gt=0, price_micro__isnull=True, price_code=""),
                name="rights_grant_at_floor",
            ),
            models.CheckConstraint(
                condition=Q(is_minimum=False) | Q(price_micro__isnull=False) | ~Q(price_code=""),
                name="rights_grant_minimum",
            ),
            models.CheckConstraint(
                condition=Q(suggested_micro__isnull=True)
                | Q(is_minimum=True, price_micro__isnull=True, suggested_micro__gt=0)
                | Q(is_minimum=True, suggested_micro__gte=F("price_micro")),
                name="rights_grant_suggested",
            ),
            models.CheckConstraint(
                condition=Q(is_sale=False)
                | Q(price_micro__isnull=False, valid_until__isnull=False, is_pre_order=False),
                name="rights_grant_sale",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="rights_grant_period",
            ),
        ]
        indexes = [
            models.Index(
                "release", "track", name="rights_grant_open", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.pk} of {self.licensor}"


class GrantShare(models.Model):
    """Whom a track's grant pays, as an exact fraction of what is left after the store's share."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="shares")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    # The party's account in the books; opened with the grant, so that a sale finds it there.
    account_number = models.IntegerField()
    role = models.CharField(max_length=40)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("grant", "party", "role", name="rights_share_once"),
            models.CheckConstraint(
                condition=Q(numerator__gt=0)
                & Q(denominator__gt=0)
                & Q(numerator__lte=F("denominator")),
                name="rights_share_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.numerator}/{self.denominator}"


class StopQuerySet(KeptQuerySet["Stop"]):
    def of_item(self, *, release_id: int, track_id: int | None) -> StopQuerySet:
        """Those of exactly this item: the release as a whole, or one track of it."""
        mine = self.filter(release_id=release_id)
        return (
            mine.filter(track__isnull=True) if track_id is None else mine.filter(track_id=track_id)
        )


class Stop(models.Model):
    """The sale of a release or track is stopped until the row is closed."""

    class Kind(models.TextChoices):
        TAKEDOWN = "takedown"
        DISPUTE = "dispute"
        OPERATOR = "operator"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="stops")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, null=True, related_name="stops")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sentence = models.CharField(max_length=500)
    # Of stops that end by themselves: what for. Whoever made them lifts only their own.
    cause = models.CharField(max_length=40, blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = StopQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("release", name="rights_stop_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.release}"
