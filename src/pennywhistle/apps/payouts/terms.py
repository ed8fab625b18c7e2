"""What payees want (threshold, cadence, currency), and the rates and forms on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from pennywhistle.apps.payouts.errors import (
    FormInvalidError,
    RateInvalidError,
    TermsInvalidError,
)
from pennywhistle.apps.payouts.limits import RATE_DAYS_MAX, THRESHOLD_UNITS_MAX
from pennywhistle.apps.payouts.models import AccountTerms, ExchangeRate, TaxForm, WithholdingRate
from pennywhistle.apps.payouts.models.terms import Cadence
from pennywhistle.kernel.currencies import CURRENCIES
from pennywhistle.kernel.money import MICRO, Money
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime
    from decimal import Decimal
    from fractions import Fraction

    from pennywhistle.apps.ledger.models import Account


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an account is paid; `is_own`: the payee said so, it is not the store's default."""

    threshold: Money
    cadence: str
    is_own: bool

    @property
    def pay_currency(self) -> str:
        """In which currency."""
        return self.threshold.currency


@transaction.atomic
def set_account_terms(
    *, account: Account, threshold: Money, cadence: str, user_id: int, now: datetime
) -> Wanted:
    """Keep what a payee wants for an account; a threshold of 0 pays each whole coin.

    Raises:
        TermsInvalidError: a cadence that is none, or a threshold beyond what the store offers.
    """
    most = Money(THRESHOLD_UNITS_MAX * MICRO, threshold.currency)
    if threshold.is_negative or threshold > most:
        raise TermsInvalidError(f"A threshold lies between 0 and {most}.")
    if cadence not in Cadence.values:
        raise TermsInvalidError("Paid is each month, each quarter, or each year.")
    if wanted_of(account) != (wanted := Wanted(threshold, cadence, is_own=True)):
        AccountTerms.objects.create(
            account=account,
            threshold_micro=threshold.micro,
            cadence=cadence,
            pay_currency=threshold.currency,
            recorded_by_id=user_id,
            recorded_at=now,
        )
    return wanted


def wanted_of(account: Account) -> Wanted:
    """What holds for an account: its payee's word, or the store's default."""
    said = AccountTerms.objects.filter(account=account).order_by("-id").first()
    return default_terms(account.currency) if said is None else terms_said(said)


def terms_said(said: AccountTerms) -> Wanted:
    """What a payee's own row says."""
    return Wanted(Money(said.threshold_micro, said.pay_currency), said.cadence, is_own=True)


def default_terms(currency: str) -> Wanted:
    """What holds for payees who said nothing."""
    threshold = Money(settings.PAYOUT_THRESHOLD * MICRO, currency)
    return Wanted(threshold, settings.PAYOUT_CADENCE, is_own=False)


@dataclass(frozen=True, slots=True)
class RateSaid:
    """A rate of exchange as an operator wrote it: 1 `of` is worth `factor` `into`."""

    of: str
    into: str
    factor: Decimal
    source: str
    day: date


@transaction.atomic
def record_exchange_rate(*, said: RateSaid, user_id: int, now: datetime) -> ExchangeRate:
    """Keep a rate of a day; the same one again is the same, another one is refused.

    Raises RateInvalidError.
    """
    if said.of == said.into or not {said.of, said.into} <= set(CURRENCIES):
        raise RateInvalidError("A rate is between two different currencies of ISO 4217.")
    if not said.factor.is_finite() or said.factor <= 0 or not said.source.strip():
        raise RateInvalidError("A rate is above zero, and somebody's: name the source.")
    if said.day > now.date():
        raise RateInvalidError("A rate of a day that has not come is a guess.")
    rate, _ = ExchangeRate.objects.get_or_create(
        of=said.of,
        into=said.into,
        day=said.day,
        defaults={
            "factor": said.factor,
            "source": said.source.strip(),
            "recorded_by_id": user_id,
            "recorded_at": now,
        },
    )
    if rate.factor != said.factor:
        raise RateInvalidError(f"For {said.day} the rate {rate.factor} is on record, and stays.")
    return rate


def exchange_rate(*, of: str, into: str, on: date) -> ExchangeRate | None:
    """The newest rate of a day and the week before it; an older one says nothing about today."""
    since = on - timedelta(days=RATE_DAYS_MAX)
    known = ExchangeRate.objects.filter(of=of, into=into, day__gt=since, day__lte=on)
    return known.order_by("-day").first()


@dataclass(frozen=True, slots=True)
class WithholdingSaid:
    """A rate of withholding tax; `residence` empty: of everybody without a form that helps."""

    territory: str
    residence: str
    rate: Decimal
    source: str
    first_day: date
    last_day: date | None


