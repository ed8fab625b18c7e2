"""Recording what suppliers agreed with the store: agreements, price codes, catalogs handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.closing import (
    end,
    lock,
    record,
    territories_of,
    yield_to,
)
from pennywhistle.apps.rights.models import RateCardLine, SupplierAgreement, Transfer
from pennywhistle.apps.rights.words import AmountWrongError, RegisterError, interned
from pennywhistle.engines.clearance.facts import LicenseSource

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories


class SourceUnknownError(RegisterError):
    """Works are licensed for the United States in one of three ways, or not at all."""

    code = "us-source-unknown"


class PriceCodeMissingError(RegisterError):
    """A rate says what a code means; there is no code."""

    code = "price-code-missing"


class TransferToSelfError(RegisterError):
    """A catalog that stays where it is needs no transfer."""

    code = "transfer-to-self"


@dataclass(frozen=True, slots=True)
class RateTerms:
    """What a supplier's price code means; `wholesale` is the least that reaches the payees."""

    supplier_id: int
    code: str
    territories: Territories
    valid: Period
    price: Money
    wholesale: Money


@transaction.atomic
def record_agreement(
    *,
    supplier_id: int,
    valid: Period,
    us_source: str | None,
    now: datetime,
    evidence_id: int | None = None,
) -> SupplierAgreement:
    """Record a signed agreement; what was agreed for that time before gives way to it.

    `us_source` None: nothing is agreed for the United States, which are closed then. The same
    again changes nothing. Raises SourceUnknownError.
    """
    if us_source is not None and us_source not in set(LicenseSource):
        raise SourceUnknownError(f"{us_source!r} is none of {', '.join(LicenseSource)}.")
    lock(f"agreements-{supplier_id}")
    for known in SupplierAgreement.objects.open().filter(supplier_id=supplier_id).order_by("id"):
        is_same = (known.us_source or None) == us_source and known.evidence_id == evidence_id
        if known.valid == valid and is_same:
            return known
        if known.valid.overlaps(valid):
            yield_to(known, valid=valid, now=now)
    return record(
        SupplierAgreement,
        now=now,
        supplier_id=supplier_id,
        valid_from=valid.starts_at,
        valid_until=valid.ends_at,
        us_source=us_source or "",
        evidence_id=evidence_id,
    )


@transaction.atomic
def close_agreement(
    *, agreement_id: int, now: datetime, ends_at: datetime | None = None
) -> SupplierAgreement | None:
    """Nothing is agreed with the supplier any more; with `ends_at` it is until then."""
    row = SupplierAgreement.objects.get(id=agreement_id)
    lock(f"agreements-{row.supplier_id}")
    row.refresh_from_db()
    return end(row, now=now, ends_at=ends_at)


@transaction.atomic
def record_rate(*, terms: RateTerms, now: datetime, evidence_id: int | None = None) -> RateCardLine:
    """Record what a price code means; what it meant there and then before gives way to it.

    Elsewhere and at other times it goes on to mean what it did. The same again changes nothing.
    Raises AmountWrongError, PriceCodeMissingError or NothingCoveredError.
    """
    _check_rate(terms)
    lock(f"rates-{terms.supplier_id}")
    known = RateCardLine.objects.open().filter(supplier_id=terms.supplier_id, code=terms.code)
    for line in known.select_related("territories").order_by("id"):
        territories = territories_of(line)
        if territories == terms.territories and line.valid == terms.valid and _says(line, terms):
            return line
        if line.valid.overlaps(terms.valid) and territories & terms.territories:
            yield_to(line, valid=terms.valid, territories=terms.territories, now=now)
    return record(
        RateCardLine,
        now=now,
        supplier_id=terms.supplier_id,
        code=terms.code,
        territories_id=interned(terms.territories).pk,
        valid_from=terms.valid.starts_at,
        valid_until=terms.valid.ends_at,
        currency=terms.price.currency,
        price_micro=terms.price.micro,
        wholesale_micro=terms.wholesale.micro,
        evidence_id=evidence_id,
    )


def _check_rate(terms: RateTerms) -> None:
    if not terms.code.strip():
        raise PriceCodeMissingError("A rate names the code that it gives a meaning.")
    if terms.price.currency != terms.wholesale.currency:
        raise AmountWrongError(f"{terms.price} and {terms.wholesale} are in two currencies.")
    if terms.price.micro <= 0:
        raise AmountWrongError(f"The price {terms.price} is not above zero.")
    if terms.wholesale.is_negative:
        raise AmountWrongError(f"The wholesale price {terms.wholesale} is below zero.")


def _says(line: RateCardLine, terms: RateTerms) -> bool:
    said = (line.currency, line.price_micro, line.wholesale_micro)
    return said == (terms.price.currency, terms.price.micro, terms.wholesale.micro)


@transaction.atomic
def close_rate(
    *, rate_id: int, now: datetime, ends_at: datetime | None = None
) -> RateCardLine | None:
    """The code means nothing any more; with `ends_at` it does until then."""
    row = RateCardLine.objects.get(id=rate_id)
    lock(f"rates-{row.supplier_id}")
    row.refresh_from_db()
    return end(row, now=now, ends_at=ends_at)


@transaction.atomic
def record_transfer(
    *,
    from_supplier_id: int,
    to_supplier_id: int,
    valid: Period,
    now: datetime,
    evidence_id: int | None = None,
) -> Transfer:
    """Record that a catalog goes from one supplier to another; the same again changes nothing.

    While it lasts, both may hold deals for the same recordings. Raises TransferToSelfError.
    """
    if from_supplier_id == to_supplier_id:
        raise TransferToSelfError("A catalog goes to another supplier.")
    lock(f"transfers-{from_supplier_id}")
    columns = {
        "from_supplier_id": from_supplier_id,
        "to_supplier_id": to_supplier_id,
        "valid_from": valid.starts_at,
        "valid_until": valid.ends_at,
    }
    known = Transfer.objects.open().filter(**columns).first()
    return known or record(Transfer, now=now, **columns, evidence_id=evidence_id)


@transaction.atomic
def close_transfer(
    *, transfer_id: int, now: datetime, ends_at: datetime | None = None
) -> Transfer | None:
    """The catalog is not handed over any more; with `ends_at` it is until then."""
    row = Transfer.objects.get(id=transfer_id)
    lock(f"transfers-{row.from_supplier_id}")
    row.refresh_from_db()
    return end(row, now=now, ends_at=ends_at)
