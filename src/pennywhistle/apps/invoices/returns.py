"""What is owed to tax offices for a quarter, and how near the Union's thresholds the store is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum

from pennywhistle.apps.invoices.models import Supply
from pennywhistle.apps.taxes.exchange import ExchangeRateError, newest_per_euro, per_euro
from pennywhistle.engines.tax import (
    EU_STATES,
    Quarter,
    Supplied,
    Treatment,
    cents,
    return_of,
    taxed_as,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from pennywhistle.apps.taxes.models import SellerTerms
    from pennywhistle.engines.tax import Correction, ReturnRow

HOME_THRESHOLD_EUR = 10_000
ONE_CLUE_THRESHOLD_EUR = 100_000
_EURO_CENT_MICRO = 10_000


@dataclass(frozen=True, slots=True)
class OssReturn:
    """The return of a quarter; `missing` says which rates of exchange it cannot be made without."""

    quarter: Quarter
    rows: tuple[ReturnRow, ...]
    corrections: tuple[Correction, ...]
    missing: tuple[str, ...] = ()
    unsettled_count: int = 0

    @property
    def owed_cents(self) -> int:
        """What is paid with it: the quarter's tax and all corrections."""
        return sum(row.tax_cents for row in self.rows) + sum(
            each.tax_cents for each in self.corrections
        )


@dataclass(frozen=True, slots=True)
class PlaceTotal:
    """Everything supplied in a quarter by state, rate and treatment, in its own currency."""

    state: str
    treatment: str
    rate: Fraction
    currency: str
    gross_micro: int
    tax_micro: int
    count: int


def oss_return(quarter: Quarter) -> OssReturn:
    """The one-stop shop's return of a quarter, as far as the rates of exchange are known."""
    mine = Supply.objects.filter(quarter=str(quarter), treatment=Treatment.OSS)
    supplied = list(_supplied(mine))
    rates, missing = _rates({(each.currency, each.belongs_to) for each in supplied})
    if missing:
        return OssReturn(quarter, (), (), missing, _unsettled(mine))
    rows, corrections = return_of(quarter, supplied, per_euro=rates)
    return OssReturn(quarter, tuple(rows), tuple(corrections), (), _unsettled(mine))


def quarter_totals(quarter: Quarter) -> list[PlaceTotal]:
    """For all returns of a quarter: domestic, United Kingdom, sales tax, and what bears none."""
    rows = (
        Supply.objects.filter(quarter=str(quarter))
        .values("treatment", "state", "numerator", "denominator", "currency")
        .annotate(gross=Sum("gross_micro"), tax=Sum("tax_micro"), count=Count("id"))
        .order_by("treatment", "state", "numerator", "currency")
    )
    return [
        PlaceTotal(
            row["state"],
            row["treatment"],
            Fraction(row["numerator"], row["denominator"]),
            row["currency"],
            int(row["gross"]),
            int(row["tax"]),
            row["count"],
        )
        for row in rows
    ]


def quarters_known() -> list[Quarter]:
    """The quarters in which something was supplied, the newest first."""
    names = Supply.objects.values_list("quarter", flat=True).order_by("-quarter").distinct()
    return [quarter for quarter in map(Quarter.parse, names) if quarter is not None]


def crossing_eur(terms: SellerTerms, year: int) -> int | None:
    """What consumers in other states of the Union paid in a year without tax, in whole euros.

    Converted quarter by quarter; what has no rate yet, as the quarter that runs, at the newest one.
    None where a currency has no rate at all.
    """
    crossing = Supply.objects.filter(
        quarter__startswith=f"{year}-Q",
        territory__in=EU_STATES - {taxed_as(terms.country)} | {"MC"},
        treatment__in=[Treatment.OSS, Treatment.DOMESTIC],
    )
    supplied = list(_supplied(crossing))
    wanted = {(each.currency, each.belongs_to) for each in supplied}
    rates, _missing = _rates(wanted)
    for currency, quarter in wanted - rates.keys():
        newest = newest_per_euro(currency, quarter.last_day)
        if newest is None:
            return None
        rates[currency, quarter] = newest
    euros = sum(
        (each.gross_micro - each.tax_micro) / rates[each.currency, each.belongs_to]
        for each in supplied
    )
    return cents(Fraction(euros), 100 * _EURO_CENT_MICRO)


def _supplied(rows: QuerySet[Supply]) -> Iterator[Supplied]:
    groups = (
        rows.values("state", "numerator", "denominator", "currency", "quarter", "corrects__quarter")
        .annotate(gross=Sum("gross_micro"), tax=Sum("tax_micro"))
        .order_by("state")
    )
    for row in groups:
        quarter = Quarter.parse(row["corrects__quarter"] or row["quarter"])
        assert quarter is not None, "quarters are written by Quarter"
        yield Supplied(
            row["state"],
            Fraction(row["numerator"], row["denominator"]),
            row["currency"],
            quarter,
            int(row["gross"]),
            int(row["tax"]),
        )


def _rates(
    wanted: set[tuple[str, Quarter]],
) -> tuple[dict[tuple[str, Quarter], Fraction], tuple[str, ...]]:
    found, missing = {}, []
    for currency, quarter in sorted(wanted):
        try:
            found[currency, quarter] = per_euro(currency, quarter.last_day)
        except ExchangeRateError as error:
            missing.append(str(error))
    return found, tuple(missing)


def _unsettled(rows: QuerySet[Supply]) -> int:
    return int(rows.filter(Q(kind="sale") | Q(kind="top_up"), is_settled=False).count())
