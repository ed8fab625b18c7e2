"""What the store may use and what it pays: recorded with a source, and effective from a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from builders import NOON
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.actions import (
    LicenseTerms,
    LineTerms,
    RegisterError,
    close_license,
    close_tariff_line,
    record_license,
    record_tariff,
    record_tariff_line,
)
from pennywhistle.apps.rights.models import License, RegisterChange, Tariff, TariffLine
from pennywhistle.engines.clearance.tariff import Band, Base, DurationBand
from pennywhistle.engines.clearance.tariff import Tariff as Rule
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
Y2026, Y2027, Y2028 = (datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2027, 2028))
# As published: 8 % of the gross price, at least 5p, less in bundles, more for long tracks.
ONLINE = Rule(
    id=0,
    name="",
    currency="GBP",
    base=Base.GROSS,
    percent=Fraction(8, 100),
    track_minimum_micro=50_000,
    bands=(Band(1, 50_000), Band(4, 45_000), Band(None, 25_000)),
    duration_bands=(DurationBand(300_000, Fraction(1)), DurationBand(None, Fraction(4, 3))),
)
ALBUMS = Rule(
    id=0,
    name="",
    currency="EUR",
    percent=Fraction(9, 100),
    track_minimum_micro=70_000,
    album_minimum_micro=700_000,
    album_tracks=15,
    extra_track_micro=43_500,
    is_by_repertoire=True,
)
STATUTORY = Rule(
    id=0,
    name="",
    currency="USD",
    track_minimum_micro=131_000,
    per_minute_micro=25_200,
    is_per_work=True,
)


@pytest.fixture
def tariff() -> Tariff:
    """A society's tariff without lines."""
    return record_tariff(licensor_id=ensure_party(name="PRS").pk, name="Online", now=NOON)


def line(rule: Rule = ALBUMS, valid: Period | None = None) -> LineTerms:
    return LineTerms(rule, valid or Period.always(), "clients.example, copy of 2026-11-01")


def open_lines(tariff: Tariff) -> list[tuple[datetime | None, datetime | None, Fraction]]:
    lines = TariffLine.objects.open().filter(tariff=tariff).order_by("valid_from")
    return [(line.valid_from, line.valid_until, line.percent) for line in lines]


@pytest.mark.parametrize("rule", [ONLINE, ALBUMS, STATUTORY])
def test_a_tariff_comes_back_as_it_was_recorded(tariff: Tariff, rule: Rule) -> None:
    made = record_tariff_line(tariff_id=tariff.pk, terms=line(rule), now=NOON)

    assert TariffLine.objects.get().rule == replace(rule, id=made.pk, name="Online")


def test_the_same_line_again_changes_nothing(tariff: Tariff) -> None:
    first = record_tariff_line(tariff_id=tariff.pk, terms=line(ONLINE), now=NOON)

    again = record_tariff_line(tariff_id=tariff.pk, terms=line(ONLINE), now=LATER)

    assert again == first
    assert TariffLine.objects.count() == 1
    assert record_tariff(licensor_id=tariff.licensor_id, name="Online", now=LATER) == tariff


def test_a_new_rate_takes_over_from_its_day_and_the_old_one_ends_there(tariff: Tariff) -> None:
    old = record_tariff_line(tariff_id=tariff.pk, terms=line(ONLINE, Period(Y2026, None)), now=NOON)
    raised = replace(ONLINE, percent=Fraction(1, 10))

    record_tariff_line(tariff_id=tariff.pk, terms=line(raised, Period(Y2027, None)), now=LATER)

    assert open_lines(tariff) == [
        (Y2026, Y2027, Fraction(8, 100)),
        (Y2027, None, Fraction(1, 10)),
    ]
    ended = TariffLine.objects.open().get(valid_from=Y2026)
    assert ended.rule.bands == ONLINE.bands
    assert ended.rule.duration_bands == ONLINE.duration_bands
    assert list(TariffLine.objects.known(at=NOON)) == [old]


def test_a_rate_for_one_year_leaves_the_years_around_it(tariff: Tariff) -> None:
    record_tariff_line(tariff_id=tariff.pk, terms=line(), now=NOON)
    raised = replace(ALBUMS, percent=Fraction(1, 10))

    record_tariff_line(tariff_id=tariff.pk, terms=line(raised, Period(Y2027, Y2028)), now=LATER)

    percents = {start: percent for start, _, percent in open_lines(tariff)}
    assert percents == {None: ALBUMS.percent, Y2027: Fraction(1, 10), Y2028: ALBUMS.percent}


