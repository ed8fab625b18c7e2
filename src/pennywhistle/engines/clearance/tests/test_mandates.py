"""Mandates: a license reaches as far as the mandates behind it, and no further."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pennywhistle.engines.clearance import (
    LICENSE_FEE,
    License,
    Mandate,
    Right,
    clear,
)
from pennywhistle.engines.clearance.tests.licenses import (
    CO_WRITER,
    PUBLISHER,
    QUESTION,
    SOCIETY,
    STORE,
    WRITER,
    a_license,
    a_mandate,
    a_register,
    amounts,
    codes,
    payee,
)
from pennywhistle.engines.clearance.tests.songs import (
    FIFTEEN,
    IN_FULL,
    a_song,
)
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories


def test_a_society_without_mandates_that_licenses_everything_is_refused_by_name() -> None:
    """The story of the old store: it had a license of a society that nobody had mandated."""
    item = a_song((WRITER, 1), register=a_register(licenses=[IN_FULL]))

    verdict = clear(item, QUESTION)

    assert codes(verdict) == ["share-unlicensed", "license-without-mandate"]
    assert [reason.sentence for reason in verdict.reasons] == [
        "100 % of the work Work 1 (MECH) is not licensed in US.",
        "Tin Society licenses this store, but holds no mandate from Ann Writer for Work 1.",
    ]
    assert verdict.reasons[1].missing == "a mandate of Ann Writer for Tin Society"
    assert verdict.reasons[1].who == "Ann Writer"


def test_with_the_mandate_the_same_license_is_enough() -> None:
    register = a_register(mandates=[a_mandate(1, WRITER, SOCIETY)], licenses=[IN_FULL])

    verdict = clear(a_song((WRITER, 1), register=register), QUESTION)

    assert amounts(verdict) == {STORE: 14_000, payee(SOCIETY): 21_000, payee(1): 105_000}
    assert {part.role for part in verdict.parts} == {"", LICENSE_FEE, "MainArtist"}
    assert [link.code for link in verdict.chain if link.row == "Mandate-1"] == ["mandates"]


@pytest.mark.parametrize(
    "change",
    [
        {"rights": frozenset({Right.MAKING_AVAILABLE})},
        {"uses": frozenset({"Stream"})},
        {"territories": Territories.of("DE")},
        {"valid": Period(None, QUESTION.at)},
        {"repertoire": frozenset({"work-2"})},
        {"to_id": PUBLISHER},
    ],
)
def test_a_mandate_reaches_no_further_than_it_says(change: dict[str, object]) -> None:
    mandate = replace(a_mandate(1, WRITER, SOCIETY), **change)
    register = a_register(mandates=[mandate], licenses=[IN_FULL])

    assert "share-unlicensed" in codes(clear(a_song((WRITER, 1), register=register), QUESTION))


def test_r8_what_is_not_licensed_is_named_by_percent_work_and_owner() -> None:
    """R8: the master is licensed, the work to 60 %."""
    register = a_register(mandates=[a_mandate(1, WRITER, SOCIETY)], licenses=[IN_FULL])
    item = a_song((WRITER, "3/5"), (CO_WRITER, "2/5"), register=register)

    first, second = clear(item, QUESTION).reasons

    assert first.code == "share-unlicensed"
    assert first.sentence == "40 % of the work Work 1 (MECH) is not licensed in US."
    assert first.missing == "a license of Ben Writer, or of a society that Ben Writer has mandated"
    assert second.code == "license-without-mandate"


def test_r9_a_mandate_that_is_revoked_ends_the_sale_at_its_instant() -> None:
    """R9: revoked with effect from 2027-01-01."""
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    mandate = replace(a_mandate(1, WRITER, SOCIETY), valid=Period(None, new_year))
    item = a_song((WRITER, 1), register=a_register(mandates=[mandate], licenses=[IN_FULL]))

    before = clear(item, replace(QUESTION, at=new_year - timedelta(microseconds=1)))
    after = clear(item, replace(QUESTION, at=new_year))

    assert payee(SOCIETY) in amounts(before)
    assert codes(after) == ["share-unlicensed", "license-without-mandate"]


def test_a_mandated_society_without_a_license_is_asked_for_one() -> None:
    register = a_register(mandates=[a_mandate(1, WRITER, SOCIETY)], licenses=[])

    verdict = clear(a_song((WRITER, 1), register=register), QUESTION)

    assert codes(verdict) == ["share-unlicensed", "license-missing"]
    assert verdict.reasons[1].who == "Tin Society"


def test_a_right_given_exclusively_away_is_licensed_by_its_holder_alone() -> None:
    exclusive = replace(a_mandate(1, WRITER, PUBLISHER), is_exclusive=True)
    other = a_mandate(2, WRITER, SOCIETY)
    refused = a_register(mandates=[exclusive, other], licenses=[a_license(1, WRITER), IN_FULL])
    allowed = a_register(mandates=[exclusive], licenses=[a_license(2, PUBLISHER, FIFTEEN)])

    verdict = clear(a_song((WRITER, 1), register=refused), QUESTION)

    assert codes(verdict) == ["share-unlicensed", "given-away", "license-missing"]
    assert verdict.reasons[1].sentence == (
        "Ann Writer may not license it: the right was given exclusively to Tin Publishing."
    )
    verdict = clear(a_song((WRITER, 1), register=allowed), QUESTION)
    assert amounts(verdict)[payee(PUBLISHER)] == 21_000
    assert "exclusively-mandates" in [link.code for link in verdict.chain]


def test_a_right_given_exclusively_to_two_is_nobody_s_until_one_ends() -> None:
    exclusive = [
        replace(a_mandate(number, WRITER, holder), is_exclusive=True)
        for number, holder in enumerate((SOCIETY, PUBLISHER), start=1)
    ]
    item = a_song((WRITER, 1), register=a_register(mandates=exclusive, licenses=[IN_FULL]))

    verdict = clear(item, QUESTION)

    assert codes(verdict) == ["share-unlicensed", "mandates-contradict"]
    assert "Tin Publishing and Tin Society" in verdict.reasons[1].sentence


@pytest.mark.parametrize("is_exclusive", [False, True])
def test_circular_mandates_come_to_an_end(is_exclusive: bool) -> None:  # noqa: FBT001
    ring = [WRITER, SOCIETY, PUBLISHER, WRITER]
    mandates = [
        replace(a_mandate(number, from_id, to_id), is_exclusive=is_exclusive)
        for number, (from_id, to_id) in enumerate(pairwise(ring), start=1)
    ]
    itself = replace(a_mandate(9, WRITER, WRITER), is_exclusive=is_exclusive)
    register = a_register(mandates=[itself, *mandates], licenses=[])

    verdict = clear(a_song((WRITER, 1), register=register), QUESTION)

    assert codes(verdict)[0] == "share-unlicensed"


@pytest.mark.parametrize(("length", "is_licensed"), [(8, True), (9, False)])
def test_a_chain_of_mandates_has_at_most_eight_links(
    length: int,
    is_licensed: bool,  # noqa: FBT001
) -> None:
    parties = [WRITER, *range(100, 100 + length)]
    mandates = [
        a_mandate(number, from_id, to_id)
        for number, (from_id, to_id) in enumerate(pairwise(parties), start=1)
    ]
    register = a_register(mandates=mandates, licenses=[a_license(1, parties[-1], FIFTEEN)])

    assert clear(a_song((WRITER, 1), register=register), QUESTION).allowed is is_licensed


def licenses_of(*rights: Right) -> tuple[License, ...]:
    return tuple(replace(IN_FULL, rights=frozenset({right})) for right in rights)


@pytest.mark.parametrize("right", [Right.MECHANICAL, Right.MAKING_AVAILABLE])
def test_both_rights_must_be_licensed(right: Right) -> None:
    mandates: list[Mandate] = [a_mandate(1, WRITER, SOCIETY)]
    register = a_register(mandates=mandates, licenses=licenses_of(right))

    reason = clear(a_song((WRITER, 1), register=register), QUESTION).reasons[0]

    assert reason.code == "share-unlicensed"
    assert dict(reason.values)["right"] != right.value
