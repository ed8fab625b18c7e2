"""Looking at one account: what would be paid of it, or why not. Runs and forecasts use the same.

The order is that of docs/algorithms/payouts.md: one conversion, withholding, threshold and carry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.payouts.models.terms import Cadence
from pennywhistle.apps.payouts.terms import exchange_rate
from pennywhistle.engines.payout import Line, Rate, convert, payable, withhold
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.payouts.details import Standing
    from pennywhistle.apps.payouts.known import Known
    from pennywhistle.apps.payouts.models import Details, ExchangeRate
    from pennywhistle.apps.payouts.terms import Wanted, Withholding


class Why(StrEnum):
    """Why an account is not paid now."""

    NOTHING = "nothing"
    OPEN = "open"  # a payout of it is on its way
    CADENCE = "cadence"  # paid later by the payee's own word
    NO_DETAILS = "no-details"
    WAITING = "waiting"  # the first details wait
    DOUBTFUL = "doubtful"  # money came back from there
    NO_RATE = "no-rate"
    FORM_EXPIRED = "form-expired"
    THRESHOLD = "threshold"


@dataclass(frozen=True, slots=True)
class Cut:
    """Until where a run pays, and which rules count there."""

    at: datetime
    end_index: int
    is_month: bool
    is_sweep: bool


@dataclass(frozen=True, slots=True)
class TaxedPart:
    """A territory's due, converted, and what its state keeps."""

    territory: str
    due: Money
    converted: Money
    rate: Fraction
    withheld: Money
    source: str


@dataclass(frozen=True, slots=True)
class Look:
    """What an account would be paid; with `why`, it is not, and `detail` says more.

    `converted` is `due` in the currency that is paid; `withheld`, `paid` and `carried` sum to it.
    """

    account: Account
    due: Money
    why: Why | None = None
    detail: str = ""
    details: Details | None = None
    rate: ExchangeRate | None = None
    converted: Money | None = None
    parts: tuple[TaxedPart, ...] = ()
    paid: Money | None = None

    @property
    def withheld(self) -> Money:
        """What goes to tax offices."""
        assert self.converted is not None
        return sum((part.withheld for part in self.parts), Money.zero(self.converted.currency))


def look_at(account: Account, *, due: Money, cut: Cut, known: Known) -> Look:
    """What an account is paid of what is due on it, or the first reason why it is not."""
    wanted = known.wanted(account)
    hindrance = _hindrance(due, cut, wanted, is_open=account.number in known.on_the_way)
    if hindrance is not None:
        return Look(account, due, *hindrance)
    assert account.party_id is not None, "a payee's account has a party"
    standing = known.standing(account)
    if standing.in_force is None:
        return Look(account, due, *_without_details(standing))
    rate, withholding = None, known.withholding.of_party(account.party_id)
    if wanted.pay_currency != account.currency:
        day = known.withholding.on
        rate = exchange_rate(of=account.currency, into=wanted.pay_currency, on=day)
        if rate is None:
            return Look(account, due, Why.NO_RATE, f"{account.currency} {wanted.pay_currency}")
    by_territory = _within(due, known.by_territory.get(account.number, {}))
    for territory, last_day in withholding.expired.items():
        if territory in by_territory and by_territory[territory].micro > 0:
            return Look(account, due, Why.FORM_EXPIRED, f"{territory} {last_day}")
    parts = _parts(by_territory, withholding, rate, wanted.pay_currency)
    converted = _converted(due, rate)
    threshold = Money.zero(wanted.pay_currency) if cut.is_sweep else wanted.threshold
    withheld = sum((part.withheld for part in parts), Money.zero(wanted.pay_currency))
    paid = payable(converted - withheld, threshold=threshold).paid
    look = Look(account, due, None, "", standing.in_force, rate, converted, parts, paid)
    return look if paid else replace(look, why=Why.THRESHOLD, detail=str(wanted.threshold))


def _hindrance(
    due: Money, cut: Cut, wanted: Wanted, *, is_open: bool
) -> tuple[Why] | tuple[Why, str] | None:
    """Why nothing needs to be computed."""
    if due <= Money.zero(due.currency):
        return (Why.NOTHING,)
    if is_open:
        return (Why.OPEN,)
    if cut.is_month and not cut.is_sweep and not _is_due(wanted.cadence, cut.at):
        return (Why.CADENCE, wanted.cadence)
    return None


def _without_details(standing: Standing) -> tuple[Why] | tuple[Why, str]:
    if standing.waiting is not None:
        return (Why.WAITING, f"{standing.waiting.usable_at:%Y-%m-%d %H:%M}")
    return (Why.DOUBTFUL if standing.doubtful is not None else Why.NO_DETAILS,)


def _is_due(cadence: str, cut_at: datetime) -> bool:
    """Whether a payee of that cadence is paid by the run after a month; `cut_at` is its end."""
    months = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: 12}[Cadence(cadence)]
    return (cut_at.month - 1) % months == 0


def _within(due: Money, by_territory: Mapping[str, Money]) -> Mapping[str, Money]:
    """What territories brought, each lessened alike where more was earned than is due.

    A payer under a contract is taxed on what it keeps; what is passed on names no territory.
    """
    earned = sum(by_territory.values(), Money.zero(due.currency))
    if earned <= due:
        return by_territory
    return {
        territory: Money(money.micro * due.micro // earned.micro, due.currency)
        for territory, money in by_territory.items()
    }


def _parts(
    by_territory: Mapping[str, Money],
    withholding: Withholding,
    rate: ExchangeRate | None,
    currency: str,
) -> tuple[TaxedPart, ...]:
    """What each territory earned, and what is withheld of it by the engine, if it has a rate."""
    taxed = {
        territory: (due, _converted(due, rate))
        for territory, due in by_territory.items()
        if due.micro > 0
    }
    lines = [Line(territory, converted) for territory, (_, converted) in taxed.items()]
    kept = dict(withhold(lines, withholding.rates, currency=currency).by_territory)
    return tuple(
        TaxedPart(
            territory,
            due,
            converted,
            withholding.rates.get(territory, Fraction(0)),
            kept.get(territory, Money.zero(currency)),
            withholding.sources.get(territory, ""),
        )
        for territory, (due, converted) in taxed.items()
    )


def _converted(amount: Money, rate: ExchangeRate | None) -> Money:
    if rate is None:
        return amount
    told = Rate(rate.of, rate.into, Fraction(rate.factor), rate.source, rate.day)
    return convert(amount, told)