def test_a_line_can_end_at_an_instant_with_its_bands(tariff: Tariff) -> None:
    made = record_tariff_line(tariff_id=tariff.pk, terms=line(ONLINE), now=NOON)

    close_tariff_line(line_id=made.pk, now=LATER, ends_at=Y2027)

    ended = TariffLine.objects.open().get()
    assert ended.valid_until == Y2027
    assert ended.rule.bands == ONLINE.bands


def test_a_tariff_that_names_amounts_and_no_currency_is_refused(tariff: Tariff) -> None:
    said = line(replace(ALBUMS, currency=None))

    with pytest.raises(TariffInvalidError) as refused:
        record_tariff_line(tariff_id=tariff.pk, terms=said, now=NOON)

    assert refused.value.code == "tariff-currency"
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffLine.objects.create(
            tariff=tariff, base="net", track_minimum_micro=1, source="s", recorded_at=NOON
        )
    assert not TariffLine.objects.exists()


@pytest.mark.parametrize("rule", [replace(ALBUMS, percent=Fraction(2)), Rule(id=0, name="")])
def test_a_tariff_that_nobody_could_be_charged_by_is_refused(tariff: Tariff, rule: Rule) -> None:
    with pytest.raises(TariffInvalidError):
        record_tariff_line(tariff_id=tariff.pk, terms=line(rule), now=NOON)

    assert not TariffLine.objects.exists()


def test_a_rate_without_a_source_is_refused(tariff: Tariff) -> None:
    with pytest.raises(actions.TariffSourceMissingError):
        record_tariff_line(tariff_id=tariff.pk, terms=replace(line(), source=" "), now=NOON)

    assert not TariffLine.objects.exists()


@pytest.mark.parametrize(
    "columns",
    [
        {"base": "cost"},
        {"percent_numerator": 3, "percent_denominator": 2},
        {"extra_track_micro": -1},
        {"source": ""},
        {},
    ],
)
def test_the_database_refuses_what_no_line_can_be(
    tariff: Tariff, columns: dict[str, object]
) -> None:
    record_tariff_line(tariff_id=tariff.pk, terms=line(valid=Period(Y2026, None)), now=NOON)
    said = {"tariff": tariff, "base": "net", "currency": "EUR", "source": "s", "recorded_at": NOON}
    when = {"valid_until": Y2026} if columns else {"valid_from": Y2027}

    with pytest.raises(IntegrityError), transaction.atomic():
        TariffLine.objects.create(**{**said, **when, **columns})
    assert TariffLine.objects.create(**said, valid_until=Y2026).pk


def test_a_license_is_recorded_once_and_ends(tariff: Tariff) -> None:
    terms = LicenseTerms(
        licensor_id=tariff.licensor_id,
        territories=Territories.of("GB"),
        valid=Period.always(),
        tariff_id=tariff.pk,
        due_days=45,
    )

    made = record_license(terms=terms, now=NOON)
    again = record_license(terms=terms, now=LATER)
    ended = close_license(license_id=made.pk, now=LATER, ends_at=Y2027)

    assert again == made
    assert (made.rights, made.uses) == (["MAKING_AVAILABLE", "MECH"], ["PermanentDownload"])
    assert ended is not None
    assert (ended.valid_until, ended.due_days) == (Y2027, 45)
    assert close_license(license_id=ended.pk, now=LATER) is None
    assert not License.objects.open().exists()
    assert RegisterChange.objects.filter(kind="license").count() == 4


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"rights": ("MASTER",)}, "right-unknown"),
        ({"rights": ("ANY",)}, "right-unknown"),
        ({"uses": ("Ringtone",)}, "use-unknown"),
        ({"territories": Territories.none()}, "nothing-covered"),
    ],
)
def test_what_cannot_be_a_license_is_refused(
    tariff: Tariff, change: dict[str, object], error: str
) -> None:
    terms = LicenseTerms(tariff.licensor_id, Territories.of("GB"), Period.always())

    with pytest.raises(RegisterError) as refused:
        record_license(terms=replace(terms, **change), now=NOON)

    assert refused.value.code == error
    assert not License.objects.exists()


def test_nobody_licenses_by_another_s_tariff(tariff: Tariff) -> None:
    terms = LicenseTerms(
        licensor_id=ensure_party(name="GEMA").pk,
        territories=Territories.of("DE"),
        valid=Period.always(),
        tariff_id=tariff.pk,
    )

    with pytest.raises(actions.TariffForeignError):
        record_license(terms=terms, now=NOON)

    assert not License.objects.exists()
