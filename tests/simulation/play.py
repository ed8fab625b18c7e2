"""Playing a seed: one deed after the other, with faults, and all checks after each try."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.payments.provider import ProviderError
from simulation import buying, checks, keeping, paying, setting_aside
from simulation.faults import Killed, Kind, Plan
from simulation.log_checks import log_is_the_books
from simulation.world import Deed, a_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from simulation.world import World

# What may happen next, and how often.
DEEDS = {
    buying.buy: 26,
    buying.another_cart: 1,
    buying.rush: 5,
    buying.refund: 7,
    paying.top_up: 14,
    paying.pay: 16,
    paying.webhook: 16,
    paying.buyer_returns: 3,
    paying.poll: 6,
    paying.payback: 4,
    paying.bonus: 1,
    setting_aside.ahead: 6,
    setting_aside.cancel: 2,
    setting_aside.release: 5,
    setting_aside.give_away: 5,
    setting_aside.take: 5,
    setting_aside.take_again: 2,
    keeping.sign_up: 2,
    keeping.announce: 3,
    keeping.change_price: 3,
    keeping.take_down: 4,
    keeping.keep_availability: 2,
    keeping.sequence: 8,
    keeping.pass_time: 8,
}
_part_again = 0.15
_part_given_up = 0.3
_tries_max = 4
_shown_max = 25
# What ends by itself has ended after so many half days of asking.
_rounds_until_quiet = 8
# Where a fault may strike without being noticed by who did the deed.
_GONE_WRONG = (OperationalError, InterfaceError, ProviderError)


class BrokenError(AssertionError):
    """Something is not as it always has to be; says how to see it again."""

    def __init__(self, world: World, sentence: str) -> None:
        self.seed, self.step, self.sentence = world.seed, world.counts["step"], sentence
        last = "\n".join(world.trace[-_shown_max:])
        super().__init__(
            f"{sentence}\nseed {self.seed}, step {self.step}:"
            f" make simulate SEED={self.seed} STEPS={self.step}\n{last}"
        )


def play(
    seed: int,
    steps: int,
    folder: Path,
    *,
    meddle: Callable[[World, int], None] = lambda _world, _step: None,
) -> World:
    """Play so many steps of a seed in an empty database, then let everything come to rest.

    `meddle` is called before each step. Raises BrokenError.
    """
    with a_world(seed, folder) as world:
        for _ in range(2):
            try_deed(world, keeping.sign_up(world), None)
        for step in range(1, steps + 1):
            world.counts["step"] = step
            world.now += timedelta(milliseconds=world.dice.randrange(1, 4_000))
            meddle(world, step)
            _attempt(world, _next(world))
        _come_to_rest(world)
        world.tell(f"ends with {_fingerprint()}")
        return world


def _next(world: World) -> Deed:
    """What happens next: something again, or something new."""
    if world.deeds and world.chance(_part_again):
        return world.dice.choice(world.deeds)
    while True:
        (plan,) = world.dice.choices(list(DEEDS), weights=list(DEEDS.values()))
        deed = plan(world)
        if deed is not None:
            world.counts[plan.__name__] += 1
            return deed


def _attempt(world: World, deed: Deed) -> None:
    """Do a deed, as often as it takes, or until whoever does it gives up."""
    for tries in range(_tries_max):
        is_spared = deed.is_spared or tries == _tries_max - 1
        fault = None if is_spared else Plan.drawn(world.dice)
        is_over = try_deed(world, deed, fault)
        check_all(world, checks.ALWAYS)
        if is_over:
            break
        if world.chance(_part_given_up):
            break
    world.keep(deed)


def try_deed(world: World, deed: Deed, fault: Plan | None) -> bool:
    """One try; whether it came to an end, good or refused."""
    connection.ensure_connection()
    world.faults.arm(fault, between=lambda: world.neighbor.do(_between, world))
    try:
        answer = deed.do(world.now)
    except Killed:
        return _told(world, deed, f"KILLED at {fault.at if fault else 0}", is_over=False)
    except deed.refusals as error:
        if deed.is_firm and deed.answer is not None:
            raise BrokenError(world, f"{deed.title}: was answered, and is refused now") from error
        return _told(world, deed, f"refused, {type(error).__name__}", is_over=True)
    except _GONE_WRONG as error:
        if world.faults.struck is None or world.faults.struck.kind is Kind.OVERTAKEN:
            raise BrokenError(world, f"{deed.title}: {error!r}") from error
        return _told(world, deed, world.faults.struck.kind.upper(), is_over=False)
    except Exception as error:
        world.tell(f"{deed.title}: {error!r}")
        raise BrokenError(world, f"{deed.title}: {error!r}") from error
    finally:
        world.faults.disarm()
    if deed.is_firm and deed.answer not in {None, answer}:
        raise BrokenError(world, f"{deed.title}: {answer} now, {deed.answer} before")
    deed.answer = answer
    return _told(world, deed, f"-> {answer}", is_over=True)


def _told(world: World, deed: Deed, word: str, *, is_over: bool) -> bool:
    struck = world.faults.struck
    world.counts[word.split(maxsplit=1)[0]] += 1
    world.counts[f"{deed.title.split(maxsplit=1)[0].strip(':')} {word.split(maxsplit=1)[0]}"] += 1
    if struck is not None and is_over:
        word += f" (although {struck.kind} at {struck.at})"
        world.counts[f"although {struck.kind}"] += 1
    world.tell(f"{world.counts['step']} {world.now:%m-%d %H:%M:%S} {deed.title}: {word}")
    return is_over


def _between(world: World) -> None:
    """Somebody else does something while the deed stands still."""
    deed = _next(world)
    try:
        word = f"-> {deed.do(world.now)}"
    except deed.refusals as error:
        word = f"refused, {type(error).__name__}"
    world.tell(f"  meanwhile {deed.title}: {word}")
    world.keep(deed)


def check_all(world: World, what: Iterable[Callable[[World], Iterable[str]]]) -> None:
    """Look at everything. Raises BrokenError."""
    for check in what:
        for wrong in check(world):
            raise BrokenError(world, f"{check.__name__}: {wrong}")


def _come_to_rest(world: World) -> None:
    """Nothing goes wrong any more, nobody does anything, and the clock goes on."""
    for _ in range(_rounds_until_quiet):
        world.now += timedelta(hours=12)
        for plan in (paying.poll, setting_aside.release, keeping.sequence):
            try_deed(world, plan(world), None)
        check_all(world, checks.ALWAYS)
    check_all(world, [*checks.ALWAYS, checks.nothing_is_open, log_is_the_books])


def _fingerprint() -> str:
    """Of all entries and balances, with their ids: equal where two runs did the same."""
    entries = Entry.objects.order_by("id").values_list("id", "kind", "accounts", "amounts_micro")
    said = repr((list(entries), checks.balances_in_the_end()))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
