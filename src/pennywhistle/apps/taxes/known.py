"""Rates as a data set knows them: filling the store's table, and telling what differs.

The data set (`eu-vat-rates-data`, from the Commission's own database) knows today's rates and not
since when they hold. So a rate that changed is taken without asking only where its day is plain:
where exactly one first of a month lies between the version that had the old rate and the one that
has the new. Otherwise an operator is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from eu_vat_rates_data import dataset

from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.taxes.models import RateProposal, RateReading, TaxRate
from pennywhistle.apps.taxes.terms import terms_at
from pennywhistle.engines.tax import EU_STATES, Scheme, taxed_as
from pennywhistle.kernel.local_time import instants_of
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pennywhistle.apps.taxes.models import SellerTerms

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class KnownRates:
    """A version of the data set: standard rates in percent of the net price, as decimal texts."""

    version: date
    percents: Mapping[str, str]

    def rate(self, territory: str) -> Fraction | None:
        """As a part of the net price; None where it knows none."""
        percent = self.percents.get(territory)
        return None if percent is None else Fraction(percent) / 100


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the data set did, by territory."""

    taken: tuple[str, ...]
    proposed: tuple[str, ...]


def installed_rates() -> KnownRates:
    """The data set that is installed; it is read from the package, without network."""
    return KnownRates(
        date.fromisoformat(dataset["version"]),
        # Through its text: 25.5 is meant, and not the nearest binary number.
        {code: repr(each["standard"]) for code, each in dataset["rates"].items()},
    )


def expected_rates(
    known: KnownRates, terms: SellerTerms | None, *, also: Collection[str] = ()
) -> dict[str, tuple[Fraction, str]]:
    """What the store's table ought to say now, by territory: the rate, and whose it is.

    `also` are territories in which the store is registered besides: GB, NO. Below the threshold
    the home rate holds in all of the Union.
    """
    wanted = set(also)
    if terms is not None:
        if terms.vat_number:
            wanted.add(terms.country)
        if terms.scheme != Scheme.NONE:
            wanted |= {*EU_STATES, "MC"}
        if "GB" in wanted:
            wanted.add("IM")
    found = {}
    for territory in sorted(wanted):
        is_home_taxed = (
            terms is not None and terms.scheme == Scheme.HOME and taxed_as(territory) in EU_STATES
        )
        source = terms.country if terms is not None and is_home_taxed else taxed_as(territory)
        rate = known.rate(source)
        if rate is not None:
            found[territory] = (rate, source)
    return found


@transaction.atomic
def fill_rates(
    *, known: KnownRates, first_day: date, also: Collection[str], now: datetime
) -> tuple[str, ...]:
    """Record a rate wherever the store is registered and its table says nothing of that day.

    Answers the territories. What is there already is never overwritten; where it differs,
    `look_for_changes` asks.
    """
    filled = []
    for territory, (rate, _) in expected_rates(known, terms_at(now), also=also).items():
        begins = _from_day(first_day, territory)
        assert begins.starts_at is not None
        mine = TaxRate.objects.open().of(territory=territory)
        if mine.overlapping(period=begins).exists():
            continue
        set_tax_rate(
            territory=territory, rate=rate, valid=begins, source=source_of(known.version), now=now
        )
        filled.append(territory)
    _note_reading(known, now)
    return tuple(filled)


def look_for_changes(*, known: KnownRates, now: datetime) -> Looked:
    """Compare the store's rates with the data set; take what is plain, propose the rest.

    The same again changes nothing. A rate that is on record for the future already is no news.
    """
    mine = {row.territory: row.rate for row in TaxRate.objects.open().valid(at=now)}
    expected = expected_rates(known, terms_at(now), also=mine.keys() & known.percents.keys())
    taken, proposed = [], []
    for territory, (rate, source) in expected.items():
        if mine.get(territory) == rate or _is_coming(territory, rate, now):
            continue
        begins_on = _day_of_change(source, mine.get(territory), known)
        if begins_on is not None and territory in mine:
            _take(territory, rate, begins_on, known.version, now)
            taken.append(territory)
        elif _propose(territory, rate, known.version, now):
            proposed.append(territory)
    _note_reading(known, now)
    return Looked(tuple(taken), tuple(proposed))


@transaction.atomic
def accept_proposal(*, proposal_id: int, begins_on: date, now: datetime) -> None:
    """Take a proposed rate from a day on; decided twice, the first word stands."""
    proposal = RateProposal.objects.select_for_update().get(id=proposal_id)
    if proposal.closed_at is None:
        _take(proposal.territory, proposal.rate, begins_on, proposal.version, now)
        RateProposal.objects.filter(id=proposal_id).update(closed_at=now)


@transaction.atomic
def dismiss_proposal(*, proposal_id: int, now: datetime) -> None:
    """Keep the store's own rate; the same version does not propose it again."""
    RateProposal.objects.filter(id=proposal_id, closed_at__isnull=True).update(closed_at=now)


def source_of(version: date) -> str:
    """Who says so, as kept with a rate."""
    return f"eu-vat-rates-data, version of {version}"


def _from_day(day: date, territory: str) -> Period:
    """From midnight of a day where it is last to come, in the territory's own time."""
    found = instants_of(Period(datetime.combine(day, time.min, UTC), None), territory)
    assert found is not None, "a period without end is nowhere empty"
    return found


def _take(territory: str, rate: Fraction, day: date, version: date, now: datetime) -> None:
    period = _from_day(day, territory)
    set_tax_rate(territory=territory, rate=rate, valid=period, source=source_of(version), now=now)


def _is_coming(territory: str, rate: Fraction, now: datetime) -> bool:
    later = TaxRate.objects.open().of(territory=territory).filter(valid_from__gt=now)
    return any(row.rate == rate for row in later)


def _day_of_change(state: str, old: Fraction | None, known: KnownRates) -> date | None:
    """The one first of a month between the version with the old rate and this one, if one lies."""
    for reading in RateReading.objects.filter(version__lt=known.version).order_by("-version"):
        percent = reading.percents.get(state)
        if percent is None or Fraction(percent) / 100 != old:
            continue
        months = _months(known.version) - _months(reading.version)
        return known.version.replace(day=1) if months == 1 else None
    return None


def _months(day: date) -> int:
    return day.year * _MONTHS + day.month


@transaction.atomic
def _propose(territory: str, rate: Fraction, version: date, now: datetime) -> bool:
    known = RateProposal.objects.filter(
        territory=territory,
        numerator=rate.numerator,
        denominator=rate.denominator,
    )
    if known.filter(version=version).exists() or known.filter(closed_at__isnull=True).exists():
        return False
    RateProposal.objects.filter(territory=territory, closed_at__isnull=True).update(closed_at=now)
    try:
        with transaction.atomic():
            RateProposal.objects.create(
                territory=territory,
                numerator=rate.numerator,
                denominator=rate.denominator,
                version=version,
                recorded_at=now,
            )
    except IntegrityError:
        # Another worker proposes the same at this moment.
        return False
    return True


def _note_reading(known: KnownRates, now: datetime) -> None:
    RateReading.objects.bulk_create(
        [RateReading(version=known.version, percents=dict(known.percents), read_at=now)],
        ignore_conflicts=True,
    )
