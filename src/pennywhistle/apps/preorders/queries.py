"""What is coming: an item that may not be sold yet, when it may be, and what it will cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pennywhistle.apps.orders.queries import AtTill, Owned, buyer_at_till
from pennywhistle.apps.preorders.agreed import offered_by, saying_a_price
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.queries import items_for
from pennywhistle.engines.clearance import DOWNLOAD, clear
from pennywhistle.engines.clearance.extents import boundaries_of
from pennywhistle.kernel import local_time
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.clearance import Discount, Item, Question, Verdict
    from pennywhistle.kernel.money import Money

# Of an item's instants, how many are tried: one or two tell in practice.
instants_tried_max = 64
_NOT_YET = "not-yet"


@dataclass(frozen=True, slots=True)
class Coming:
    """An item that will be sold here: from when on, and for how much.

    `ahead` says so where it costs less for who orders now: the deal for pre-orders, and what its
    supplier is due by it. `later` is what it costs on the day.
    """

    at: datetime
    price: Money
    ahead: Discount | None = None
    later: Money | None = None

    @property
    def due_micro(self) -> int | None:
        """What the supplier is due by that deal, in micro-units."""
        due = self.ahead.wholesale if self.ahead else None
        return None if due is None else due.micro


def coming_of(ref: ItemRef, asker: AtTill) -> Coming | None:
    """What a buyer may order ahead; None for what is out, owned, or not coming to them."""
    item = items_for([ref], at=asker.at).get(ref)
    buyer = buyer_at_till(asker)
    if item is None or buyer is None:
        return None
    if buyer.owned.get(ref.release_id, Owned()).has(ref):
        return None
    return _ordered_now(ref, item, buyer.question(ref), asker)


def coming_by(ref: ItemRef, verdict: Verdict, asker: AtTill) -> Coming | None:
    """The same by a verdict that a page has already; one query where it waits for its day."""
    return _ordered_now(ref, verdict.item, verdict.question, asker)


def next_sale(item: Item, question: Question) -> Coming | None:
    """When an item that may not be sold yet may be, by what is on record now.

    Only of what waits for its day, and for nothing else.
    """
    verdict = clear(item, question)
    if verdict.allowed or {reason.code for reason in verdict.reasons} != {_NOT_YET}:
        return None
    instants = [instant for instant in boundaries_of(item) if instant > question.at]
    for instant in instants[:instants_tried_max]:
        then = clear(item, replace(question, at=instant))
        if then.allowed and then.price is not None:
            return Coming(instant, then.price)
    return None


def _ordered_now(ref: ItemRef, item: Item, question: Question, asker: AtTill) -> Coming | None:
    """What who orders now will pay, if its supplier lets it be ordered here now.

    Who says where and when pre-orders are taken is held to it. Grants in local time come of a
    DDEX message, which without a pre-order deal allows none.
    """
    coming = next_sale(item, question)
    if coming is None:
        return None
    grants = list(
        Grant.objects.open()
        .of_item(release_id=ref.release_id, track_id=ref.track_id)
        .select_related("territories", "licensor")
    )
    if not any(grant.is_pre_order or grant.is_local for grant in grants):
        return coming
    ahead = [grant for grant in grants if grant.is_pre_order and _covers(grant, asker)]
    return _at_its_price(coming, ahead, item, question) if ahead else None


def _at_its_price(
    coming: Coming, ahead: Sequence[Grant], item: Item, question: Question
) -> Coming | None:
    """For what its deal for pre-orders says, where that is less than on the day.

    None where the deal says a price that means nothing here, or pays somebody too little: nobody
    knows then what is due.
    """
    grant = saying_a_price(ahead)
    if grant is None:
        return coming
    discount = offered_by(grant, item, question)
    if discount is None:
        return None
    then = clear(item, replace(question, at=coming.at, discount=discount))
    if then.price is None:
        return None
    if then.price >= coming.price:
        return coming
    return Coming(coming.at, then.price, discount, later=coming.price)


def _covers(grant: Grant, asker: AtTill) -> bool:
    where = Territories.from_bytes(bytes(grant.territories.mask))
    if asker.territory not in where or DOWNLOAD not in grant.uses.split(","):
        return False
    valid: Period | None = Period(grant.valid_from, grant.valid_until)
    if grant.is_local and valid is not None:
        valid = local_time.instants_of(valid, asker.territory)
    return valid is not None and asker.at in valid


def waiting_of(*, user: User, ref: ItemRef) -> PreOrder | None:
    """The person's order of an item that is still to come."""
    return PreOrder.objects.placed_by(user=user).waiting().of_item(ref).first()


def waiting_for(*, user: User) -> list[PreOrder]:
    """What the person waits for, the next release first."""
    mine = PreOrder.objects.placed_by(user=user).waiting()
    return list(mine.select_related("release", "track"))
