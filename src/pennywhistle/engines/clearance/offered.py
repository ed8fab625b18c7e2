"""What the buyer pays of a price: what counts already, who lets them pay less, what they offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.engines.clearance.reasons import refuse
from pennywhistle.engines.clearance.waterfall import shortfall_micro, waterfall
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import Question
    from pennywhistle.engines.clearance.waterfall import Charges


class Asked(NamedTuple):
    """Whose price it is, and whether the buyer owns some of the release's tracks already."""

    licensor_id: int
    licensor: str
    is_completing: bool


def is_enough(question: Question, due: Money, floor: Money) -> bool:
    """Whether a price pays everybody, or the operator adds what it leaves open."""
    return due >= floor or (question.has_subsidy and due >= question.least_price and bool(due))


def rest_to_pay(question: Question, who: Asked, price: Money, floor: Money) -> Money:
    """What is left of a release's price for who owns some of its tracks.

    What those cost before counts, down to the floor of those still to come; but it never makes the
    rest dearer than the whole, where that is subsidized.
    """
    if not who.is_completing or question.paid is None:
        return price
    return min(price, max(price - question.paid, floor))


def in_coins(question: Question, floor: Money) -> Money:
    """The least price in whole coins that pays everybody."""
    coin = question.least_price.micro
    return Money(-(-floor.micro // coin) * coin, floor.currency)


def due_to(question: Question, licensor_id: int, wholesale: Money) -> Money:
    """What must reach the supplier's payees; another amount where it lets the buyer pay less."""
    discount = question.discount
    if discount is None or discount.wholesale is None or discount.giver_id != licensor_id:
        return wholesale
    return discount.wholesale


def lowered(case: Case, who: Asked, price: Money, floor: Money) -> Money:
    """The price less the discount, if there is one. Raises `Refusal`.

    A part of the price is taken off as far as the floor. Only the store may go below, with its own
    money, and only where it adds to prices under the floor anyway.
    """
    question, discount = case.question, case.question.discount
    if discount is None:
        return price
    title = case.item.title
    if discount.giver_id not in {None, who.licensor_id}:
        raise refuse(
            "discount-foreign", discount.giver,
            giver=discount.giver, supplier=who.licensor, title=title,
        )  # fmt: skip
    case.rely_on("reduces", discount, title)
    if discount.price is not None or discount.wholesale is not None:
        said = in_coins(question, floor) if discount.price is None else discount.price
        least = min(price, said)
        if not is_enough(question, least, floor):
            raise refuse("below-floor", who.licensor, price=str(least), floor=str(floor))
        return least
    is_subsidized = discount.giver_id is None and question.has_subsidy
    bottom = question.least_price if is_subsidized else floor
    # Down to a whole micro-unit: the buyer saves at least the part.
    kept = price.micro * (1 - discount.part)
    kept_micro = kept.numerator // kept.denominator
    if discount.most is not None:
        kept_micro = max(kept_micro, price.micro - discount.most.micro)
    return max(Money(kept_micro, price.currency), min(price, bottom))


def chosen(case: Case, who: Asked, least: Money, *, is_open: bool) -> Money:
    """What the buyer pays: the least, or more where they may name the price. Raises `Refusal`."""
    offered, title = case.question.offered, case.item.title
    if offered is None or offered == least:
        return least
    if offered.currency != least.currency:
        raise refuse(
            "currency", who.licensor,
            title=title, other=offered.currency, currency=least.currency,
        )  # fmt: skip
    if not is_open:
        raise refuse("not-open", who.licensor, title=title, price=str(least))
    if offered < least:
        raise refuse(
            "below-minimum", who.licensor, title=title, least=str(least), offered=str(offered)
        )
    return offered


def made_up(case: Case, due: Money, full: Money, charges: Charges) -> int:
    """What the operator adds, in micro-units: nothing for most.

    What a price under the floor leaves open; and what a discount of the store takes from the pool
    of the supplier's payees, who get as much as at the full price.
    """
    missing = shortfall_micro(due.micro, charges)
    discount = case.question.discount
    if discount is None or discount.giver_id is not None or due >= full:
        return missing
    before, now = waterfall(full.micro, charges), waterfall(due.micro, charges)
    assert before.denominator == now.denominator
    lost = before.pool_numerator - now.pool_numerator
    return max(missing, -(-lost // now.denominator))
