"""Prices for orders ahead alone: what a supplier's deal says, and what was agreed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines import clearance
from pennywhistle.engines.clearance import agreed_ahead, discount_ahead
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.preorders.models import PreOrder
    from pennywhistle.apps.rights.models import Grant
    from pennywhistle.engines.clearance import Discount, Item, Question


def saying_a_price(grants: Sequence[Grant]) -> Grant | None:
    """Of deals that let something be ordered ahead, the newest that says for how much."""
    saying = (
        each
        for each in grants
        if each.price_micro is not None or each.price_code or each.is_at_floor
    )
    return max(saying, key=lambda each: each.pk, default=None)


def offered_by(grant: Grant, item: Item, question: Question) -> Discount | None:
    """What such a deal says here and now; None where its price is none that is known."""
    return discount_ahead(item, question, _in_our_words(grant))


def agreed_in(pre_order: PreOrder) -> Discount | None:
    """By which deal an order was placed, and for how much; None: for what all pay on the day."""
    grant = pre_order.grant
    if grant is None or pre_order.due_micro is None:
        return None
    return agreed_ahead(
        grant.pk,
        (grant.licensor_id, grant.licensor.name),
        price=pre_order.held,
        wholesale=Money(pre_order.due_micro, pre_order.currency),
    )


def _in_our_words(grant: Grant) -> clearance.Grant:
    price = grant.price_micro
    return clearance.Grant(
        id=grant.pk,
        licensor_id=grant.licensor_id,
        licensor=grant.licensor.name,
        uses=frozenset(grant.uses.split(",")),
        territories=Territories.from_bytes(bytes(grant.territories.mask)),
        valid=Period(grant.valid_from, grant.valid_until),
        wholesale=Money(grant.wholesale_micro, grant.currency),
        price=None if price is None else Money(price, grant.currency),
        price_code=grant.price_code,
        is_local=grant.is_local,
        is_at_floor=grant.is_at_floor,
    )
