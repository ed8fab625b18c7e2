"""Every refusal says why, what is missing, who has it, and what would cure it."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

import pytest

from pennywhistle.engines.clearance import Item, Question, Stop, clear
from pennywhistle.engines.clearance.tests.licenses import (
    GRANT,
    NOON,
    QUESTION,
    a_single,
    a_track,
    an_album,
    codes,
    payees,
    usd,
)
from pennywhistle.engines.clearance.wording import LETTER, WORDS
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period, PeriodInvalidError
from pennywhistle.kernel.territories import Territories

TOMORROW, YESTERDAY = NOON + timedelta(days=1), NOON - timedelta(days=1)
STOP = Stop(5, "takedown", "The label took it down on 20 November.")
TWO_SUPPLIERS = (GRANT, replace(GRANT, id=2, licensor_id=8, licensor="Another"))


class Told(NamedTuple):
    """A reason in words."""

    code: str
    sentence: str
    missing: str
    who: str
    cure: str


STOPPED = Told(
    "stopped-takedown",
    STOP.sentence,
    "the end of the stop",
    "Tin Supply",
    "Settle what the stop is about; the sale then goes on by itself.",
)
NOT_GRANTED = Told(
    "no-grant",
    "Nobody has granted the sale of Track 1 as a download.",
    "a grant of downloads for Track 1",
    "Tin Supply",
    "Set a price, territories and a split for it in the studio.",
)
UNPRICED = Told(
    "no-price",
    "Track 1 has no price of its own.",
    "a price",
    "Tin Records",
    "Set a price in the studio.",
)
OWNED = Told("owned", "The buyer owns all of it already.", "", "", "Download it.")


def elsewhere(territories: str, territory: str) -> Told:
    return Told(
        "territory",
        f"Track 1 may be sold in {territories}, not in {territory}.",
        f"a grant for {territory}",
        "Tin Records",
        f"Add {territory} to the territories of the grant.",
    )


def under(price: str, floor: str) -> Told:
    return Told(
        "below-floor",
        f"The price {price} is below the floor {floor}, under which somebody goes unpaid.",
        "a higher price, or a lower wholesale price",
        "Tin Records",
        f"Set the price to {floor} or more.",
    )


def split_of(percent: str) -> Told:
    return Told(
        "split",
        f"The split of Track 1 sums to {percent}, not to 100 %.",
        "a split that sums to 100 %",
        "Tin Records",
        "Correct the split in the studio.",
    )


def in_euros(title: str) -> Told:
    return Told(
        "currency",
        f"{title} is priced in EUR, not in USD.",
        "a price in USD",
        "Tin Records",
        "Set a price in USD in the studio.",
    )


REFUSALS: dict[str, tuple[Item, Question, Told]] = {
    "unpublished": (
        replace(a_single(GRANT), is_published=False),
        QUESTION,
        Told(
            "not-published",
            "Track 1 is not on the shelves.",
            "publication",
            "Tin Supply",
            "Publish the release in the studio.",
        ),
    ),
    "stopped": (replace(a_single(GRANT), stops=(STOP,)), QUESTION, STOPPED),
    "a stopped track of an album": (
        replace(an_album("0.14"), tracks=(replace(a_track(GRANT), stops=(STOP,)),)),
        QUESTION,
        STOPPED,
    ),
    "nothing in it": (
        replace(an_album("0.14"), tracks=()),
        QUESTION,
        Told(
            "no-tracks",
            "Tin Weather has no tracks.",
            "a track",
            "Tin Supply",
            "Upload its tracks in the studio.",
        ),
    ),
    "owned": (a_single(GRANT), replace(QUESTION, owned=frozenset({"track:1"})), OWNED),
    "an owned album": (
        an_album("0.14", "0.14"),
        replace(QUESTION, owned=frozenset({"release:1"})),
        OWNED,
    ),
    "no grant": (a_single(), QUESTION, NOT_GRANTED),
    "a grant for another use": (
        a_single(replace(GRANT, uses=frozenset({"Stream", "ConditionalDownload"}))),
        QUESTION,
        NOT_GRANTED,
    ),
    "an album without a grant of its own": (
        replace(an_album("0.14"), grants=()),
        QUESTION,
        NOT_GRANTED._replace(
            sentence="Nobody has granted the sale of Tin Weather as a download.",
            missing="a grant of downloads for Tin Weather",
        ),
    ),
    "elsewhere": (a_single(GRANT), replace(QUESTION, territory="FR"), elsewhere("DE, US", "FR")),
    "elsewhere, by two grants": (
        a_single(GRANT, replace(GRANT, id=2, territories=Territories.of("JP"))),
        replace(QUESTION, territory="FR"),
        elsewhere("DE, JP, US", "FR"),
    ),
    "nowhere that is known": (
        a_single(replace(GRANT, territories=Territories.worldwide())),
        replace(QUESTION, territory="ZZ"),
        elsewhere("Worldwide", "ZZ"),
    ),
    "too early": (
        a_single(replace(GRANT, valid=Period(TOMORROW, None))),
        QUESTION,
        Told(
            "not-yet",
            "Track 1 may be sold from 2026-11-22 12:00 UTC.",
            "an earlier start of the grant",
            "Tin Records",
            "Wait for the date, or grant an earlier one.",
        ),
    ),
    "too late, by an instant": (
        a_single(replace(GRANT, valid=Period(YESTERDAY, NOON))),
        QUESTION,
        Told(
            "expired",
            "Track 1 could be sold until 2026-11-21 12:00 UTC.",
            "a grant for today",
            "Tin Records",
            "Renew the grant.",
        ),
    ),
    "two suppliers": (
        a_single(*TWO_SUPPLIERS),
        QUESTION,
        Told(
            "conflict",
            "More than one supplier claims the sale of Track 1: Another and Tin Records.",
            "an agreement of the suppliers",
            "Another and Tin Records",
            "Withdraw all grants but the owner's, or record the transfer of the catalog.",
        ),
    ),
    "a track that is sold with its album only": (
        a_single(replace(GRANT, price=None)),
        QUESTION,
        UNPRICED,
    ),
    "an album without a price": (
        an_album("0.14", price=None),
        QUESTION,
        UNPRICED._replace(sentence="Tin Weather has no price of its own."),
    ),
    # R11: PayAsYouGo with a price of 0.
    "a price of nothing": (a_single(replace(GRANT, price=usd("0"))), QUESTION, UNPRICED),
    "a price below nothing": (a_single(replace(GRANT, price=-usd("0.14"))), QUESTION, UNPRICED),
    "a price in another currency": (
        a_single(replace(GRANT, price=Money(140_000, "EUR"), wholesale=Money(0, "EUR"))),
        QUESTION,
        in_euros("Track 1"),
    ),
    "an album with a track in another currency": (
        replace(
            an_album("0.14"),
            tracks=(a_track(replace(GRANT, price=None, wholesale=Money(0, "EUR"))),),
        ),
        QUESTION,
        in_euros("Tin Weather"),
    ),
    "below what must reach the payees": (
        a_single(replace(GRANT, wholesale=usd("0.13"))),
        QUESTION,
        under("0.14 USD", "0.144445 USD"),
    ),
    "below the smallest coin": (
        a_single(replace(GRANT, price=usd("0.009999"))),
        QUESTION,
        under("0.009999 USD", "0.01 USD"),
    ),
    "a split that does not add up": (
        a_single(replace(GRANT, payees=payees(Fraction(1, 2), Fraction(2, 5)))),
        QUESTION,
        split_of("90 %"),
    ),
    "a split with a part below nothing": (
        a_single(replace(GRANT, payees=payees(Fraction(3, 2), Fraction(-1, 2)))),
        QUESTION,
        split_of("100 %"),
    ),
    "a track that pays nobody": (
        a_single(replace(GRANT, payees=())),
        QUESTION,
        split_of("0 %"),
    ),
}


@pytest.mark.parametrize(("item", "question", "told"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_names_its_cure(item: Item, question: Question, told: Told) -> None:
    verdict = clear(item, question)

    assert not verdict.allowed
    (reason,) = verdict.reasons
    assert (reason.code, *reason.words()[:2], reason.who, reason.cure) == told
    assert (verdict.price, verdict.floor, verdict.parts, verdict.total) == (None, None, (), None)
    assert verdict.document["reasons"] == [told.code]


def test_every_stop_is_named_once() -> None:
    dispute = Stop(6, "dispute", "Two labels claim it.")
    item = replace(a_single(GRANT), stops=(STOP,))
    item = replace(item, tracks=(replace(item.tracks[0], stops=(STOP, dispute)),))

    assert codes(clear(item, QUESTION)) == ["stopped-takedown", "stopped-dispute"]


def test_a_stop_of_an_owned_track_does_not_stop_the_rest_of_the_album() -> None:
    album = an_album("0.14", "0.14")
    stopped = replace(album.tracks[0], stops=(STOP,))
    album = replace(album, tracks=(stopped, album.tracks[1]))

    assert not clear(album, QUESTION).allowed
    assert clear(album, replace(QUESTION, owned=frozenset({"track:1"}))).allowed


def test_one_track_that_may_not_be_sold_keeps_its_album_from_being_sold() -> None:
    album = an_album("0.14", "0.14")
    hidden = replace(GRANT, id=2, territories=Territories.of("DE"))
    album = replace(album, tracks=(album.tracks[0], a_track(hidden, number=2)))

    assert codes(clear(album, QUESTION)) == ["territory"]
    assert clear(album, replace(QUESTION, territory="DE")).allowed


def test_r6_a_grant_of_the_album_alone_does_not_sell_its_tracks() -> None:
    album = an_album("0.14", None)
    track = replace(a_single(), tracks=(album.tracks[1],), title="Track 2", ref="track:2")

    assert clear(album, QUESTION).allowed
    assert codes(clear(track, QUESTION)) == ["no-price"]


def test_an_album_below_its_floor_is_refused_to_those_who_own_a_track_too() -> None:
    album = an_album("0.14", "0.14", "0.14", price="0.35", track_wholesale="0.20")
    owner = replace(QUESTION, owned=frozenset({"track:1"}), paid=usd("0.14"))

    # Two tracks to come are due 0.40 after the store's tenth: 0.444445, more than the album costs.
    assert codes(clear(album, owner)) == ["below-floor"]


def test_a_grant_that_comes_is_told_before_one_that_went() -> None:
    went = replace(GRANT, valid=Period(None, YESTERDAY))
    comes = replace(GRANT, id=2, valid=Period(TOMORROW, None))

    for grants in ((went, comes), (comes, went)):
        assert codes(clear(a_single(*grants), QUESTION)) == ["not-yet"]


def test_where_percentages_take_everything_no_price_is_enough() -> None:
    needy = a_single(replace(GRANT, wholesale=usd("0.01")))

    assert codes(clear(needy, replace(QUESTION, store_share=Fraction(1)))) == ["no-floor"]


def test_where_the_price_would_be_beyond_all_money_it_is_refused() -> None:
    dear = a_single(replace(GRANT, wholesale=usd("999999999999")))

    assert codes(clear(dear, replace(QUESTION, store_share=Fraction(1, 2)))) == ["no-floor"]


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(PeriodInvalidError):
        clear(a_single(GRANT), replace(QUESTION, at=NOON.replace(tzinfo=None)))


def test_a_letter_asks_whoever_can_help_in_the_reader_s_language() -> None:
    (reason,) = clear(a_single(GRANT), replace(QUESTION, territory="FR")).reasons

    german = {
        "a grant for %(territory)s": "eine Freigabe für %(territory)s",
        LETTER: "%(store)s: %(missing)s",
    }
    kept = {"item": "Track 1", "territory": "FR", "store": "Tin Store"}

    assert reason.letter(**kept) == (
        "To Tin Records\n\n"
        "We would like to sell “Track 1” as a download in FR and may not yet.\n"
        "Track 1 may be sold in DE, US, not in FR.\n\n"
        "Missing: a grant for FR.\n"
        "Add FR to the territories of the grant.\n\n"
        "Tin Store"
    )
    translated = reason.letter(**kept, translate=lambda text: german.get(text, text))
    assert translated == "Tin Store: eine Freigabe für FR"


def test_every_reason_has_words() -> None:
    for code, words in WORDS.items():
        assert words.sentence, code
        assert bool(words.missing) <= bool(words.cure), code
