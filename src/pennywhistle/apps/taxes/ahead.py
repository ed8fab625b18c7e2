"""What tax a purchase will bear, told before it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.taxes.numbers import business_numbers
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.apps.taxes.terms import terms_at
from pennywhistle.engines.tax import Treatment, cents, tax_within, taxed_as, treatment_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class TaxAhead:
    """The tax within a total, at its rate; `comes_back` to a business that owes it itself."""

    rate: Fraction
    tax: Money
    comes_back: bool


def tax_ahead(*, user_id: int, territory: str, total: Money, at: datetime) -> TaxAhead:
    """The tax of a total in a place, to the micro-unit; each line rounds for itself at the sale."""
    rate = tax_rate_at(territory, at)
    tax = Money(cents(tax_within(total.micro, rate), 1), total.currency)
    terms = terms_at(at)
    (number,) = business_numbers([(user_id, at)])
    if terms is None or number is None or number.country != taxed_as(territory):
        return TaxAhead(rate, tax, comes_back=False)
    treatment = treatment_of(
        seller=terms.seller, territory=territory, is_taxed=rate > 0, is_business=True
    )
    return TaxAhead(rate, tax, comes_back=bool(rate) and treatment is Treatment.REVERSE)
