"""What a buyer does: fill a cart, and check out."""

from pennywhistle.apps.orders.actions.cart import (
    add_to_cart,
    cart_for,
    drop_owned_from_cart,
    empty_cart,
    remove_from_cart,
)
from pennywhistle.apps.orders.actions.check_out import check_out

__all__ = [
    "add_to_cart",
    "cart_for",
    "check_out",
    "drop_owned_from_cart",
    "empty_cart",
    "remove_from_cart",
]
