"""Recordings: who owns them, who may sell them, at whose price, while catalogs change hands."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from pennywhistle.engines.clearance import (
    Agreement,
    Item,
    LicenseSource,
    Mandate,
    Rate,
    Register,
    Right,
    Transfer,
    clear,
)
from pennywhistle.engines.clearance.tests.licenses import (
    ALWAYS,
    GRANT,
    LABEL,
    NOON,
    QUESTION,
    REGISTER,
    STORE,
    WRITER,
    a_mandate,
    a_recording,
    a_register,
    a_single,
    amounts,
    an_album,
    codes,
    share,
    sole,
    usd,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import split
from pennywhistle.kernel.territories import Territories

LET_SELL = a_mandate(1, WRITER, LABEL, Right.MASTER)
NEWCOMER = replace(GRANT, id=2, licensor_id=8, licensor="Another")
WHILE_IT_GOES = Transfer(3, LABEL, 8, Period(NOON - timedelta(days=1), NOON + timedelta(days=1)))


def owned_by(*shares: tuple[int, Fraction | int], register: Register = REGISTER) -> Item:
    """A track whose recording these parties own."""
    owners = tuple(
        share(number, party_id, part) for number, (party_id, part) in enumerate(shares, start=1)
    )
    return a_single(GRANT, recording=replace(a_recording(), shares=owners), register=register)


# --- Owners ---------------------------------------------------------------------------------------

OWNERS = {
    "nobody": ([], ["master-unknown"]),
    "a half": ([(LABEL, Fraction(1, 2))], ["master-incomplete"]),
    "shares that sum to 0": ([(LABEL, 0)], ["master-incomplete"]),
    "two who claim all": ([(LABEL, 1), (8, 1)], ["master-conflict"]),
    "below nothing": ([(LABEL, 2), (8, -1)], ["master-conflict"]),
    "another, who let nobody sell": ([(WRITER, 1)], ["chain-broken"]),
    "a half that let nobody sell": (
        [(LABEL, Fraction(1, 2)), (WRITER, Fraction(1, 2))],
        ["chain-broken"],
    ),
    "another, of nothing": ([(LABEL, 1), (WRITER, 0)], []),
    "within the tolerance": ([(LABEL, Fraction(9_995, 10_000))], []),
}


@pytest.mark.parametrize(("shares", "refused"), OWNERS.values(), ids=OWNERS.keys())
def test_the_owners_stand_behind_the_sale(
    shares: list[tuple[int, Fraction | int]], refused: list[str]
) -> None:
    assert codes(clear(owned_by(*shares), QUESTION)) == refused


def test_an_owner_s_mandate_lets_the_supplier_sell() -> None:
    item = owned_by((WRITER, 1), register=a_register(mandates=[LET_SELL]))

    verdict = clear(item, QUESTION)

    assert verdict.allowed
    assert "Ann Writer lets Tin Records license it (MASTER)" in verdict.chain[2].sentence


def test_who_gave_the_recording_exclusively_away_may_not_sell_it() -> None:
    elsewhere = replace(a_mandate(1, LABEL, 8, Right.MASTER), is_exclusive=True)
    item = owned_by((LABEL, 1), register=a_register(mandates=[elsewhere]))

    (reason,) = clear(item, QUESTION).reasons

    assert (reason.code, reason.who) == ("given-away", "Another")


def test_the_agreement_must_hold_and_name_a_source_for_the_united_states() -> None:
    over = Agreement(1, LABEL, Period(None, NOON), LicenseSource.BLANKET)
    silent = Agreement(2, LABEL, ALWAYS, None)
    in_germany = replace(QUESTION, territory="DE")

    def under(*agreements: Agreement) -> Item:
        return replace(a_single(GRANT), register=replace(REGISTER, agreements={LABEL: agreements}))

    assert codes(clear(under(), QUESTION)) == ["no-agreement"]
    assert codes(clear(under(over), QUESTION)) == ["no-agreement"]
    assert codes(clear(under(silent), QUESTION)) == ["us-source"]
    assert clear(under(silent), in_germany).allowed


# --- Releases -------------------------------------------------------------------------------------


def sold_by_another(*mandates: Mandate, transfers: tuple[Transfer, ...] = ()) -> Item:
    """Tin Records' two tracks as an album of another supplier, at that supplier's price."""
    album = an_album("0.14", "0.14")
    own = replace(album.grants[0], licensor_id=8, licensor="Another")
    register = replace(a_register(mandates=mandates), transfers=transfers)
    return replace(album, grants=(own,), register=register)


def test_a_release_is_sold_by_nobody_whom_its_tracks_owners_did_not_let_sell() -> None:
    (reason,) = clear(sold_by_another(), QUESTION).reasons

    assert (reason.code, reason.who) == ("chain-broken", "Tin Records")
    assert reason.sentence == (
        "Tin Records owns the recording of Track 1 and has not let Another sell it."
    )


def test_a_mandate_for_one_track_does_not_let_the_other_be_sold_with_it() -> None:
    let_sell = replace(a_mandate(1, LABEL, 8, Right.MASTER), repertoire=frozenset({"recording-1"}))
    album = sold_by_another(let_sell)

    (reason,) = clear(album, QUESTION).reasons
    rest = clear(album, replace(QUESTION, owned=frozenset({"track:2"}), paid=usd("0.14")))

    assert dict(reason.values)["title"] == "Track 2"
    assert rest.allowed


def test_the_owners_mandate_lets_another_sell_their_tracks_as_a_release() -> None:
    verdict = clear(sold_by_another(a_mandate(1, LABEL, 8, Right.MASTER)), QUESTION)

    assert verdict.price == usd("0.35")
    assert "Tin Records lets Another license it (MASTER)" in verdict.chain[-1].sentence


def test_a_release_of_the_other_side_of_a_transfer_is_sold_and_its_money_held() -> None:
    verdict = clear(sold_by_another(transfers=(WHILE_IT_GOES,)), QUESTION)

    assert [part.purse.kind for part in verdict.parts] == ["store", "held", "held"]
    assert [hold.code for hold in verdict.holds] == ["held-transfer"]
    over = replace(WHILE_IT_GOES, valid=Period(None, NOON))
    assert codes(clear(sold_by_another(transfers=(over,)), QUESTION)) == ["chain-broken"]


# --- Prices ---------------------------------------------------------------------------------------


def test_r1_a_price_changes_at_local_midnight() -> None:
    """R1: 99.99 until 2013-03-31 in Canada, 88.88 from 04-01."""
    toronto = ZoneInfo("America/Toronto")
    midnight = datetime(2013, 4, 1, tzinfo=toronto)
    canada = Territories.of("CA")
    before = replace(GRANT, territories=canada, price=usd("99.99"), valid=Period(None, midnight))
    after = replace(
        GRANT, id=2, territories=canada, price=usd("88.88"), valid=Period(midnight, None)
    )
    item = a_single(before, after)

    def price_at(at: datetime) -> Money | None:
        return clear(item, replace(QUESTION, territory="CA", at=at)).price

    assert price_at(midnight - timedelta(minutes=1)) == usd("99.99")
    assert price_at(midnight) == usd("88.88")
    assert price_at(midnight.astimezone(UTC)) == usd("88.88")


def a_rate(number: int, price: Money, **change: object) -> Rate:
    rate = Rate(number, LABEL, "MID", ALWAYS_HERE, ALWAYS, price, replace(price, micro=50_000))
    return replace(rate, **change)


ALWAYS_HERE = Territories.of("US")
CODED = replace(GRANT, price=None, price_code="MID")


def with_rates(*rates: Rate) -> Item:
    return a_single(CODED, register=replace(REGISTER, rates={(LABEL, "MID"): rates}))


def test_a_price_code_means_what_the_rate_card_says_here_and_now() -> None:
    over = a_rate(9, usd("0.50"), valid=Period(None, NOON))
    euros = a_rate(10, Money(990_000, "EUR"))

    verdict = clear(with_rates(a_rate(1, usd("0.14")), over, euros), QUESTION)

    assert (verdict.price, verdict.floor) == (usd("0.14"), usd("0.055556"))
    assert "rates" in [link.code for link in verdict.chain]
    assert verdict.document["basis"][0][1]["code"] == "MID"


def test_r5_a_price_code_that_means_nothing_has_no_price() -> None:
    elsewhere = a_rate(1, usd("0.14"), territories=Territories.of("DE"))

    for item in (with_rates(), with_rates(elsewhere)):
        (reason,) = clear(item, QUESTION).reasons
        assert reason.code == "price-code"
        assert reason.sentence == "The price code MID of Tin Records means nothing here today."
    assert codes(clear(with_rates(a_rate(1, Money(1, "EUR"))), QUESTION)) == ["currency"]


# --- Transfers ------------------------------------------------------------------------------------


def in_transfer(*mandates: Mandate, transfer: Transfer = WHILE_IT_GOES) -> Register:
    return replace(a_register(mandates=mandates), transfers=(transfer,))


def test_while_a_catalog_changes_hands_the_newer_deal_sells_and_the_money_is_held() -> None:
    register = in_transfer(a_mandate(1, LABEL, 8, Right.MASTER))
    item = a_single(GRANT, replace(NEWCOMER, price=usd("0.20")), register=register)

    verdict = clear(item, QUESTION)

    assert verdict.price == usd("0.20")
    held = Purse(PurseKind.HELD, code="transfer:recording-1:US:2026")
    assert amounts(verdict) == {STORE: 20_000, held: 180_000}
    assert [hold.code for hold in verdict.holds] == ["held-transfer"]
    assert verdict.holds[0].who == "Another and Tin Records"
    assert "The catalog goes from Tin Records to Another, until 2026-11-22." in [
        link.sentence for link in verdict.chain
    ]


@pytest.mark.parametrize("register", [in_transfer(), in_transfer(a_mandate(1, LABEL, 3))])
def test_the_newcomer_sells_by_the_transfer_where_the_former_one_is_still_the_owner(
    register: Register,
) -> None:
    alone = clear(a_single(NEWCOMER, register=register), QUESTION)
    both = clear(a_single(GRANT, NEWCOMER, register=register), QUESTION)

    assert alone.allowed
    assert alone.holds == ()
    assert "The catalog goes from Tin Records to Another, until 2026-11-22." in [
        link.sentence for link in alone.chain
    ]
    assert [hold.code for hold in both.holds] == ["held-transfer"]


def test_the_transfer_stands_for_the_end_of_the_mandates_too() -> None:
    writers = replace(a_recording(), shares=(share(1, WRITER, 1),))
    item = a_single(NEWCOMER, recording=writers, register=in_transfer(LET_SELL))
    without = a_single(NEWCOMER, recording=writers, register=a_register(mandates=[LET_SELL]))

    assert clear(item, QUESTION).allowed
    assert codes(clear(without, QUESTION)) == ["chain-broken"]


def test_before_and_after_a_transfer_the_former_owners_word_is_not_the_newcomers() -> None:
    over = in_transfer(transfer=replace(WHILE_IT_GOES, valid=Period(None, NOON)))
    given_away = in_transfer(replace(a_mandate(1, LABEL, 9, Right.MASTER), is_exclusive=True))

    for register in (over, given_away):
        refused = clear(a_single(NEWCOMER, register=register), QUESTION)
        assert "chain-broken" in codes(refused)


def test_two_deals_of_an_album_in_transfer_hold_all_of_its_money() -> None:
    album = an_album("0.14", "0.14")
    two = (*album.grants, replace(album.grants[0], id=100, licensor_id=8, licensor="Another"))

    verdict = clear(replace(album, grants=two, register=in_transfer()), QUESTION)

    assert [part.purse.kind for part in verdict.parts] == ["store", "held", "held"]


@pytest.mark.parametrize(
    "transfer",
    [
        replace(WHILE_IT_GOES, valid=Period(None, NOON)),
        replace(WHILE_IT_GOES, to_id=9),
    ],
)
def test_two_suppliers_without_a_transfer_of_theirs_are_in_conflict(transfer: Transfer) -> None:
    item = a_single(GRANT, NEWCOMER, register=in_transfer(transfer=transfer))

    assert codes(clear(item, QUESTION)) == ["conflict"]


# --- Refunds --------------------------------------------------------------------------------------


def test_t17_what_a_sale_wrote_can_be_computed_again_from_its_verdict_on_record() -> None:
    """T17: a refund takes back exactly what each purse got, years later, from what was stored."""
    grant = replace(GRANT, price=usd("0.10"), payees=tuple(sevenths()))
    verdict = clear(a_single(grant), replace(QUESTION, tax_rate=Fraction(19, 100)))

    stored = json.loads(json.dumps(verdict.document))
    total = Money(stored["price_micro"] + stored["subsidy_micro"], stored["currency"])
    purses = [Purse(PurseKind(kind), party, code) for kind, party, code, _, _ in stored["parts"]]
    shares = [Fraction(share) for *_, share in stored["parts"]]
    again = split(total, shares=shares, seed=b"sale-1")

    assert {purse: amount.micro for purse, amount in zip(purses, again, strict=True)} == amounts(
        verdict, seed=b"sale-1"
    )
    assert len(purses) == 9
    assert sum(amount.micro for amount in again) == 100_000
    # No seventh of what is left is whole, so that the seed decides who gets the odd ones.
    other_seeds = [amounts(verdict, seed=b"sale-%d" % number) for number in range(2, 12)]
    assert any(amounts(verdict, seed=b"sale-1") != other for other in other_seeds)


def sevenths():
    for number in range(1, 8):
        yield replace(sole(number)[0], share=Fraction(1, 7))
