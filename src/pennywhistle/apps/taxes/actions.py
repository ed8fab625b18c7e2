"""Saying what rate of tax holds where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.taxes.models import TaxRate
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from fractions import Fraction


class TaxRateInvalidError(ValueError):
    """The rate is no part of a price, or nobody is named who says so."""

    code = "tax-rate-invalid"


@transaction.atomic
def set_tax_rate(
    *, territory: str, rate: Fraction, valid: Period, source: str, now: datetime
) -> TaxRate:
    """Record the rate that holds in a territory during a period, and close what it replaces.

    `rate` is a part of the net price, 19/100 for 19 %; `source` says who says so. An open rate that
    reaches out of the period at an end goes on there, in a new row with its own source. The same
    again changes nothing.

    Raises:
        TerritoryUnknownError: of the kernel.
        TaxRateInvalidError: the rate is below 0 or above 1, or there is no source.
    """
    (checked,) = Territories.of(territory)
    _check(rate, source)
    _lock_territory(checked)
    replaced = list(TaxRate.objects.open().of(territory=checked).overlapping(period=valid))
    for open_rate in replaced:
        if (open_rate.period, open_rate.rate, open_rate.source) == (valid, rate, source):
            return open_rate
    TaxRate.objects.filter(id__in=[each.id for each in replaced]).update(closed_at=now)
    for open_rate in replaced:
        for left in _outside(open_rate.period, valid):
            _record(checked, open_rate.rate, left, open_rate.source, now=now)
    return _record(checked, rate, valid, source, now=now)


def _check(rate: Fraction, source: str) -> None:
    if not 0 <= rate <= 1:
        raise TaxRateInvalidError(
            f"A rate of {rate} is no part of a price; write 19 % as 19/100, and nothing as 0."
        )
    if not source.strip():
        raise TaxRateInvalidError("Say where the rate is from: a law, an office's page.")


def _lock_territory(territory: str) -> None:
    """Changes of one territory's rates come one after the other; the guard takes this lock too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('taxes_taxrate'), hashtext(%s))", [territory]
        )


def _outside(period: Period, taken: Period) -> Iterator[Period]:
    """What is left of a period where another one, which overlaps it, is taken out."""
    before, after = taken.starts_at, taken.ends_at
    if before is not None and before in period and before != period.starts_at:
        yield Period(period.starts_at, before)
    if after is not None and after in period:
        yield Period(after, period.ends_at)


def _record(
    territory: str, rate: Fraction, valid: Period, source: str, *, now: datetime
) -> TaxRate:
    return TaxRate.objects.create(
        territory=territory,
        numerator=rate.numerator,
        denominator=rate.denominator,
        valid_from=valid.starts_at,
        valid_until=valid.ends_at,
        source=source,
        recorded_at=now,
    )
