"""What is allowed: price, floor, parts and evidence, exact; and the laws that hold for all."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance import Grant, Item, Right, Track, clear, digest_of
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    GRANT,
    LABEL,
    NOON,
    QUESTION,
    SOCIETY,
    STORE,
    WRITER,
    a_license,
    a_mandate,
    a_register,
    a_single,
    a_track,
    amounts,
    an_album,
    equal,
    payee,
    payees,
    sole,
    usd,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

GOLDEN = Path(__file__).parent / "verdict_of_an_album.json"


def each_pays_its_own(album: Item) -> tuple[Track, ...]:
    """The album's tracks, each with one payee of its own."""
    return tuple(
        replace(track, grants=(replace(track.grants[0], payees=sole(number)),))
        for number, track in enumerate(album.tracks, start=1)
    )


def test_a_track_is_sold_at_its_price_and_split_exactly() -> None:
    verdict = clear(a_single(GRANT), QUESTION)

    assert verdict.allowed
    assert (verdict.price, verdict.floor) == (usd("0.14"), usd("0.01"))
    assert [(part.purse, part.share) for part in verdict.parts] == [
        (STORE, Fraction(1, 10)),
        (payee(1), Fraction(9, 20)),
        (payee(2), Fraction(9, 20)),
    ]
    assert verdict.relied_on == (1,)
    assert [(link.row, link.sentence) for link in verdict.chain] == [
        ("Agreement-7", "Tin Records has an agreement with this store, until further notice."),
        ("Share-1", "Tin Records owns 100 % of Track 1 (MASTER)."),
        ("Share-1000", "Ann Writer owns 100 % of Work 1 (MECH)."),
        (
            "License-1",
            (
                "Ann Writer licenses it to this store in Worldwide, until further notice,"
                " within the split."
            ),
        ),
        ("Share-1001", "Ann Writer owns 100 % of Work 1 (MAKING_AVAILABLE)."),
        (
            "Grant-1",
            "Tin Records lets this store sell it as a download in DE, US, until further notice.",
        ),
    ]


def test_t1_a_society_the_store_and_seven_masters() -> None:
    """T1: 0.14, a tariff of 15 % without a minimum, the store a tenth, seven equal masters."""
    tariff = Tariff(1, "Fifteen", percent=Fraction(15, 100))
    register = a_register(
        mandates=[a_mandate(1, WRITER, SOCIETY)], licenses=[a_license(1, SOCIETY, tariff)]
    )
    grant = replace(GRANT, payees=equal(7))

    shared = amounts(clear(a_single(grant, register=register), QUESTION))

    assert shared == {STORE: 14_000, payee(SOCIETY): 21_000} | dict.fromkeys(
        map(payee, range(1, 8)), 15_000
    )
    assert sum(shared.values()) == 140_000


@pytest.mark.parametrize("seed", [b"a", b"b", b"c"])
def test_t2_a_tenth_among_seven(seed: bytes) -> None:
    """T2: five get 14286 and two 14285, whoever they are."""
    grant = replace(GRANT, price=usd("0.10"), payees=equal(7))

    shared = amounts(clear(a_single(grant), replace(QUESTION, store_share=Fraction(0))), seed)

    assert sorted(shared.values()) == [14_285] * 2 + [14_286] * 5


def test_t16_an_album_pays_its_tracks_by_their_own_prices() -> None:
    """T16: 9.99 over eleven tracks of 0.99 and one of 1.29."""
    album = an_album(*["0.99"] * 11, "1.29", price="9.99")
    alone = each_pays_its_own(album)

    verdict = clear(replace(album, tracks=alone), replace(QUESTION, store_share=Fraction(0)))

    exact = [part.share * 9_990_000 for part in verdict.parts]
    assert [round(share) for share in exact] == [811_995] * 11 + [1_058_054]
    assert exact[-1] == Fraction(9_990_000 * 129, 1218)
    assert sum(amounts(verdict).values()) == 9_990_000
    assert all(abs(a - e) < 1 for a, e in zip(amounts(verdict).values(), exact, strict=True))


