"""A deal's price for orders ahead of the release: agreed then, and paid on the day of sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.asking import priced
from pennywhistle.engines.clearance.case import Case
from pennywhistle.engines.clearance.facts import Discount
from pennywhistle.engines.clearance.reasons import Refusal

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.facts import Grant, Item, Question
    from pennywhistle.kernel.money import Money

AHEAD = "pre-order"
# The name of the discount, in the words of DDEX's own list.
_TITLE = "PreOrderPrice"


def discount_ahead(item: Item, question: Question, grant: Grant) -> Discount | None:
    """What who orders now pays and its supplier is due, by a deal that holds for pre-orders alone.

    It names an amount, a code of the rate card as it holds now, or the wholesale price only: then
    the price is the least that pays it. None where it names nothing that is known here.
    """
    try:
        said = priced(Case(item, question), grant)
    except Refusal:
        return None
    amounts = [said.wholesale, *([said.price] if said.price else [])]
    if any(each.currency != question.currency for each in amounts):
        return None
    if said.price is None and not said.is_at_floor:
        return None
    return agreed_ahead(
        grant.id,
        (grant.licensor_id, grant.licensor),
        price=None if said.is_at_floor else said.price,
        wholesale=said.wholesale,
    )


def agreed_ahead(
    grant_id: int, giver: tuple[int, str], *, price: Money | None, wholesale: Money
) -> Discount:
    """The supplier, by number and name, lets a buyer pay what was agreed when they ordered ahead.

    `grant_id` is that of the deal; without a price it is the least that pays the wholesale price.
    """
    return Discount(grant_id, AHEAD, _TITLE, *giver, price=price, wholesale=wholesale)
