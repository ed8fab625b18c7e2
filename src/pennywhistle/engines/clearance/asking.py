"""Which of a supplier's grants says the price, and what a price code means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.reasons import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import Grant, Rate


def saying(case: Case, own: Sequence[Grant]) -> Grant:
    """Of one supplier's several, the one that says the price.

    It sells the thing by itself, and is the newest of such; or it is a sale, while that asks less.
    """
    sale = max((each for each in own if each.is_sale), key=lambda each: each.id, default=None)
    standing = max(
        (each for each in own if not each.is_sale),
        key=lambda each: (each.is_sold_alone, each.id),
        default=None,
    )
    if sale is None or standing is None:
        return next(each for each in (sale, standing) if each is not None)
    price = standing.price
    if standing.price_code and (rate := _rate_of(case, standing)) is not None:
        price = rate.price
    # Two currencies cannot be compared; at its floor, a thing has no price before its fees.
    if price is None or sale.price is None or price.currency != sale.price.currency:
        return sale
    return standing if price < sale.price else sale


def priced(case: Case, grant: Grant) -> Grant:
    """The grant with amounts, if it names a code of the supplier's rate card instead."""
    if not grant.price_code:
        return grant
    rate = _rate_of(case, grant)
    if rate is None:
        raise refuse(
            "price-code",
            grant.licensor,
            price_code=grant.price_code,
            supplier=grant.licensor,
            territory=case.question.territory,
        )
    case.rely_on("rates", rate)
    return replace(grant, price=rate.price, wholesale=rate.wholesale)


def _rate_of(case: Case, grant: Grant) -> Rate | None:
    """What the grant's code means here and now."""
    currency = case.question.currency
    return max(
        (
            each
            for each in case.register.rates.get((grant.licensor_id, grant.price_code), ())
            if case.is_here_and_now(each)
        ),
        # A card may name the price in several currencies.
        key=lambda each: (each.price.currency == currency, each.id),
        default=None,
    )
