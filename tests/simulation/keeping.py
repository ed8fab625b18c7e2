"""What suppliers, the store and its clock do: prices, stops, new releases, the log, and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from builders import usd
from coming import a_coming_shelf
from pennywhistle.apps.proof import work
from pennywhistle.apps.rights.actions import lift_stop, record_all_grants, stop_sale
from pennywhistle.apps.rights.models import Stop
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.apps.rights.work import refresh_availability
from simulation.paying import pay_in
from simulation.world import NAMES, Deed

if TYPE_CHECKING:
    from datetime import datetime

    from simulation.world import World

_coming_max = 4


def sign_up(world: World) -> Deed | None:
    """Somebody new comes, and pays in a little."""
    if len(world.people) == len(NAMES):
        return None

    def do(_: datetime) -> str:
        who = world.sign_up()
        pay_in(world, who, "2.00")
        return who

    return Deed("sign up", do, is_spared=True)


def announce(world: World) -> Deed | None:
    """A supplier announces a release; the one announced before all others goes to the shelves."""
    if len(world.coming) >= _coming_max:
        world.shelves.append(world.coming.pop(0))
        return None
    title = f"Coming {len(world.coming) + len(world.shelves)}"
    days = timedelta(days=world.dice.randrange(1, 6))

    def do(now: datetime) -> None:
        world.coming.append(a_coming_shelf(title, from_at=now + days))

    return Deed(f"announce: {title} in {days.days} days", do, is_spared=True)


def change_price(world: World) -> Deed:
    """A supplier sells a release at other prices."""
    shelf = world.dice.choice([*world.shelves, *world.coming])
    track, album = usd(world.dice.choice(["0.14", "0.19", "0.29"])), usd("0.50")
    if world.chance(0.5):
        album = usd(world.dice.choice(["0.35", "0.77"]))

    def do(now: datetime) -> None:
        terms = standing_terms(shelf.release.supplier_id, shelf.release.pk)
        record_all_grants(
            licensor_id=shelf.release.supplier_id,
            release_id=shelf.release.pk,
            terms={
                track_id: [replace(each, price=track if track_id else album) for each in given]
                for track_id, given in terms.items()
            },
            now=now,
        )

    return Deed(f"price: {shelf.release.title} {track} and {album}", do)


def take_down(world: World) -> Deed:
    """The store stops a sale, or lets it go on."""
    stops = list(Stop.objects.open().order_by("id"))
    if stops and world.chance(0.75):
        return Deed("lift a stop", lambda now: lift_stop(stop_id=stops[0].pk, now=now))
    shelf = world.dice.choice([*world.shelves, *world.coming])
    track_id = world.dice.choice([None, shelf.tracks[0].pk])

    def do(now: datetime) -> None:
        stop_sale(
            release_id=shelf.release.pk,
            track_id=track_id,
            kind="dispute",
            sentence="Two say that it is theirs.",
            now=now,
        )

    return Deed(f"stop: {shelf.release.title}{'/1' if track_id else ''}", do)


def keep_availability(world: World) -> Deed:
    """The keeper works a round."""
    del world
    return Deed("keep", lambda now: refresh_availability(now=now).releases)


def sequence(world: World) -> Deed:
    """A sequencer seals what waits, closes a page perhaps, and publishes."""
    closes = world.chance(0.4)

    def do(now: datetime) -> str:
        with work.sequencing() as is_mine:
            if not is_mine:
                return "elsewhere"
            count = work.order_waiting()
            page = work.close_page(log=world.log, now=now) if closes else None
            return f"{count} sealed, page {page.number if page else '-'}, " + str(
                work.publish(log=world.log)
            )

    return Deed("sequence and close a page" if closes else "sequence", do)


def pass_time(world: World) -> Deed:
    """Nothing happens for a while."""
    scale = world.dice.choice([1, 1, 20, 20, 600, 3_600, 20_000, 100_000])
    seconds = world.dice.randrange(1, 4) * scale

    def do(_: datetime) -> None:
        world.now += timedelta(seconds=seconds)

    return Deed(f"{timedelta(seconds=seconds)} pass", do)
