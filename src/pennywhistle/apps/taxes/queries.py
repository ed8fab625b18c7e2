"""Which rate of tax holds where."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.taxes.models import TaxRate

if TYPE_CHECKING:
    from datetime import datetime


def tax_rate_at(territory: str, at: datetime) -> Fraction:
    """The rate on sales in a territory at an instant, as a part of the net price.

    0 where the table has no row: the store is not registered for tax there. A price includes its
    tax, so the net price is `price / (1 + rate)`.
    """
    found = TaxRate.objects.open().of(territory=territory).valid(at=at).first()
    return found.rate if found is not None else Fraction(0)
