"""What the supplier is due for one sale under a grant: its amount, or its code on a rate card."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.grants import SaleGrant
    from pennywhistle.engines.ddex.terms import Price

_PRE_ORDER = "PreOrderPrice"


def due_price(grant: SaleGrant) -> Price | None:
    """Return the price of one sale, an amount or a code, or None: then nothing is sold (R5).

    A price that is marked for pre-orders holds for them only; of several that fit, one without a
    doubt is needed. Bulk prices, suggested prices and ranges never count (E8).
    """
    fitting = [
        price
        for price in grant.prices
        if (price.kind == "wholesale" and price.money) or (price.kind == "code" and price.code)
    ]
    marked = [price for price in fitting if _is_pre_order(price)]
    plain = [price for price in fitting if not _is_pre_order(price)]
    chosen = (marked or plain) if grant.is_pre_order else plain
    distinct = {(price.kind, price.code, price.namespace, price.money): price for price in chosen}
    return distinct.popitem()[1] if len(distinct) == 1 else None


def _is_pre_order(price: Price) -> bool:
    return price.type is not None and price.type.value == _PRE_ORDER