def test_a_payee_of_two_tracks_and_roles_has_one_part() -> None:
    composer = replace(GRANT, id=2, payees=sole(1, "Composer"))
    album = an_album("0.14", "0.14")
    album = replace(album, tracks=(album.tracks[0], a_track(composer, number=2)))

    parts = {part.purse: part for part in clear(album, QUESTION).parts}

    assert parts[payee(1)].share == Fraction(9, 10) * Fraction(3, 4)
    assert parts[payee(1)].role == "MainArtist, Composer"
    assert parts[payee(2)].share == Fraction(9, 10) * Fraction(1, 4)


def test_a_track_without_a_price_counts_as_an_even_part_of_its_album() -> None:
    album = an_album("0.10", None, price="0.30")
    tracks = each_pays_its_own(album)
    question = replace(QUESTION, store_share=Fraction(0))

    verdict = clear(replace(album, tracks=tracks), question)

    assert [part.share for part in verdict.parts] == [Fraction(100, 250), Fraction(150, 250)]


@pytest.mark.parametrize(
    ("owned", "paid", "price"),
    [
        ((), None, "0.35"),
        ((1,), "0.14", "0.21"),
        ((1, 2), "0.28", "0.07"),
        ((1, 2), "0.35", "0.01"),
        ((1, 2), "9.00", "0.01"),
        ((1,), "0.00", "0.35"),
    ],
)
def test_completing_an_album_counts_what_its_tracks_cost(
    owned: tuple[int, ...], paid: str | None, price: str
) -> None:
    question = replace(
        QUESTION,
        owned=frozenset(f"track:{number}" for number in owned),
        paid=usd(paid) if paid else None,
    )

    verdict = clear(an_album("0.14", "0.14", "0.14"), question)

    assert verdict.price == usd(price)
    assert set(verdict.relied_on) == {99, 1, 2, 3} - set(owned)


def test_an_album_s_discount_stops_at_what_the_new_tracks_are_due() -> None:
    album = an_album("0.14", "0.14", price="0.35", track_wholesale="0.10")
    question = replace(QUESTION, owned=frozenset({"track:1"}), paid=usd("0.34"))

    verdict = clear(album, question)

    # 0.10 must be left after the store's tenth.
    assert verdict.price == verdict.floor == usd("0.111112")


def test_the_newest_of_a_supplier_s_grants_counts() -> None:
    newer = replace(GRANT, id=2, price=usd("0.20"))

    for grants in ((GRANT, newer), (newer, GRANT)):
        assert clear(a_single(*grants), QUESTION).price == usd("0.20")


# --- Laws -----------------------------------------------------------------------------------------

codes = st.sets(st.sampled_from(["US", "DE", "FR", "JP"]), min_size=1)
territories = st.builds(lambda chosen: Territories.of(*chosen), codes)
instants = st.integers(-3, 3).map(lambda days: NOON + timedelta(days=days))
shares = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(
    lambda weights: payees(*(Fraction(weight, sum(weights)) for weight in weights))
)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start: datetime | None = draw(st.none() | instants)
    end: datetime | None = draw(st.none() | instants)
    if start is not None and end is not None and end <= start:
        end = start + timedelta(days=1)
    return Period(start, end)


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    return replace(
        GRANT,
        id=draw(st.integers(1, 50)),
        licensor_id=draw(st.sampled_from([7, 7, 7, 8])),
        territories=draw(territories),
        valid=draw(periods()),
        wholesale=Money(draw(st.integers(0, 150_000)), "USD"),
        price=draw(st.none() | st.builds(Money, st.integers(1, 400_000), st.just("USD"))),
        payees=draw(shares),
    )


@st.composite
def albums(draw: st.DrawFn) -> Item:
    tracks = tuple(
        a_track(draw(grants()), number=number) for number in range(1, draw(st.integers(1, 4)) + 1)
    )
    own = replace(draw(grants()), payees=())
    return replace(an_album("0.14"), tracks=tracks, grants=(own,))


items = st.lists(grants(), max_size=3).map(lambda several: a_single(*several)) | albums()
questions = st.builds(
    lambda territory, at, tenths: replace(
        QUESTION, territory=territory, at=at, store_share=Fraction(tenths, 10)
    ),
    st.sampled_from(["US", "DE", "FR", "JP", "AQ"]),
    instants,
    st.integers(0, 9),
)


