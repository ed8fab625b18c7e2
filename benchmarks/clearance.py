"""Clearance by itself: verdicts a second for an item with three works under two tariffs.

Seven shareholders, four mandates, two tariffs, three payees, a tax. `first_verdicts_per_s` is of
facts that were just read: nothing is remembered. `verdicts_per_s` is of one item that is cleared
again and again while its register remembers its mandates, as the till does between two changes of
facts; a store that has just read its facts gets the first figure, not this one.
Both count seconds of the processor, since other things run beside it. Nothing but the engine runs:
no database, no digest, no chain in words. After it comes clearance of a whole store
(`availability.py`), with `--releases` of one label.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import repeat
from typing import TYPE_CHECKING

from availability import RELEASES, at_scale
from store import report

from pennywhistle.engines.clearance import (
    DOWNLOAD,
    WORK_RIGHTS,
    Agreement,
    Grant,
    Item,
    License,
    LicenseSource,
    Mandate,
    Payee,
    Question,
    Recording,
    Register,
    Right,
    Share,
    Track,
    Work,
    clear,
)
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERDICTS_PER_ROUND = 5_000
ALWAYS, WORLDWIDE = Period.always(), Territories.worldwide()
DOWNLOADS, WORKS = frozenset({DOWNLOAD}), frozenset(WORK_RIGHTS)
LABEL, SOCIETY, PUBLISHER = 1, 20, 21


def main() -> None:
    """Run the rounds and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--releases", type=int, default=RELEASES, help="0: the engine alone")
    asked = options.parse_args()
    figures = pure_engine(asked.rounds)
    print(figures)
    report("clearance", figures | (at_scale(asked.releases) if asked.releases else {}))


def pure_engine(rounds: int) -> dict[str, float]:
    """The engine alone, in the median of the rounds."""
    item, question = an_item(), a_question()
    verdict = clear(item, question)
    assert verdict.allowed, verdict.reasons
    again = [_rate(repeat(item, VERDICTS_PER_ROUND), question) for _ in range(rounds)]
    first = [_rate(_as_read(item), question) for _ in range(rounds)]
    return {
        "verdicts_per_s": statistics.median(again),
        "first_verdicts_per_s": statistics.median(first),
    }


def _as_read(item: Item) -> Iterator[Item]:
    """The same facts, each time with a register that remembers nothing."""
    register = item.register
    for _ in range(VERDICTS_PER_ROUND):
        yield replace(item, register=replace(register))


def _rate(items: Iterable[Item], question: Question) -> float:
    began = time.process_time()
    for item in items:
        clear(item, question)
    return VERDICTS_PER_ROUND / (time.process_time() - began)


def a_question() -> Question:
    """A buyer in France, with tax."""
    return Question(
        territory="FR",
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        currency="EUR",
        store_share=Fraction(1, 10),
        least_price=Money(10_000, "EUR"),
        tax_rate=Fraction(1, 5),
    )


def an_item() -> Item:
    """A medley of three works by seven owners: four mandated a society, three are published."""
    grant = Grant(
        id=1,
        licensor_id=LABEL,
        licensor="Label",
        uses=DOWNLOADS,
        territories=WORLDWIDE,
        valid=ALWAYS,
        wholesale=Money(500_000, "EUR"),
        price=Money(1_290_000, "EUR"),
        payees=tuple(Payee(30 + n, f"Payee {n}", "MainArtist", Fraction(1, 3)) for n in range(3)),
    )
    works = (
        a_work(1, {10: Fraction(1, 2), 11: Fraction(1, 4), 12: Fraction(1, 4)}),
        a_work(2, {13: Fraction(1, 2), 14: Fraction(1, 2)}),
        a_work(3, {15: Fraction(2, 3), 16: Fraction(1, 3)}),
    )
    recording = Recording(1, 210_000, (a_share(1, LABEL, Right.MASTER, Fraction(1)),), works)
    return Item(
        ref="track:1",
        title="Track",
        supplier="Label",
        is_published=True,
        tracks=(Track("track:1", "Track", recording, (grant,)),),
        register=a_register(),
    )


def a_register() -> Register:
    """Four mandates for the society, one of them by way of a publisher; two tariffs; the rest."""
    by_society = Tariff(1, "Society", "EUR", percent=Fraction(8, 100), track_minimum_micro=70_000)
    by_publisher = Tariff(2, "Publisher", "EUR", percent=Fraction(1, 10), is_by_repertoire=True)
    licensed = {SOCIETY: by_society, PUBLISHER: by_publisher}
    members = {10: SOCIETY, 11: SOCIETY, 13: SOCIETY, 12: PUBLISHER}
    owners = (14, 15, 16)
    return Register(
        mandates={
            owner: (Mandate(owner, owner, holder, WORKS, DOWNLOADS, WORLDWIDE, ALWAYS),)
            for owner, holder in members.items()
        },
        licenses={
            licensor: (License(licensor, licensor, WORKS, DOWNLOADS, WORLDWIDE, ALWAYS, tariff),)
            for licensor, tariff in (licensed | dict.fromkeys(owners)).items()
        },
        agreements={LABEL: (Agreement(1, LABEL, ALWAYS, LicenseSource.BLANKET),)},
    )


def a_work(number: int, owners: dict[int, Fraction]) -> Work:
    """A third of the recording, with its owners' shares of both rights."""
    shares = (
        a_share(100 * number + 2 * owner + place, owner, right, part)
        for owner, part in owners.items()
        for place, right in enumerate(WORK_RIGHTS)
    )
    return Work(number, f"Work {number}", Fraction(1, 3), tuple(shares))


def a_share(number: int, owner: int, right: Right, part: Fraction) -> Share:
    """A share everywhere and always."""
    return Share(number, owner, right, "Writer", part, WORLDWIDE, ALWAYS)


if __name__ == "__main__":
    main()
