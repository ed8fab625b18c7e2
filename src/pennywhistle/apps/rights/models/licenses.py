"""What the store may use of works, and what it pays for that."""

from __future__ import annotations

from fractions import Fraction

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models.evidence import evidence_field
from pennywhistle.apps.rights.models.kept import Dated, Kept, KeptQuerySet, open_only, words_field
from pennywhistle.apps.rights.models.territory_sets import territories_field
from pennywhistle.engines.clearance import tariff as rules
from pennywhistle.engines.clearance.facts import WORK_RIGHTS


class Tariff(Kept):
    """A licensor's price list; what it says at which time stands in its lines."""

    licensor = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tariffs")
    name = models.CharField(max_length=200)

    objects = KeptQuerySet["Tariff"].as_manager()

    class Meta:
        constraints = [
            *Kept.Meta.constraints,
            models.UniqueConstraint(
                "licensor", "name", name="rights_tariff_once", condition=open_only()
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TariffLine(Dated):
    """What a tariff asks during a time; amounts are micro-units of `currency`.

    The fields mean what they mean in `engines.clearance.tariff.Tariff`. Lines of one tariff do
    not overlap in time.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="lines")
    # Empty only where no amount is named.
    currency = models.CharField(max_length=3, blank=True)
    base = models.CharField(max_length=5, choices=[(base.value, base.value) for base in rules.Base])
    percent_numerator = models.BigIntegerField(default=0)
    percent_denominator = models.BigIntegerField(default=1)
    track_minimum_micro = models.BigIntegerField(default=0)
    album_minimum_micro = models.BigIntegerField(null=True)
    album_tracks = models.PositiveIntegerField(null=True)
    extra_track_micro = models.BigIntegerField(default=0)
    per_minute_micro = models.BigIntegerField(default=0)
    is_per_work = models.BooleanField(default=False)
    is_by_repertoire = models.BooleanField(default=False)
    # Where the rate stands, and of which day that is.
    source = models.CharField(max_length=500)
    evidence = evidence_field()

    objects = KeptQuerySet["TariffLine"].as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(base__in=[base.value for base in rules.Base]),
                name="rights_tariffline_base",
            ),
            models.CheckConstraint(
                condition=Q(percent_numerator__gte=0)
                & Q(percent_denominator__gt=0)
                & Q(percent_numerator__lte=F("percent_denominator")),
                name="rights_tariffline_percent",
            ),
            models.CheckConstraint(
                condition=Q(track_minimum_micro__gte=0)
                & (Q(album_minimum_micro__isnull=True) | Q(album_minimum_micro__gte=0))
                & Q(extra_track_micro__gte=0)
                & Q(per_minute_micro__gte=0),
                name="rights_tariffline_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(currency="")
                | (
                    Q(track_minimum_micro=0, extra_track_micro=0, per_minute_micro=0)
                    & (Q(album_minimum_micro__isnull=True) | Q(album_minimum_micro=0))
                ),
                name="rights_tariffline_currency",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="rights_tariffline_source"),
        ]
        indexes = [
            models.Index("tariff", name="rights_tariffline_open", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"{self.tariff} from {self.valid_from}"

    @property
    def percent(self) -> Fraction:
        """The exact part of the base that is asked."""
        return Fraction(self.percent_numerator, self.percent_denominator)

    @property
    def rule(self) -> rules.Tariff:
        """The line as clearance computes with it."""
        return rules.Tariff(
            id=self.pk,
            name=self.tariff.name,
            currency=self.currency or None,
            base=rules.Base(self.base),
            percent=self.percent,
            track_minimum_micro=self.track_minimum_micro,
            bands=tuple(
                rules.Band(band.tracks_max, band.track_minimum_micro)
                for band in self.bands.smallest_first()
            ),
            album_minimum_micro=self.album_minimum_micro,
            album_tracks=self.album_tracks,
            extra_track_micro=self.extra_track_micro,
            per_minute_micro=self.per_minute_micro,
            is_per_work=self.is_per_work,
            duration_bands=tuple(
                rules.DurationBand(
                    band.up_to_ms, Fraction(band.factor_numerator, band.factor_denominator)
                )
                for band in self.duration_bands.shortest_first()
            ),
            is_by_repertoire=self.is_by_repertoire,
        )


class TariffBandQuerySet(models.QuerySet["TariffBand"]):
    def smallest_first(self) -> TariffBandQuerySet:
        """As the rule reads them: by size of the bundle, the one of any size last."""
        return self.order_by(F("tracks_max").asc(nulls_last=True))


class TariffBand(models.Model):
    """The least per track in a bundle of up to `tracks_max` tracks; empty: of any size."""

    line = models.ForeignKey(TariffLine, on_delete=models.PROTECT, related_name="bands")
    tracks_max = models.PositiveIntegerField(null=True)
    track_minimum_micro = models.BigIntegerField()

    objects = TariffBandQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "tracks_max"], name="rights_tariffband_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(track_minimum_micro__gte=0), name="rights_tariffband_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"up to {self.tracks_max}: {self.track_minimum_micro}"


class TariffDurationBandQuerySet(models.QuerySet["TariffDurationBand"]):
    def shortest_first(self) -> TariffDurationBandQuerySet:
        """As the rule reads them: by duration, the one of any longer track last."""
        return self.order_by(F("up_to_ms").asc(nulls_last=True))


class TariffDurationBand(models.Model):
    """By how much a track's minimum is multiplied if it lasts up to `up_to_ms`; empty: longer."""

    line = models.ForeignKey(TariffLine, on_delete=models.PROTECT, related_name="duration_bands")
    up_to_ms = models.PositiveIntegerField(null=True)
    factor_numerator = models.BigIntegerField()
    factor_denominator = models.BigIntegerField()

    objects = TariffDurationBandQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "up_to_ms"],
                name="rights_tariffdurationband_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(factor_numerator__gte=0) & Q(factor_denominator__gt=0),
                name="rights_tariffdurationband_factor",
            ),
        ]

    def __str__(self) -> str:
        return f"up to {self.up_to_ms} ms: {self.factor_numerator}/{self.factor_denominator}"


class License(Dated):
    """A licensor lets this store use works, as far as its own shares and mandates reach."""

    licensor = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="licenses")
    rights = words_field()
    uses = words_field()
    territories = territories_field()
    # Empty: paid within the supplier's split.
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, null=True)
    # The law that widens it to works that nobody has identified.
    unidentified_by = models.CharField(max_length=200, blank=True)
    reporting_profile = models.CharField(max_length=40, blank=True)
    # Within how many days after the end of a reporting period the store reports and pays.
    due_days = models.PositiveIntegerField(null=True)
    evidence = evidence_field()

    objects = KeptQuerySet["License"].as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    rights__contained_by=[right.value for right in WORK_RIGHTS], rights__len__gt=0
                ),
                name="rights_license_rights",
            ),
            models.CheckConstraint(condition=Q(uses__len__gt=0), name="rights_license_uses"),
        ]
        indexes = [
            models.Index("licensor", name="rights_license_open", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"license {self.pk} of {self.licensor}"