@given(item=items, question=questions)
def test_law_parts_sum_to_one_and_a_refusal_has_a_reason(item, question) -> None:
    verdict = clear(item, question)

    if verdict.allowed:
        assert sum(part.share for part in verdict.parts) == 1
        assert all(part.share > 0 for part in verdict.parts)
        assert verdict.price >= verdict.floor >= question.least_price
        assert not verdict.reasons
        assert verdict.relied_on
    else:
        assert verdict.reasons
        assert not verdict.parts


@given(item=items, question=questions)
def test_law_the_payees_least_is_met(item, question) -> None:
    verdict = clear(item, question)

    if verdict.allowed:
        product = max(
            (g for g in (item.grants or item.tracks[0].grants) if g.id == verdict.relied_on[0]),
            key=lambda grant: grant.id,
        )
        assert verdict.price.micro * (1 - question.store_share) >= product.wholesale.micro


@given(item=items, question=questions)
def test_law_the_floor_is_allowed_and_a_micro_unit_less_is_not(item, question) -> None:
    verdict = clear(item, question)

    if verdict.allowed:
        below = Money(verdict.floor.micro - 1, "USD")
        assert clear(item, question, price=verdict.floor).allowed
        assert clear(item, question, price=below).reasons[0].code == "below-floor"


@given(grant=grants(), question=questions, wider=territories, period=periods())
def test_law_more_from_the_same_supplier_never_forbids(grant, question, wider, period) -> None:
    before = clear(a_single(grant), question)
    more = replace(grant, id=99, territories=grant.territories | wider, valid=Period.always())
    unrelated = replace(grant, id=100, territories=grant.territories, valid=period)

    if before.allowed:
        assert clear(a_single(grant, more), question).allowed
        assert clear(a_single(grant, unrelated), question).allowed


@given(item=items, question=questions)
def test_law_the_same_facts_give_the_same_digest_in_any_order(item, question) -> None:
    turned = replace(
        item,
        tracks=tuple(replace(track, grants=tuple(reversed(track.grants))) for track in item.tracks),
    )
    distinct = len({g.id for t in item.tracks for g in t.grants}) == sum(
        len(t.grants) for t in item.tracks
    )

    one, again = clear(item, question), clear(turned, question)

    assert one.digest == digest_of(json.loads(json.dumps(one.document)))
    if one.allowed and distinct:
        assert one.digest == again.digest


# --- Evidence -------------------------------------------------------------------------------------


def test_the_digest_is_that_of_the_golden_document() -> None:
    """A change of this file is a change of what every store's verdicts are called."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    question = replace(QUESTION, owned=frozenset({"track:1"}), paid=usd("0.14"))
    album = an_album("0.14", "0.14", None, wholesale="0.10")
    until = replace(album.grants[0], valid=Period(NOON - timedelta(days=1), NOON + timedelta(9)))

    verdict = clear(replace(album, grants=(until,)), question)

    assert verdict.document == golden["document"]
    assert verdict.digest.hex() == digest_of(golden["document"]).hex() == golden["sha256"]


@pytest.mark.parametrize(
    "change",
    [
        {"price": usd("0.15")},
        {"wholesale": usd("0.01")},
        {"id": 2},
        {"licensor_id": 8},
        {"territories": Territories.of("US")},
        {"valid": Period(None, NOON + timedelta(days=1))},
        {"payees": payees(Fraction(1, 3), Fraction(2, 3))},
    ],
)
def test_whatever_a_grant_says_is_in_the_digest(change: dict[str, object]) -> None:
    register = a_register(mandates=[a_mandate(1, LABEL, 8, Right.MASTER)])
    before = clear(a_single(GRANT, register=register), QUESTION)
    after = clear(a_single(replace(GRANT, **change), register=register), QUESTION)

    assert after.allowed
    assert after.digest != before.digest


def test_the_instant_is_not_in_the_digest_so_that_sales_share_a_verdict() -> None:
    later = replace(QUESTION, at=NOON + timedelta(days=400))

    assert clear(a_single(GRANT), QUESTION).digest == clear(a_single(GRANT), later).digest
