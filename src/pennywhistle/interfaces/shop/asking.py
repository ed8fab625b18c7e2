"""What a visitor asks for: items, what they offer for some, and the codes in their session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest

from pennywhistle.apps.discovery.queries import items_named
from pennywhistle.apps.offers.asking import Asker, Wish
from pennywhistle.apps.offers.limits import codes_used_max
from pennywhistle.apps.orders.actions.cart import cart_items_max
from pennywhistle.apps.orders.carts import cart_offers
from pennywhistle.interfaces.common.context import CART_KEY
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.personal import cart_list
from pennywhistle.interfaces.shop.visitor import shopper_of
from pennywhistle.kernel.money import Money, MoneyError
from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from pennywhistle.apps.rights.queries import ItemRef

# The codes that the visitor typed, as they typed them.
CODES_KEY = "codes"
_NAME = rf"(release|track):([{ALPHABET}]{{{PUBLIC_ID_LENGTH}}})"
_ITEM = re.compile(_NAME, re.ASCII)
_OFFER = re.compile(rf"{_NAME}=([0-9.]{{1,20}})", re.ASCII)


def asker_of(request: HttpRequest) -> Asker:
    """The visitor as offers need them."""
    shopper = shopper_of(request)
    return Asker(shopper.user_id, shopper.territory, shopper.at)


def codes_of(request: HttpRequest) -> tuple[str, ...]:
    """The codes that the visitor typed, in their order."""
    kept = request.session.get(CODES_KEY, ())
    return tuple(str(each) for each in kept)[:codes_used_max]


def wish_of_cart(request: HttpRequest) -> Wish:
    """What is in the cart, what is offered for it, and the codes."""
    refs = cart_list(request)
    if not refs:
        return Wish((), codes=codes_of(request))
    user_id = request.user.pk if request.user.is_authenticated else None
    offers = cart_offers(cart_id=request.session.get(CART_KEY), user_id=user_id)
    currency = store_of(request).currency if offers else ""
    offered = {ref: Money(micro, currency) for ref, micro in offers.items()}
    return Wish(tuple(refs), offered, codes_of(request))


def refs_named(names: Sequence[str]) -> dict[str, ItemRef]:
    """The items of names such as `track:0a1b2c3d4e5f`; refuses what no page of ours could name."""
    matches = [_ITEM.fullmatch(name) for name in names[: cart_items_max + 1]]
    pairs = [(match[1], match[2]) for match in matches if match is not None]
    found = items_named(pairs)
    if len(pairs) != len(names) or len(found) != len(names):
        raise BadRequest("The form names something that is not in the catalog, or names it twice.")
    return {f"{kind}:{public_id}": found[kind, public_id] for kind, public_id in pairs}


def offered_in(
    texts: Sequence[str], refs: dict[str, ItemRef], *, currency: str
) -> dict[ItemRef, Money]:
    """What is offered for items, from texts such as `track:0a1b2c3d4e5f=2.50`."""
    offered = {}
    for text in texts[: cart_items_max + 1]:
        match = _OFFER.fullmatch(text)
        ref = refs.get(text.partition("=")[0])
        if match is None or ref is None:
            raise BadRequest("The form offers something for what it does not name.")
        offered[ref] = _amount(match[3], currency)
    return offered


def _amount(text: str, currency: str) -> Money:
    try:
        amount = Money.parse(text, currency=currency)
    except MoneyError as error:
        raise BadRequest(str(error)) from error
    if amount.micro <= 0:
        raise BadRequest("An offer is above zero.")
    return amount
