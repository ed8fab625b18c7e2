"""Saying who sells and on which terms of tax, and finding what holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.taxes.models import SellerTerms
from pennywhistle.apps.taxes.numbers import VatNumberError, read_vat_number
from pennywhistle.engines.tax import EU_STATES, Scheme, taxed_as
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from datetime import datetime


class TermsInvalidError(ValueError):
    """These terms cannot be; the sentence says why and `field` what it is about."""

    code = "seller-terms-invalid"

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class TermsSaid:
    """Who sells, and how; as the columns of `SellerTerms` explain."""

    legal_name: str
    street: str
    postcode: str
    city: str
    country: str
    email: str
    scheme: str
    vat_number: str = ""
    tax_number: str = ""
    clues_needed: int = 2
    vat_point: str = SellerTerms.VatPoint.SALE


@transaction.atomic
def set_seller_terms(*, said: TermsSaid, valid_from: datetime, now: datetime) -> SellerTerms:
    """Record terms that hold from an instant on; what was sold before keeps its own.

    The first terms may begin in the past, later ones only from now on. The same again changes
    nothing.

    Raises:
        TermsInvalidError: the terms contradict themselves, or begin too early.
    """
    checked = _checked(said)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('taxes_sellerterms'))")
    last = SellerTerms.objects.order_by("-valid_from").first()
    if last is not None:
        if all(getattr(last, name) == value for name, value in checked.items()):
            return last
        if valid_from <= last.valid_from or valid_from < now:
            raise TermsInvalidError(
                "valid_from", "Terms begin after the ones before them, and not in the past."
            )
    return SellerTerms.objects.create(valid_from=valid_from, recorded_at=now, **checked)


def terms_at(at: datetime) -> SellerTerms | None:
    """The terms that hold at an instant; None before the first."""
    return SellerTerms.objects.valid(at=at).first()


def _checked(said: TermsSaid) -> dict[str, object]:
    for field in ("legal_name", "street", "city"):
        if not getattr(said, field).strip():
            raise TermsInvalidError(field, "An invoice has to name its seller and their address.")
    if said.country not in Territories.worldwide().codes:
        raise TermsInvalidError("country", "Write the code of a country, such as DE.")
    if said.clues_needed not in {1, 2}:
        raise TermsInvalidError("clues_needed", "One or two pieces of evidence are needed.")
    in_union = taxed_as(said.country) in EU_STATES
    if said.scheme == Scheme.HOME and not in_union:
        raise TermsInvalidError(
            "scheme", "Only a seller in the Union may be taxed at home below the threshold."
        )
    number = _number(said)
    if said.scheme == Scheme.OSS and in_union and not number:
        raise TermsInvalidError("vat_number", "The one-stop shop needs the seller's VAT number.")
    return {**asdict(said), "vat_number": number}


def _number(said: TermsSaid) -> str:
    if not said.vat_number.strip():
        return ""
    if taxed_as(said.country) not in EU_STATES | {"GB"}:
        return said.vat_number.strip()
    try:
        return read_vat_number(said.vat_number, country=said.country)
    except VatNumberError as error:
        raise TermsInvalidError("vat_number", str(error)) from error
