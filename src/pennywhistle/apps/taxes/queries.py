"""Which rate of tax holds where."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import Min, Q

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


def tax_rates_at(at: datetime) -> dict[str, Fraction]:
    """The rates at an instant by territory; territories without one are left out."""
    return {row.territory: row.rate for row in TaxRate.objects.open().valid(at=at)}


def next_tax_change(at: datetime) -> datetime | None:
    """The first instant after `at` at which a rate that is known now begins or ends."""
    known = TaxRate.objects.open()
    ends = known.aggregate(
        begins=Min("valid_from", filter=Q(valid_from__gt=at)),
        ends=Min("valid_until", filter=Q(valid_until__gt=at)),
    )
    return min((end for end in ends.values() if end is not None), default=None)
