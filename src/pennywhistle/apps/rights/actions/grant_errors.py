"""Why a grant is not recorded: what it says contradicts itself."""

from __future__ import annotations


class GrantError(Exception):
    """The grant cannot be recorded as it was given."""

    code = "grant"


class PriceNotPositiveError(GrantError):
    """A sale has a price above zero; what is given away is another model (rights.md E2)."""

    code = "price-not-positive"


class WholesaleNegativeError(GrantError):
    """What must reach the payees is nothing or more."""

    code = "wholesale-negative"


class CurrencyMixedError(GrantError):
    """Price and wholesale price are in the grant's one currency; nothing is converted."""

    code = "currency-mixed"


class PriceTwiceError(GrantError):
    """A grant has amounts, or a code of the supplier's rate card that stands for amounts."""

    code = "price-twice"


class SuggestionWrongError(GrantError):
    """Only who names a price themselves is told what to give, and never less than the least."""

    code = "suggestion-wrong"


class SaleEndlessError(GrantError):
    """A sale has a price and an end; without an end it is the price."""

    code = "sale-endless"


class ShareRepeatedError(GrantError):
    """A party is named twice in the same role, so that one of the two is a mistake."""

    code = "share-repeated"


class ShareEmptyError(GrantError):
    """A party is named as a payee and gets nothing."""

    code = "share-empty"


class SplitMissingError(GrantError):
    """A track's grant must say whom the money goes to."""

    code = "split-missing"
