"""Claims on works: what is contested or nobody's is kept apart, and the rest is paid."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from pennywhistle.engines.clearance import (
    LicenseSource,
    PublicDomain,
    Recording,
    clear,
)
from pennywhistle.engines.clearance.tests.licenses import (
    CO_WRITER,
    GRANT,
    LABEL,
    QUESTION,
    SOCIETY,
    STORE,
    WRITER,
    a_license,
    a_recording,
    a_register,
    a_single,
    a_work,
    amounts,
    codes,
    payee,
    share,
)
from pennywhistle.engines.clearance.tests.songs import (
    BY_LAW,
    FIFTEEN,
    FOR_BOTH,
    GRANT_ALONE,
    IN_FULL,
    a_song,
    held,
    unclaimed,
)
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

CLAIMS = {
    "t12 60+60": (("3/5", "3/5"), 16_800, {"claims": 4_200}),
    "t12 100+100": (("1", "1"), 0, {"claims": 21_000}),
    "r14 60+50": (("3/5", "1/2"), 18_900, {"claims": 2_100}),
    "t13 50+25": (("1/2", "1/4"), 15_750, {"unclaimed": 5_250}),
    "t14 33.33 twice and the rest": (("3333/10000", "6666/10000"), 21_000, {}),
}


@pytest.mark.parametrize(("claims", "paid", "apart"), CLAIMS.values(), ids=CLAIMS.keys())
def test_only_what_is_contested_or_nobody_s_is_kept_apart(
    claims: tuple[str, str], paid: int, apart: dict[str, int]
) -> None:
    """T12, T13, T14, R14: of a fee of 0.021, by purse."""
    register = a_register(mandates=FOR_BOTH, licenses=[BY_LAW])
    item = a_song((WRITER, claims[0]), (CO_WRITER, claims[1]), register=register)

    verdict = clear(item, QUESTION)

    shared = amounts(verdict)
    purses = {"claims": held, "unclaimed": unclaimed}
    assert shared.get(payee(SOCIETY), 0) == paid
    for reason, micro in apart.items():
        assert shared[purses[reason](f"{reason}:work-1:US:2026")] == micro
    assert sum(shared.values()) == 140_000
    assert len(verdict.holds) == len(apart)


def test_r14_the_claimants_are_told_by_how_much_they_claim_too_much() -> None:
    register = a_register(mandates=FOR_BOTH, licenses=[IN_FULL])
    item = a_song((WRITER, "3/5"), (CO_WRITER, "1/2"), register=register)

    (hold,) = clear(item, QUESTION).holds

    assert hold.sentence == "The shares of Work 1 are claimed to 110 %; the contested part is held."
    assert hold.who == "Ann Writer and Ben Writer"


def test_contested_claims_under_two_licenses_are_held_under_each() -> None:
    dear = replace(FIFTEEN, percent=Fraction(30, 100), is_by_repertoire=True)
    cheap = replace(FIFTEEN, id=2, is_by_repertoire=True)
    register = a_register(
        licenses=[a_license(1, WRITER, dear), a_license(2, CO_WRITER, cheap)],
    )
    item = a_song((WRITER, "3/5"), (CO_WRITER, "3/5"), register=register)

    shared = amounts(clear(item, QUESTION))

    # Each is owed 40 % under its own tariff, and half of the contested 20 % is held under each.
    assert shared[payee(WRITER)] == 140_000 * 30 // 100 * 2 // 5
    assert shared[payee(CO_WRITER)] == 140_000 * 15 // 100 * 2 // 5
    assert shared[held("claims:work-1:US:2026")] == 140_000 * (30 + 15) // 100 // 10


def test_two_rows_of_one_party_do_not_contest_each_other() -> None:
    register = a_register(mandates=FOR_BOTH, licenses=[IN_FULL])
    item = a_song((WRITER, "1/2"), (WRITER, "3/10"), (CO_WRITER, "2/5"), register=register)

    shared = amounts(clear(item, QUESTION))

    # 80 % and 40 %: 60 and 20 are undisputed.
    assert shared[held("claims:work-1:US:2026")] == 4_200
    assert shared[payee(SOCIETY)] == 16_800


def test_contested_claims_within_the_supplier_s_split_hold_nothing() -> None:
    register = a_register(licenses=[a_license(1, WRITER), a_license(2, CO_WRITER)])
    item = a_song((WRITER, 1), (CO_WRITER, 1), register=register)

    verdict = clear(item, QUESTION)

    assert (verdict.allowed, verdict.holds) == (True, ())
    assert amounts(verdict) == {STORE: 14_000, payee(1): 126_000}


@pytest.mark.parametrize("claims", [["6/5"], ["3/5", "3/5"], ["3/2", "-1/2"]])
def test_a_claim_that_cannot_be_is_refused(claims: list[str]) -> None:
    register = a_register(mandates=FOR_BOTH, licenses=[IN_FULL])
    item = a_song(*[(WRITER, claim) for claim in claims], register=register)
    negative = "-1/2" in claims

    verdict = clear(item, QUESTION)

    assert codes(verdict) == ["share-invalid"]
    assert verdict.reasons[0].who == "Ann Writer"
    assert ("100 %" if negative else "120 %") in verdict.reasons[0].sentence


@pytest.mark.parametrize("claims", [[], [(WRITER, 0)], [(WRITER, 0), (CO_WRITER, 0)]])
def test_shares_that_sum_to_0_belong_to_nobody_on_record(claims: list[tuple[int, int]]) -> None:
    register = a_register(mandates=FOR_BOTH, licenses=[IN_FULL])

    verdict = clear(a_song(*claims, register=register), QUESTION)

    assert codes(verdict) == ["share-unknown"]
    assert verdict.reasons[0].sentence == (
        "100 % of the work Work 1 (MECH) belongs to nobody on record."
    )


def test_works_that_nobody_knows_are_refused_without_a_law() -> None:
    nothing_known = Recording(1, 210_000, (share(1, LABEL),), ())
    item = a_single(GRANT_ALONE, recording=nothing_known)
    by_law = replace(item, register=a_register(licenses=[BY_LAW]))

    assert codes(clear(item, QUESTION)) == ["work-unknown"]
    verdict = clear(by_law, QUESTION)
    assert amounts(verdict)[unclaimed("unidentified:recording-1:US:2026")] == 21_000
    assert [hold.code for hold in verdict.holds] == ["unidentified"]


def test_a_law_reaches_an_owner_who_mandated_nobody_and_the_chain_says_so() -> None:
    item = a_song((WRITER, 1), register=a_register(licenses=[BY_LAW]))

    verdict = clear(item, QUESTION)

    assert amounts(verdict)[payee(SOCIETY)] == 21_000
    assert "By the law of the land the license of Tin Society reaches owners that mandated" in (
        " ".join(link.sentence for link in verdict.chain)
    )


def test_a_free_work_asks_nothing_where_and_while_it_is_free() -> None:
    free = PublicDomain(Territories.of("DE"), Period(QUESTION.at, None))
    work = replace(a_work(1, (WRITER, 1)), public_domain=(free,))
    item = a_single(GRANT_ALONE, recording=a_recording(1, work), register=a_register(licenses=[]))
    in_germany = replace(QUESTION, territory="DE")

    verdict = clear(item, in_germany)
    assert amounts(verdict) == {STORE: 14_000, payee(1): 126_000}
    assert "The work Work 1 is in the public domain in DE." in [
        link.sentence for link in verdict.chain
    ]
    assert not clear(item, QUESTION).allowed
    earlier = replace(in_germany, at=QUESTION.at - timedelta(days=1))
    assert not clear(item, earlier).allowed


@pytest.mark.parametrize("parts", [["1", "1"], ["1/2", "0"], ["3/2", "-1/2"]])
def test_works_that_are_more_than_the_recording_or_no_part_of_it_are_refused(
    parts: list[str],
) -> None:
    works = [a_work(number, (WRITER, 1), part=Fraction(part)) for number, part in enumerate(parts)]

    assert codes(clear(a_single(GRANT, recording=a_recording(1, *works)), QUESTION)) == [
        "work-parts"
    ]


def test_works_that_are_nearly_the_whole_recording_are_the_whole() -> None:
    works = [a_work(number, (WRITER, 1), part=Fraction(3333, 10_000)) for number in range(3)]
    by_repertoire = replace(FIFTEEN, is_by_repertoire=True)
    register = a_register(licenses=[a_license(1, WRITER, by_repertoire)])

    verdict = clear(
        a_single(GRANT_ALONE, recording=a_recording(1, *works), register=register), QUESTION
    )

    assert amounts(verdict)[payee(WRITER)] == 21_000


def test_a_supplier_that_passes_its_license_on_pays_the_works_itself_in_the_us_alone() -> None:
    register = a_register(licenses=[])
    agreement = replace(register.agreements[LABEL][0], us_source=LicenseSource.PASS_THROUGH)
    register = replace(register, agreements={LABEL: (agreement,)})
    item = a_song((WRITER, 1), register=register)

    assert amounts(clear(item, QUESTION)) == {STORE: 14_000, payee(1): 126_000}
    assert "share-unlicensed" in codes(clear(item, replace(QUESTION, territory="DE")))
