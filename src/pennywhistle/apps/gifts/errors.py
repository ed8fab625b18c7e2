"""Why a gift is not made, or not handed over."""


class GiftError(Exception):
    """Nothing was given, and no money moved."""

    code = "gift"


class GiftMalformedError(GiftError):
    """Something about it is not of the form that the store's pages make."""

    code = "gift-malformed"


class GiftRefusedError(GiftError):
    """The item cannot be bought where its giver is, so it has no price to be set aside."""

    code = "gift-refused"


class GiftPriceMovedError(GiftError):
    """The price is not the one that the giver was shown."""

    code = "gift-price-moved"


class GiftTooDearError(GiftError):
    """The giver's balance does not cover it."""

    code = "gift-too-dear"


class GiftKeyReusedError(GiftError):
    """The same key came with another gift."""

    code = "gift-key-reused"


class TooManyGiftsError(GiftError):
    """The giver has sent as many mails, or has as many open gifts, as one may."""

    code = "too-many-gifts"


class GiftGoneError(GiftError):
    """Somebody took the gift, or its giver took it back."""

    code = "gift-gone"


class GiftNotSoldError(GiftError):
    """The item cannot be sold to this recipient; the balance can be taken instead."""

    code = "gift-not-sold"
