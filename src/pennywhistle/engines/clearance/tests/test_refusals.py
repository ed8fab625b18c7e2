"""Every refusal says why, what is missing, who has it, and what would cure it."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from pennywhistle.engines.clearance import Item, Question, Reason, Stop, clear
from pennywhistle.engines.clearance.tests.licenses import (
    GRANT,
    NOON,
    QUESTION,
    a_single,
    a_track,
    an_album,
    payees,
    usd,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

TOMORROW, YESTERDAY = NOON + timedelta(days=1), NOON - timedelta(days=1)

GRANT_IT = "Set a price, territories and a split for it in the studio."
STOP = Stop(5, "takedown", "The label took it down on 20 November.")

REFUSALS = {
    "unpublished": (
        replace(a_single(GRANT), is_published=False),
        QUESTION,
        Reason(
            "not-published",
            "Track 1 is not on the shelves.",
            "publication",
            "Tin Supply",
            "Publish the release in the studio.",
        ),
    ),
    "stopped": (
        replace(a_single(GRANT), stops=(STOP,)),
        QUESTION,
        Reason(
            "stopped-takedown",
            STOP.sentence,
            "the end of the stop",
            "Tin Supply",
            "Settle what the stop is about; the sale then goes on by itself.",
        ),
    ),
    "a stopped track of an album": (
        replace(an_album("0.14"), tracks=(replace(a_track(GRANT), stops=(STOP,)),)),
        QUESTION,
        Reason(
            "stopped-takedown",
            STOP.sentence,
            "the end of the stop",
            "Tin Supply",
            "Settle what the stop is about; the sale then goes on by itself.",
        ),
    ),
    "nothing in it": (
        replace(an_album("0.14"), tracks=()),
        QUESTION,
        Reason(
            "no-tracks",
            "Tin Weather has no tracks.",
            "a track",
            "Tin Supply",
            "Upload its tracks in the studio.",
        ),
    ),
    "owned": (
        a_single(GRANT),
        replace(QUESTION, owned=frozenset({"track:1"})),
        Reason("owned", "The buyer owns all of it already.", "", "", "Download it."),
    ),
    "an owned album": (
        an_album("0.14", "0.14"),
        replace(QUESTION, owned=frozenset({"release:1"})),
        Reason("owned", "The buyer owns all of it already.", "", "", "Download it."),
    ),
    "no grant": (
        a_single(),
        QUESTION,
        Reason(
            "no-grant",
            "Nobody has granted the sale of Track 1 as a download.",
            "a grant of PermanentDownload for Track 1",
            "Tin Supply",
            GRANT_IT,
        ),
    ),
    "a grant for another use": (
        a_single(replace(GRANT, uses=frozenset({"Stream", "ConditionalDownload"}))),
        QUESTION,
        Reason(
            "no-grant",
            "Nobody has granted the sale of Track 1 as a download.",
            "a grant of PermanentDownload for Track 1",
            "Tin Supply",
            GRANT_IT,
        ),
    ),
    "an album without a grant of its own": (
        replace(an_album("0.14"), grants=()),
        QUESTION,
        Reason(
            "no-grant",
            "Nobody has granted the sale of Tin Weather as a download.",
            "a grant of PermanentDownload for Tin Weather",
            "Tin Supply",
            GRANT_IT,
        ),
    ),
    "elsewhere": (
        a_single(GRANT),
        replace(QUESTION, territory="FR"),
        Reason(
            "territory",
            "Track 1 may be sold in DE, US, not in FR.",
            "a grant for FR",
            "Tin Records",
            "Add FR to the territories of the grant.",
        ),
    ),
    "nowhere that is known": (
        a_single(replace(GRANT, territories=Territories.worldwide())),
        replace(QUESTION, territory="ZZ"),
        Reason(
            "territory",
            "Track 1 may be sold in Worldwide, not in ZZ.",
            "a grant for ZZ",
            "Tin Records",
            "Add ZZ to the territories of the grant.",
        ),
    ),
    "too early": (
        a_single(replace(GRANT, valid=Period(TOMORROW, None))),
        QUESTION,
        Reason(
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
        Reason(
            "expired",
            "Track 1 could be sold until 2026-11-21 12:00 UTC.",
            "a grant for today",
            "Tin Records",
            "Renew the grant.",
        ),
    ),
    "two suppliers": (
        a_single(GRANT, replace(GRANT, id=2, licensor_id=8, licensor="Another")),
        QUESTION,
        Reason(
            "conflict",
            "More than one supplier claims the sale of Track 1.",
            "an agreement of the suppliers",
            "Another and Tin Records",
            "Withdraw all grants but the owner's.",
        ),
    ),
    "a track that is sold with its album only": (
        a_single(replace(GRANT, price=None)),
        QUESTION,
        Reason(
            "no-price",
            "Track 1 has no price of its own: it is sold with its release only.",
            "a price",
            "Tin Records",
            "Set a price in the studio.",
        ),
    ),
    "an album without a price": (
        an_album("0.14", price=None),
        QUESTION,
        Reason(
            "no-price",
            "Tin Weather has no price of its own.",
            "a price",
            "Tin Records",
            "Set a price in the studio.",
        ),
    ),
    "a price of nothing": (
        a_single(replace(GRANT, price=usd("0"))),
        QUESTION,
        Reason(
            "no-price",
            "Track 1 has no price of its own: it is sold with its release only.",
            "a price",
            "Tin Records",
            "Set a price in the studio.",
        ),
    ),
    "a price in another currency": (
        a_single(replace(GRANT, price=Money(140_000, "EUR"), wholesale=Money(0, "EUR"))),
        QUESTION,
        Reason(
            "currency",
            "Track 1 is priced in EUR, not in USD.",
            "a price in USD",
            "Tin Records",
            "Set a price in USD in the studio.",
        ),
    ),
    "an album with a track in another currency": (
        replace(
            an_album("0.14"),
            tracks=(a_track(replace(GRANT, price=None, wholesale=Money(0, "EUR"))),),
        ),
        QUESTION,
        Reason(
            "currency",
            "Tin Weather is priced in EUR, not in USD.",
            "a price in USD",
            "Tin Records",
            "Set a price in USD in the studio.",
        ),
    ),
    "below what must reach the payees": (
        a_single(replace(GRANT, wholesale=usd("0.13"))),
        QUESTION,
        Reason(
            "below-floor",
            "The price 0.14 USD is below the floor 0.144445 USD, under which the payees' due is"
            " not met.",
            "a higher price, or a lower wholesale price",
            "Tin Records",
            "Set the price to 0.144445 USD or more.",
        ),
    ),
    "below the smallest coin": (
        a_single(replace(GRANT, price=usd("0.009999"))),
        QUESTION,
        Reason(
            "below-floor",
            "The price 0.009999 USD is below the floor 0.01 USD, under which the payees' due is"
            " not met.",
            "a higher price, or a lower wholesale price",
            "Tin Records",
            "Set the price to 0.01 USD or more.",
        ),
    ),
    "a split that does not add up": (
        a_single(replace(GRANT, payees=payees(Fraction(1, 2), Fraction(2, 5)))),
        QUESTION,
        Reason(
            "split",
            "The split of grant 1 sums to 90.0000 %, not to 100 %.",
            "a split that sums to 100 %",
            "Tin Records",
            "Correct the split in the studio.",
        ),
    ),
    "a track that pays nobody": (
        a_single(replace(GRANT, payees=())),
        QUESTION,
        Reason(
            "split",
            "The split of grant 1 sums to 0.0000 %, not to 100 %.",
            "a split that sums to 100 %",
            "Tin Records",
            "Correct the split in the studio.",
        ),
    ),
}


@pytest.mark.parametrize(("item", "question", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_names_its_cure(item: Item, question: Question, reason: Reason) -> None:
    verdict = clear(item, question)

    assert not verdict.allowed
    assert verdict.reasons == (reason,)
    assert (verdict.price, verdict.floor, verdict.parts) == (None, None, ())
    assert verdict.document["reasons"] == [reason.code]


def test_every_stop_is_named_once() -> None:
    dispute = Stop(6, "dispute", "Two labels claim it.")
    item = replace(a_single(GRANT), stops=(STOP,))
    item = replace(item, tracks=(replace(item.tracks[0], stops=(STOP, dispute)),))

    codes = [reason.code for reason in clear(item, QUESTION).reasons]

    assert codes == ["stopped-takedown", "stopped-dispute"]


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

    assert clear(album, QUESTION).reasons[0].code == "territory"
    assert clear(album, replace(QUESTION, territory="DE")).allowed


def test_an_album_below_its_floor_is_refused_to_those_who_own_a_track_too() -> None:
    album = an_album("0.14", "0.14", "0.14", price="0.35", track_wholesale="0.20")
    owner = replace(QUESTION, owned=frozenset({"track:1"}), paid=usd("0.14"))

    verdict = clear(album, owner)

    # Two tracks to come are due 0.40 after the store's tenth: 0.444445, more than the album costs.
    assert [reason.code for reason in verdict.reasons] == ["below-floor"]
