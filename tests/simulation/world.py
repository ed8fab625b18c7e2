"""The simulated world: dice and a clock of its own, people, shelves, a provider and the log."""

from __future__ import annotations

import importlib
import random
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.orders import writing
from pennywhistle.apps.payments import guarding
from pennywhistle.apps.proof.log import Log
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.providers.fakepay import adapter
from simulation.far import Elsewhere, FarProvider, MortalFolder
from simulation.faults import Faults, SeededChance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from pennywhistle.apps.orders.purchases import Outcome, Purchase
    from pennywhistle.apps.rights.queries import ItemRef

ORIGIN = "records.example/log"
NAMES = ("ada", "ben", "cleo", "dan", "eve", "fay", "gus", "hal")
_kept_deeds_max = 60

# The package has a function of the same name.
till = importlib.import_module("pennywhistle.apps.orders.actions.check_out")


@dataclass
class Deed:
    """Something that somebody does to the store, perhaps again and again, by one key."""

    title: str
    do: Callable[[datetime], object]
    # What the store may answer instead.
    refusals: tuple[type[Exception], ...] = ()
    # Whether it may be done once more later, as by a second click.
    is_keyed: bool = False
    # Once it was answered, the same answer is owed to whoever does it again.
    is_firm: bool = False
    # What is done for the simulation, and is not the store's to survive.
    is_spared: bool = False
    answer: object = None


class OneTill:
    """The till without its thread: purchases are settled on the connection of who comes."""

    def serve(self, purchase: Purchase) -> Outcome:
        """One purchase."""
        (outcome,) = self.serve_all([purchase])
        return outcome

    def serve_all(self, purchases: list[Purchase]) -> list[Outcome]:
        """Those of several buyers, who came at the same moment."""
        waiting = [till._Waiting(each) for each in purchases]
        till._settle(waiting)
        return [each.outcome for each in waiting]


@dataclass
class World:
    """Everything that a seed decides."""

    seed: int
    log: Log
    faults: Faults
    provider_there: Elsewhere
    neighbor: Elsewhere
    dice: random.Random
    now: datetime = NOON + timedelta(hours=1)
    till: OneTill = field(default_factory=OneTill)
    people: dict[str, int] = field(default_factory=dict)
    shelves: list[Shelf] = field(default_factory=list)
    coming: list[Shelf] = field(default_factory=list)
    # Deeds that were done, or cut short: they may be done again.
    deeds: list[Deed] = field(default_factory=list)
    # Orders that the store has answered with: they were promised.
    promised: set[UUID] = field(default_factory=set)
    # Payments whose page a buyer was sent to, and webhooks that got lost.
    payable: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    # Roots of all heads that were ever published, by their size.
    signed: dict[int, bytes] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    keys: int = 0

    def key(self) -> str:
        """A key such as a form carries, never used before."""
        self.keys += 1
        return f"key-{self.keys}"

    def chance(self, part: float) -> bool:
        """Whether something happens that happens so often."""
        return self.dice.random() < part

    def person(self) -> str:
        """Somebody."""
        return self.dice.choice(list(self.people))

    def sign_up(self) -> str:
        """Somebody new, for whom the provider's and the store's pages are open."""
        name = NAMES[len(self.people)]
        self.people[name] = a_user(f"{name}@example.org").pk
        return name

    def items(self) -> list[tuple[str, ItemRef]]:
        """All releases and tracks that are out, each with a name for the trace."""
        return [named for shelf in self.shelves for named in items_of(shelf)]

    def keep(self, deed: Deed) -> None:
        """Remember a deed that may be done again."""
        if deed.is_keyed and deed not in self.deeds:
            self.deeds.append(deed)
            del self.deeds[:-_kept_deeds_max]

    def tell(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(line)


def items_of(shelf: Shelf) -> list[tuple[str, ItemRef]]:
    """The release and its tracks, each with a name for the trace."""
    title = shelf.release.title
    tracks = [(f"{title}/{n}", shelf.track(n)) for n in range(1, len(shelf.tracks) + 1)]
    return [(title, shelf.album), *tracks]


@contextmanager
def a_world(seed: int, folder: Path) -> Iterator[World]:
    """A store in an empty database, with three shelves; gone afterwards."""
    with ExitStack() as stack:
        there, neighbor = Elsewhere(), Elsewhere()
        stack.callback(there.close)
        stack.callback(neighbor.close)
        faults = Faults(there.has_ended)
        stack.enter_context(SeededChance(seed).installed())
        stack.enter_context(faults.installed())
        log_folder = MortalFolder(folder / f"log-{seed}", faults)
        log = Log(log_folder, ORIGIN, SigningKey.generate(ORIGIN), b"s" * 32)
        dice = random.Random(seed)  # noqa: S311 (to be foreseen)
        world = World(seed, log, faults, there, neighbor, dice)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(adapter, "PROVIDER", FarProvider(faults, there))
        patch.setattr(adapter, "now", lambda: world.now)
        patch.setattr(till, "_till", world.till)
        # A few people pay in here as often as thousands, and let many payments fail.
        for limits in ("account_limits", "card_limits", "network_limits", "wide_limits"):
            patch.setattr(guarding, limits, ())
        patch.setattr(guarding, "needs_puzzle", lambda **_: False)
        writing._written_verdicts.clear()
        a_store()
        for title, tracks in (("Tin Weather", 3), ("Salt Maps", 2), ("Nine Doors", 4)):
            world.shelves.append(a_shelf(title, track_count=tracks))
        yield world
