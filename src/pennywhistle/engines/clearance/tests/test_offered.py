"""What a buyer offers, and what somebody lets them pay less: never below minimum or floor."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance import Discount, Item, Question, clear
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    GRANT,
    QUESTION,
    SOCIETY,
    STORE,
    WRITER,
    a_license,
    a_mandate,
    a_recording,
    a_register,
    a_single,
    a_work,
    an_album,
    payee,
    usd,
)
from pennywhistle.engines.clearance.tests.registers import PATIENT, items, questions
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import PurseKind
from worked_tables import part_of, worked_table

ALBUM = an_album("0.14", "0.14", "0.14")
OPEN = replace(GRANT, price=usd("1.00"), is_minimum=True, suggested=usd("3.00"))


def a_code(part: str, *, giver_id: int | None = GRANT.licensor_id) -> Discount:
    return Discount(5, "campaign", "Spring", giver_id, "Tin Records", part=Fraction(part))


def with_price(text: str) -> Discount:
    return Discount(6, "bundle", "All of it", GRANT.licensor_id, "Tin Records", price=usd(text))


def asked(**changes: object) -> Question:
    return replace(QUESTION, **changes)


def test_who_offers_nothing_pays_the_least_and_is_told_what_is_hoped_for() -> None:
    terms = clear(a_single(OPEN), QUESTION).terms

    assert terms is not None
    assert (terms.price, terms.least, terms.is_open) == (usd("1.00"), usd("1.00"), True)
    assert terms.suggested == usd("3.00")


def test_what_is_given_above_the_least_is_divided_like_the_price() -> None:
    least = clear(a_single(OPEN), QUESTION)
    more = clear(a_single(OPEN), asked(offered=usd("2.50")))

    assert more.price == usd("2.50")
    assert more.document["offered_micro"] == 2_500_000
    assert [part.share for part in more.parts] == [part.share for part in least.parts]


def test_a_percentage_follows_from_what_is_given() -> None:
    fee = a_license(1, SOCIETY, Tariff(1, "Fifteen", percent=Fraction(15, 100)))
    item = a_single(
        OPEN,
        recording=a_recording(1, a_work(1, (WRITER, Fraction(1)))),
        register=a_register(licenses=[fee], mandates=[a_mandate(1, WRITER, SOCIETY)]),
    )

    parts = {part.purse: part.share for part in clear(item, asked(offered=usd("4.00"))).parts}

    assert parts[payee(SOCIETY)] == Fraction(15, 100)


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (usd("0.99"), "below-minimum"),
        (Money(999_999, "USD"), "below-minimum"),
        (Money(0, "USD"), "below-minimum"),
        (Money(2_000_000, "EUR"), "currency"),
    ],
)
def test_less_than_the_least_is_refused(offered: Money, code: str) -> None:
    verdict = clear(a_single(OPEN), asked(offered=offered))

    assert [reason.code for reason in verdict.reasons] == [code]


def test_a_fixed_price_takes_no_more_and_no_less() -> None:
    for offered in (usd("0.13"), usd("0.15")):
        (reason,) = clear(a_single(GRANT), asked(offered=offered)).reasons
        assert reason.code == "not-open"
    assert clear(a_single(GRANT), asked(offered=usd("0.14"))).price == usd("0.14")


def test_completing_an_album_counts_what_was_paid_before_more_is_offered() -> None:
    album = replace(ALBUM, grants=(replace(ALBUM.grants[0], price=usd("0.35"), is_minimum=True),))
    owned = asked(owned=frozenset({album.tracks[0].ref}), paid=usd("0.14"))

    assert clear(album, owned).price == usd("0.21")
    assert clear(album, replace(owned, offered=usd("0.50"))).price == usd("0.50")
    (reason,) = clear(album, replace(owned, offered=usd("0.20"))).reasons
    assert reason.code == "below-minimum"


def test_a_code_takes_its_part_off_and_is_in_the_chain() -> None:
    verdict = clear(a_single(GRANT), asked(discount=a_code("1/5")))

    assert verdict.price == usd("0.112")
    assert verdict.terms is not None
    assert verdict.terms.asked == usd("0.14")
    assert verdict.chain[-1].row == "Discount-5"
    assert verdict.chain[-1].sentence == "Tin Records lets the buyer pay less: Spring."


def test_a_supplier_s_code_stops_at_the_floor() -> None:
    wholesale = replace(GRANT, wholesale=usd("0.09"))

    verdict = clear(a_single(wholesale), asked(discount=a_code("1")))

    assert verdict.price == verdict.floor == usd("0.10")
    assert not verdict.terms or not verdict.terms.subsidy


def test_a_supplier_s_code_never_draws_on_the_store_s_subsidy() -> None:
    wholesale = replace(GRANT, wholesale=usd("0.09"))

    verdict = clear(a_single(wholesale), asked(discount=a_code("1"), has_subsidy=True))

    assert verdict.price == usd("0.10")
    assert verdict.terms is not None
    assert not verdict.terms.subsidy


def test_nobody_lowers_another_s_price() -> None:
    (reason,) = clear(a_single(GRANT), asked(discount=a_code("1/5", giver_id=4_711))).reasons

    assert reason.code == "discount-foreign"


def test_a_code_of_the_store_costs_the_payees_nothing() -> None:
    full = clear(a_single(GRANT), QUESTION)
    less = clear(a_single(GRANT), asked(discount=a_code("1/2", giver_id=None)))

    assert (less.price, less.total) == (usd("0.07"), usd("0.133"))
    for number in (1, 2):
        before = [part.share for part in full.parts if part.purse == payee(number)]
        now = [part.share for part in less.parts if part.purse == payee(number)]
        assert now[0] * 133_000 == before[0] * 140_000
    assert less.terms is not None
    assert less.terms.subsidy == usd("0.063")
    assert {part.purse for part in less.parts} == {STORE, payee(1), payee(2)}


def test_a_sale_by_a_code_of_the_store_is_cleared_again_to_the_same_parts() -> None:
    fee = a_license(1, SOCIETY, Tariff(1, "Fifteen", percent=Fraction(15, 100)))
    item = a_single(
        GRANT,
        recording=a_recording(1, a_work(1, (WRITER, Fraction(1)))),
        register=a_register(licenses=[fee], mandates=[a_mandate(1, WRITER, SOCIETY)]),
    )
    sold = clear(item, asked(discount=a_code("1/2", giver_id=None)))
    assert sold.terms is not None

    again = clear(
        item,
        asked(has_subsidy=True),
        price=sold.terms.price,
        added_micro=sold.terms.subsidy.micro,
    )

    assert (again.usage, again.parts) == (sold.usage, sold.parts)


def test_the_store_s_code_stops_at_the_floor_unless_it_adds_subsidies() -> None:
    wholesale = replace(GRANT, wholesale=usd("0.09"))
    code = a_code("1", giver_id=None)

    assert clear(a_single(wholesale), asked(discount=code)).price == usd("0.10")
    subsidized = clear(a_single(wholesale), asked(discount=code, has_subsidy=True))
    assert subsidized.price == usd("0.01")


def test_a_price_within_a_bundle_takes_the_place_of_the_release_s_own() -> None:
    assert clear(ALBUM, asked(discount=with_price("0.20"))).price == usd("0.20")
    dearer = clear(ALBUM, asked(discount=with_price("99.00")))
    assert dearer.price == clear(ALBUM, QUESTION).price


def test_a_price_within_a_bundle_below_the_floor_is_refused_with_whose_it_is() -> None:
    wholesale = replace(GRANT, wholesale=usd("0.09"))

    (reason,) = clear(a_single(wholesale), asked(discount=with_price("0.099999"))).reasons

    assert (reason.code, reason.who) == ("below-floor", "Tin Records")


def test_what_was_paid_for_tracks_counts_within_a_bundle_too() -> None:
    album = ALBUM
    owned = asked(owned=frozenset({album.tracks[0].ref}), paid=usd("0.14"))

    assert clear(album, replace(owned, discount=with_price("0.20"))).price == usd("0.06")


def test_the_worked_offers_are_right() -> None:
    rows = worked_table("offers.md", "What clearance is told")

    assert len(rows) == 8
    for row in rows:
        is_open, off = row["case"].startswith("from"), row["off"]
        wholesale = "0.09" if "wholesale" in row["case"] else "0"
        terms = {"price": usd(row["price"]), "is_minimum": is_open, "wholesale": usd(wholesale)}
        item = a_single(replace(GRANT, **terms))
        question = QUESTION
        if row["paid before"]:
            item, owned = ALBUM, frozenset({ALBUM.tracks[0].ref})
            question = asked(owned=owned, paid=usd(row["paid before"]))
        if row["offered"]:
            question = replace(question, offered=usd(row["offered"]))
        if off:
            is_price = off.startswith("to ")
            discount = with_price(off[3:]) if is_price else a_code(str(part_of(off)))
            question = replace(question, discount=discount)

        verdict = clear(item, question)

        if row["pays"].startswith("refused"):
            assert f"`{verdict.reasons[0].code}`" in row["pays"]
        else:
            assert (verdict.price, verdict.floor) == (usd(row["pays"]), usd(row["floor"]))


@PATIENT
@given(
    item=items(),
    question=questions,
    part=st.fractions(Fraction(1, 100), 1),
    is_store=st.booleans(),
)
def test_law_a_discount_never_goes_below_the_floor_nor_above_the_price(
    item: Item, question: Question, part: Fraction, *, is_store: bool
) -> None:
    question = replace(question, has_subsidy=False)
    full = clear(item, question)
    if full.terms is None or full.price is None:
        return
    giver = None if is_store else (item.grants or item.tracks[0].grants)[0].licensor_id
    less = clear(item, replace(question, discount=a_code(str(part), giver_id=giver)))

    if less.terms is None:
        assert [reason.code for reason in less.reasons] == ["discount-foreign"]
        return
    assert less.terms.floor <= less.terms.price <= full.price
    assert sum(part.share for part in less.parts) == 1
    total = less.terms.price.micro + less.terms.subsidy.micro
    payees = [part for part in full.parts if part.purse.kind is PurseKind.PAYEE]
    if is_store and not full.usage:
        for one in payees:
            now = sum(part.share for part in less.parts if part.purse == one.purse)
            assert now * total >= one.share * full.price.micro
