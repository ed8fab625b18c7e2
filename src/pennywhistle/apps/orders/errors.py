"""Why a checkout does not happen; each says what happened, what was done, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.clearance import Reason
    from pennywhistle.kernel.money import Money


class CheckoutError(Exception):
    """Nothing was bought and nothing was paid."""

    code = "checkout"


class PurchaseMalformedError(CheckoutError):
    """The purchase's key or territory is not of the form that the store's own pages make."""

    code = "purchase-malformed"


class CartEmptyError(CheckoutError):
    """There is nothing to buy, or it is not in the catalog."""

    code = "cart-empty"


class CartOverlapsError(CheckoutError):
    """The cart holds a release and one of its tracks, or an item twice."""

    code = "cart-overlaps"


class RefusedError(CheckoutError):
    """Clearance refuses an item of the cart."""

    code = "refused"

    def __init__(self, title: str, reasons: tuple[Reason, ...]) -> None:
        super().__init__(" ".join(reason.sentence for reason in reasons))
        self.title = title
        self.reasons = reasons


class PriceChangedError(CheckoutError):
    """The price is not the one that the buyer was shown."""

    code = "price-changed"

    def __init__(self, shown: Money, now: Money) -> None:
        super().__init__(f"You were shown {shown}; it costs {now} now. Nothing was bought.")
        self.shown = shown
        self.now = now


class OfferTooHighError(CheckoutError):
    """The buyer named a price so high that it must be a slip of the hand."""

    code = "offer-too-high"

    def __init__(self, sentence: str, most: Money) -> None:
        super().__init__(sentence)
        self.most = most


class BalanceTooSmallError(CheckoutError):
    """The prepaid balance does not cover the order."""

    code = "balance-too-small"

    def __init__(self, needed: Money) -> None:
        super().__init__(f"The order costs {needed}, more than your balance. Nothing was bought.")
        self.needed = needed


class KeyReusedError(CheckoutError):
    """The same idempotency key came with another cart."""

    code = "key-reused"


class AlreadyOwnedError(CheckoutError):
    """The buyer owns an item already."""

    code = "already-owned"


class RightsChangedError(CheckoutError):
    """What may be sold changed between clearing and paying."""

    code = "rights-changed"
