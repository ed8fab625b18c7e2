"""Why an offer is not made as it was asked for."""

from __future__ import annotations


class OfferError(Exception):
    """Nothing was made or changed."""

    code = "offer"


class PartOutOfRangeError(OfferError):
    """Something is taken off, and not more than the whole price."""

    code = "part-out-of-range"


class PeriodOverError(OfferError):
    """The last day is before the first, or over already."""

    code = "period-over"


class ReleaseForeignError(OfferError):
    """A release is not one that this supplier sells here."""

    code = "release-foreign"


class TooManyError(OfferError):
    """More than an offer may have of something."""

    code = "too-many"


class CodeTextError(OfferError):
    """A code of one's own has 4 to 24 letters of A to Z and digits."""

    code = "code-text"


class CodeTakenError(OfferError):
    """Somebody has this code already."""

    code = "code-taken"


class LimitsError(OfferError):
    """The store's money has limits: for one purchase, and for all together."""

    code = "limits"


class BundleTooSmallError(OfferError):
    """A bundle is of two releases or more."""

    code = "bundle-too-small"


class BundlePriceError(OfferError):
    """A bundle has one price, or a part that is taken off; one that grows has the part."""

    code = "bundle-price"


class SaleEndlessError(OfferError):
    """A sale has a last day; a lower price without an end is the price."""

    code = "sale-endless"


class SaleOfNothingError(OfferError):
    """Nothing of the release has a price of its own."""

    code = "sale-of-nothing"


class SaleBelowFloorError(OfferError):
    """At the lower price somebody would go unpaid."""

    code = "sale-below-floor"
