"""Why something cannot be ordered ahead, or an order no longer be canceled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.kernel.money import Money


class PreOrderError(Exception):
    """Nothing was ordered, and no money was set aside."""

    code = "pre-order"


class NotComingError(PreOrderError):
    """The item cannot be ordered ahead: it is out, or nobody says when it will be."""

    code = "not-coming"


class PriceMovedError(PreOrderError):
    """The price is not the one that the buyer was shown."""

    code = "price-moved"

    def __init__(self, shown: Money, now: Money) -> None:
        super().__init__(f"You were shown {shown}; it costs {now}. Nothing was ordered.")
        self.shown = shown
        self.now = now


class TooLittleError(PreOrderError):
    """The balance does not cover it."""

    code = "too-little"


class OrderedAlreadyError(PreOrderError):
    """The buyer has ordered it before, or owns it."""

    code = "ordered-already"


class OrderKeyReusedError(PreOrderError):
    """The same key came with another item."""

    code = "order-key-reused"


class TooManyWaitingError(PreOrderError):
    """The buyer waits for as many things as one may."""

    code = "too-many-waiting"


class SoldAlreadyError(PreOrderError):
    """It was sold meanwhile, and cannot be canceled any more."""

    code = "sold-already"
