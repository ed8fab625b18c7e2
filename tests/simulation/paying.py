"""What buyers, the provider and the clock do about money that comes in and goes back."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from builders import usd
from pennywhistle.apps.payments import actions, work
from pennywhistle.apps.payments.errors import TopUpError
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.paying_back import (
    PaybackAsked,
    PaybackError,
    pay_back,
    refresh_open_paybacks,
)
from pennywhistle.apps.payments.provider import NoticeRefusedError
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.models import FakePayment, FakeWebhook
from pennywhistle.providers.fakepay.webhooks import signed
from simulation.world import Deed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from simulation.world import World

_SCENARIOS = FakePayment.Scenario
_part_lost = 0.25
_part_told_again = 0.4
_part_stale = 0.1


def top_up(world: World) -> Deed:
    """A buyer pays in, and is sent to the provider's page."""
    who = world.person()
    amount = world.dice.choice(["1.00", "2.00", "5.00", "20.00"])
    asked = actions.TopUpAsked(world.people[who], usd(amount), "fakepay", world.key(), "/")

    def do(now: datetime) -> None:
        actions.start_top_up(asked=asked, origin="http://testserver", now=now)
        ref = TopUp.objects.get(user=asked.user_id, key=asked.key).provider_ref
        if ref not in world.payable:
            world.payable.append(ref)

    return Deed(f"top up: {who} {amount} by {asked.key}", do, (TopUpError,), is_keyed=True)


def start_paid(world: World, who: str, amount: str) -> TopUp:
    """Somebody pays in, and all goes well; the store does not know yet."""
    asked = actions.TopUpAsked(world.people[who], usd(amount), "fakepay", world.key(), "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=world.now)
    made = TopUp.objects.get(user=asked.user_id, key=asked.key)
    world.provider_there.do(desk.choose, ref=made.provider_ref, scenario="succeed", now=world.now)
    return made


def pay_in(world: World, who: str, amount: str) -> None:
    """Somebody pays in, and the store knows."""
    made = start_paid(world, who, amount)
    work.refresh_top_up(top_up_id=made.id, now=world.now)


def pay(world: World) -> Deed | None:
    """A buyer answers the provider's page, well or badly; the store has no part in it."""
    if not world.payable:
        return None
    place = world.dice.randrange(len(world.payable))
    ref = world.payable.pop(place)
    (scenario,) = world.dice.choices(list(_SCENARIOS), weights=[10, 2, 3, 1, 2, 1])

    def do(now: datetime) -> None:
        world.provider_there.do(desk.choose, ref=ref, scenario=scenario, now=now)
        if scenario == _SCENARIOS.SECURE:
            code = world.dice.choice([desk.SECURE_CODE, desk.SECURE_CODE, "0000"])
            world.provider_there.do(desk.confirm, ref=ref, code=code, now=now)

    return Deed(f"pay: payment {place}, {scenario}", do)


def webhook(world: World) -> Deed | None:
    """A webhook arrives: in any order, once more, never, or too late."""
    due = FakeWebhook.objects.filter(due_at__lte=world.now).order_by("due_at", "pk")
    known = [each for each in due.select_related("payment") if each.pk not in world.lost]
    if not known:
        return None
    found = world.dice.choice(known)
    title = f"webhook: {known.index(found) + 1} of {len(known)}"
    if world.chance(_part_lost):
        world.lost.add(found.pk)
        return Deed(f"{title}, lost", lambda _: None)
    if world.chance(_part_stale):
        stale = signed(found, at=world.now - timedelta(minutes=6))
        return Deed(f"{title}, stale", lambda now: deliver(stale, now), (NoticeRefusedError,))

    def do(now: datetime) -> None:
        deliver(signed(found, at=now), now)
        if not world.chance(_part_told_again):
            world.lost.add(found.pk)

    return Deed(title, do)


def deliver(sent: tuple[bytes, Mapping[str, str]], now: datetime) -> None:
    """A webhook with its signature arrives."""
    body, headers = sent
    actions.take_notice(provider_code="fakepay", body=body, headers=headers, now=now)


def buyer_returns(world: World) -> Deed | None:
    """A buyer comes back from the provider's page."""
    open_ones = list(TopUp.objects.open().order_by("created_at", "id"))
    if not open_ones:
        return None
    found = world.dice.choice(open_ones)
    return Deed(
        f"return: top-up {found.key}",
        lambda now: work.refresh_top_up(top_up_id=found.id, now=now).state,
    )


def poll(world: World) -> Deed:
    """The clock asks about what is due."""
    del world

    def do(now: datetime) -> None:
        work.refresh_open_top_ups(now=now)
        work.expire_never_started(now=now)
        refresh_open_paybacks(now=now)

    return Deed("poll", do)


def payback(world: World) -> Deed:
    """A buyer wants unspent money back, all or a part of it."""
    who = world.person()
    part = world.dice.choice([None, "0.50", "1.00", "3.00"])
    amount = usd(part) if part else None
    asked = PaybackAsked(world.people[who], "USD", amount, world.key())

    def do(now: datetime) -> str:
        return str(sorted(str(each.id) for each in pay_back(asked=asked, now=now)))

    title = f"pay back: {who} {part or 'all'} by {asked.key}"
    return Deed(title, do, (PaybackError,), is_keyed=True, is_firm=True)


def bonus(world: World) -> Deed:
    """The store promises something on top of what is paid in, or no more."""
    least = usd(world.dice.choice(["5.00", "20.00"]))
    part = Fraction(world.dice.choice([0, 1, 1]), world.dice.choice([3, 10, 20]))
    return Deed(
        f"bonus: {part} from {least}",
        lambda now: actions.set_bonus_step(least=least, part=part, now=now),
    )
