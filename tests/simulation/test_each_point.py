"""Each deed is killed at each of its points, one after the other, and done again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import a_shelf
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.payments.paying_back import PaybackAsked, pay_back
from pennywhistle.providers.fakepay.models import FakeWebhook
from pennywhistle.providers.fakepay.webhooks import signed
from simulation import buying, checks, keeping, paying, setting_aside
from simulation.faults import Kind, Plan
from simulation.log_checks import log_is_the_books
from simulation.play import check_all, try_deed
from simulation.world import NAMES, Deed, a_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulation.world import World

pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]


tries_max = 200


def planned(world: World, plan: Callable[[World], Deed | None]) -> Deed:
    """The next deed of this kind that can be done."""
    found = (plan(world) for _ in range(tries_max))
    return next(deed for deed in found if deed is not None)


def done(world: World, plan: Callable[[World], Deed | None]) -> None:
    """Something that goes well."""
    try_deed(world, planned(world, plan), None)


def nothing(world: World) -> None:
    """The deed needs nothing beforehand."""


def more_music(world: World) -> None:
    """One more release is on the shelves."""
    world.shelves.append(a_shelf(f"More {len(world.shelves)}", track_count=3))


def a_paid_top_up(world: World) -> None:
    """Paid at the provider, and not known to the store, which is about to ask."""
    paying.start_paid(world, "ada", "1.00")
    world.now += timedelta(minutes=10)


def the_last_webhook(world: World) -> Deed:
    """The provider tells of the last payment."""
    found = FakeWebhook.objects.select_related("payment").order_by("-due_at")[0]
    return Deed("webhook", lambda now: paying.deliver(signed(found, at=now), now))


def a_coming_release(world: World) -> None:
    """Something that nobody has ordered ahead yet."""
    world.shelves += world.coming
    world.coming.clear()
    done(world, keeping.announce)


def one_ordered_ahead(world: World) -> None:
    """What was ordered ahead is out."""
    a_coming_release(world)
    done(world, setting_aside.ahead)
    world.now += timedelta(days=6)


def the_last_refund(world: World) -> Deed:
    """The store takes the newest purchase back."""
    line = OrderLine.objects.select_related("order").order_by("-pk")[0]
    asked = RefundAsked(line.pk, line.order.buyer_id, Refund.Why.OPERATOR, "It skips.")
    return Deed("refund", lambda now: str(refund_sale(asked=asked, now=now).entry_id))


def a_purchase(world: World) -> None:
    """Something that can be given back."""
    more_music(world)
    done(world, buying.buy)


def the_payback(world: World) -> Deed:
    """Somebody wants all that is unspent back."""
    asked = PaybackAsked(world.people["ada"], "USD", None, world.key())
    return Deed("pay back", lambda now: str(pay_back(asked=asked, now=now)))


def a_gift(world: World) -> None:
    """Something that can be taken."""
    done(world, setting_aside.give_away)


# What is done beforehand, and the deed.
CASES = {
    "top up": (nothing, paying.top_up),
    "webhook": (a_paid_top_up, the_last_webhook),
    "poll": (a_paid_top_up, paying.poll),
    "pay back": (lambda world: paying.pay_in(world, "ada", "1.00"), the_payback),
    "buy": (more_music, buying.buy),
    "rush": (more_music, buying.rush),
    "refund": (a_purchase, the_last_refund),
    "order ahead": (a_coming_release, setting_aside.ahead),
    "release": (one_ordered_ahead, setting_aside.release),
    "give": (nothing, setting_aside.give_away),
    "take": (a_gift, setting_aside.take),
    "take back": (a_gift, setting_aside.take_again),
    "sequence": (lambda world: paying.pay_in(world, "ben", "1.00"), keeping.sequence),
}


@pytest.mark.parametrize("name", CASES)
def test_killed_at_each_point_it_is_done_once_when_it_is_done_again(
    tmp_path: Path, name: str
) -> None:
    before, plan = CASES[name]
    point = 1
    with a_world(40, tmp_path) as world:
        for who in NAMES[:3]:
            done(world, keeping.sign_up)
            paying.pay_in(world, who, "200.00")
        for _ in range(tries_max):
            world.now += timedelta(seconds=5)
            before(world)
            deed = planned(world, plan)
            try_deed(world, deed, Plan(Kind.KILLED, point))
            check_all(world, checks.ALWAYS)
            if world.faults.struck is None and "refused" not in world.trace[-1]:
                break
            if world.faults.struck is not None:
                assert try_deed(world, deed, None)
                check_all(world, checks.ALWAYS)
                # After one statement is before the next one: what is in between is forgotten.
                point += 2
        done(world, keeping.sequence)
        check_all(world, [*checks.ALWAYS, log_is_the_books])

    assert 4 < point < tries_max
