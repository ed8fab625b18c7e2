"""What the supplier is due for one sale under a grant: its amount, or its code on a rate card."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.engines.ddex.grants import SaleGrant
    from pennywhistle.engines.ddex.terms import Price
    from pennywhistle.kernel.money import Money

_PRE_ORDER = "PreOrderPrice"


def due_price(grant: SaleGrant, rate_card: Callable[[str, str], Money | None]) -> Money | None:
    """Return the wholesale price of one sale, or None: then nothing is sold (R5).

    `rate_card` is asked for a code and its namespace. A price that is marked for pre-orders holds
    for them only; of several that fit, one without a doubt is needed. Bulk prices, suggested
    prices and ranges never count (E8).
    """
    fitting = [price for price in grant.prices if price.kind in {"wholesale", "code"}]
    marked = [price for price in fitting if _is_pre_order(price)]
    plain = [price for price in fitting if not _is_pre_order(price)]
    chosen = (marked or plain) if grant.is_pre_order else plain
    amounts = {_amount(price, rate_card) for price in chosen}
    return amounts.pop() if len(amounts) == 1 else None


def _is_pre_order(price: Price) -> bool:
    return price.type is not None and price.type.value == _PRE_ORDER


def _amount(price: Price, rate_card: Callable[[str, str], Money | None]) -> Money | None:
    money = price.money if price.kind == "wholesale" else rate_card(price.code, price.namespace)
    return money or None
