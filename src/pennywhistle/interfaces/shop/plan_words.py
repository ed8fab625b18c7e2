"""Why an order ahead or a gift was not made, in the visitor's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.interfaces.common.format import price_text

if TYPE_CHECKING:
    from pennywhistle.apps.gifts.errors import GiftError
    from pennywhistle.apps.preorders.errors import PreOrderError
    from pennywhistle.kernel.money import Money


def why_not_ordered(error: PreOrderError, *, price: Money) -> str:
    """What stands against an order ahead; `price` is that of now."""
    return {
        "price-moved": gettext("The price has changed to %(price)s. Nothing was ordered.")
        % {"price": price_text(price)},
        "too-little": gettext("Your balance does not cover this yet."),
        "too-many-waiting": gettext("You wait for as many things as one may."),
    }.get(error.code, gettext("This was ordered already, or something else was meanwhile."))


def why_not_given(error: GiftError) -> str:
    """What stands against a gift."""
    return {
        "gift-malformed": gettext(
            "This cannot be given as it is: sign it, keep your words short, and write no web"
            " addresses in them."
        ),
        "gift-refused": gettext("It is not sold where you are, so it cannot be given."),
        "gift-price-moved": gettext("The price has changed. Look at it, and give again."),
        "gift-too-dear": gettext("Your balance does not cover this yet."),
        "too-many-gifts": gettext(
            "The store mails no more gifts for you today, or too many wait to be taken. Print this"
            " one, or come back tomorrow."
        ),
    }.get(error.code, gettext("This gift was made already. Nothing more was given."))
