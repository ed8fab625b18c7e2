"""Rates of tax, on which terms the store sells, and what is known of where buyers belong."""

from pennywhistle.apps.taxes.models.buyers import PlaceClue, VatAnswer, VatNumber
from pennywhistle.apps.taxes.models.known_rates import ExchangeRate, RateProposal, RateReading
from pennywhistle.apps.taxes.models.rates import TaxRate, TaxRateQuerySet
from pennywhistle.apps.taxes.models.terms import SellerTerms

__all__ = [
    "ExchangeRate",
    "PlaceClue",
    "RateProposal",
    "RateReading",
    "SellerTerms",
    "TaxRate",
    "TaxRateQuerySet",
    "VatAnswer",
    "VatNumber",
]
