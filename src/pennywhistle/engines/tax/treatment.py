"""How a sale of downloads is taxed, by who sells and who buys.

Downloads are electronically supplied services: taxed where a consumer lives (VAT Directive, article
58), at the seller's home below 10 000 EUR a year across borders (article 59c); a business in
another state owes the tax itself (articles 44 and 196).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pennywhistle.engines.tax.regions import EU_STATES, taxed_as


class Scheme(StrEnum):
    """How the seller reports sales to consumers in other states of the Union."""

    NONE = "none"  # not registered for it
    HOME = "home"  # below the threshold: taxed as at home
    OSS = "oss"  # by the one-stop shop


class Treatment(StrEnum):
    """Whose tax it is, and which return it stands in."""

    DOMESTIC = "domestic"  # the seller's own state
    OSS = "oss"  # another state of the Union, by the one-stop shop
    REVERSE = "reverse"  # the business that buys owes it
    LOCAL = "local"  # a place where the seller is registered: United Kingdom, sales tax
    OUTSIDE = "outside"  # no tax of the seller's


@dataclass(frozen=True, slots=True)
class Seller:
    """Where the seller is at home (ISO 3166-1) and how it reports."""

    country: str
    scheme: Scheme


def treatment_of(*, seller: Seller, territory: str, is_taxed: bool, is_business: bool) -> Treatment:
    """How one sale is treated.

    `is_taxed`: a rate is on record where the buyer is. `is_business`: with a number of that state
    which a register confirmed.
    """
    state, home = taxed_as(territory), taxed_as(seller.country)
    if state == home:
        return Treatment.DOMESTIC if is_taxed else Treatment.OUTSIDE
    if is_business and (state in EU_STATES or state == "GB"):
        return Treatment.REVERSE
    if not is_taxed:
        return Treatment.OUTSIDE
    if state not in EU_STATES:
        return Treatment.LOCAL
    if seller.scheme is Scheme.HOME and home in EU_STATES:
        return Treatment.DOMESTIC
    return Treatment.OSS if seller.scheme is Scheme.OSS else Treatment.LOCAL