@transaction.atomic
def record_withholding_rate(
    *, said: WithholdingSaid, user_id: int, now: datetime
) -> WithholdingRate:
    """Keep a rate from a day on; one of the same day takes the place of the one before.

    Raises RateInvalidError.
    """
    if said.territory not in TERRITORY_CODES or (
        said.residence and said.residence not in TERRITORY_CODES
    ):
        raise RateInvalidError("Write a territory as its code, such as US.")
    if not said.rate.is_finite() or not 0 <= said.rate <= 1 or not said.source.strip():
        raise RateInvalidError("A rate lies between 0 and 100 percent; name the law or treaty.")
    if said.last_day is not None and said.last_day < said.first_day:
        raise RateInvalidError("The last day is not before the first.")
    same = WithholdingRate.objects.select_for_update().filter(
        territory=said.territory,
        residence=said.residence,
        first_day=said.first_day,
        closed_at__isnull=True,
    )
    same.update(closed_at=now)
    return WithholdingRate.objects.create(
        territory=said.territory,
        residence=said.residence,
        rate=said.rate,
        source=said.source.strip(),
        first_day=said.first_day,
        last_day=said.last_day,
        recorded_by_id=user_id,
        recorded_at=now,
    )


@dataclass(frozen=True, slots=True)
class FormSaid:
    """A payee's form for a tax office, as it was handed in."""

    party_id: int
    territory: str
    residence: str
    name: str
    first_day: date
    last_day: date
    evidence_id: int | None = None


@transaction.atomic
def record_tax_form(*, said: FormSaid, user_id: int, now: datetime) -> TaxForm:
    """Keep a payee's form; those for the same office that begin in its time are closed.

    One that began before it holds until its first day: a form may be handed in early.

    Raises FormInvalidError.
    """
    if said.last_day < said.first_day or not said.name.strip():
        raise FormInvalidError("A form has a name, and does not end before it begins.")
    if not {said.territory, said.residence} <= set(TERRITORY_CODES):
        raise FormInvalidError("Write a territory as its code, such as US.")
    TaxForm.objects.filter(
        party=said.party_id,
        territory=said.territory,
        first_day__range=(said.first_day, said.last_day),
        closed_at__isnull=True,
    ).update(closed_at=now)
    return TaxForm.objects.create(
        party_id=said.party_id,
        territory=said.territory,
        residence=said.residence,
        name=said.name.strip(),
        first_day=said.first_day,
        last_day=said.last_day,
        evidence_id=said.evidence_id,
        recorded_by_id=user_id,
        recorded_at=now,
    )


@transaction.atomic
def close_tax_form(*, form_id: int, now: datetime) -> None:
    """Give a form up: from now on its payee is one without."""
    TaxForm.objects.filter(id=form_id, closed_at__isnull=True).update(closed_at=now)


@dataclass(frozen=True, slots=True)
class Withholding:
    """Rates that apply to one payee on a day, by territory, with the law behind each.

    `expired` are territories with a rate for whose office the payee's form has run out.
    """

    rates: dict[str, Fraction]
    sources: dict[str, str]
    expired: dict[str, date]


@dataclass(frozen=True, slots=True)
class WithholdingTable:
    """All rates that hold on a day, and the forms of some payees, newest and expired ones too."""

    on: date
    by_place: Mapping[tuple[str, str], WithholdingRate]
    forms: Mapping[tuple[int, str], TaxForm]

    @classmethod
    def of(cls, *, parties: Collection[int], on: date) -> Self:
        """Read them, in two queries."""
        rows = WithholdingRate.objects.filter(closed_at__isnull=True, first_day__lte=on)
        rows = rows.filter(Q(last_day__isnull=True) | Q(last_day__gte=on))
        forms = TaxForm.objects.filter(
            party__in=parties, closed_at__isnull=True, first_day__lte=on
        ).order_by("first_day", "id")
        return cls(
            on,
            {(row.territory, row.residence): row for row in rows.order_by("first_day", "id")},
            {(form.party_id, form.territory): form for form in forms},
        )

    def of_party(self, party_id: int) -> Withholding:
        """What is withheld from a payee: by a valid form the treaty's rate, else the law's."""
        found = Withholding({}, {}, {})
        for territory in sorted({territory for territory, _ in self.by_place}):
            form = self.forms.get((party_id, territory))
            if form is not None and form.last_day < self.on:
                found.expired[territory] = form.last_day
                form = None
            row = self.by_place.get((territory, form.residence)) if form else None
            row = row or self.by_place.get((territory, ""))
            if row is not None:
                found.rates[territory] = row.share
                found.sources[territory] = row.source
        return found
