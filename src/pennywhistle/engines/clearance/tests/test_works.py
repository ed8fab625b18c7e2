"""Works: a license reaches as far as the mandates behind it, and what is contested is held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from pennywhistle.engines.clearance import (
    LICENSE_FEE,
    Item,
    License,
    LicenseSource,
    Mandate,
    PublicDomain,
    Recording,
    Register,
    Right,
    clear,
)
from pennywhistle.engines.clearance.tariff import Band, Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    CO_WRITER,
    GRANT,
    LABEL,
    PUBLISHER,
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
    amounts,
    an_album,
    codes,
    payee,
    share,
    sole,
    usd,
)
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.territories import Territories

FIFTEEN = Tariff(1, "Fifteen", percent=Fraction(15, 100))
IN_FULL = a_license(1, SOCIETY, FIFTEEN)
BY_LAW = replace(IN_FULL, unidentified_by="the law of the land")
FOR_BOTH = [a_mandate(1, WRITER, SOCIETY), a_mandate(2, CO_WRITER, SOCIETY)]
GRANT_ALONE = replace(GRANT, payees=sole(1))


def a_song(*claims: tuple[int, Fraction | str | int], register: Register) -> Item:
    """A track of one work with these claims on both of its rights."""
    work = a_work(1, *[(party_id, Fraction(part)) for party_id, part in claims])
    return a_single(GRANT_ALONE, recording=a_recording(1, work), register=register)


def held(code: str) -> Purse:
    return Purse(PurseKind.HELD, code=code)


def unclaimed(code: str) -> Purse:
    return Purse(PurseKind.UNCLAIMED, code=code)


# --- Mandates -------------------------------------------------------------------------------------


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


# --- Claims ---------------------------------------------------------------------------------------

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


# --- What only a law reaches ----------------------------------------------------------------------


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

    assert amounts(clear(item, in_germany)) == {STORE: 14_000, payee(1): 126_000}
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


def test_a_supplier_that_passes_its_license_on_pays_the_works_itself_in_the_us_alone() -> None:
    register = a_register(licenses=[])
    agreement = replace(register.agreements[LABEL][0], us_source=LicenseSource.PASS_THROUGH)
    register = replace(register, agreements={LABEL: (agreement,)})
    item = a_song((WRITER, 1), register=register)

    assert amounts(clear(item, QUESTION)) == {STORE: 14_000, payee(1): 126_000}
    assert "share-unlicensed" in codes(clear(item, replace(QUESTION, territory="DE")))


# --- Tariffs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tariff", "code"),
    [
        (Tariff(1, "No currency", track_minimum_micro=70_000), "tariff-currency"),
        (Tariff(1, "Nothing"), "tariff-empty"),
        (Tariff(1, "Too much", percent=Fraction(2)), "tariff-percent"),
        (Tariff(1, "Bands", "USD", bands=(Band(2, 1), Band(1, 1))), "tariff-bands"),
    ],
)
def test_a_tariff_that_contradicts_itself_is_refused(tariff: Tariff, code: str) -> None:
    item = a_song((WRITER, 1), register=a_register(licenses=[a_license(1, WRITER, tariff)]))

    (reason,) = clear(item, QUESTION).reasons

    assert reason.code == "tariff-invalid"
    assert dict(reason.values)["code"] == code


def test_of_two_tariffs_the_one_in_the_sale_s_currency_counts() -> None:
    euros = a_license(3, WRITER, Tariff(3, "In euros", "EUR", track_minimum_micro=70_000))
    dollars = a_license(2, WRITER, Tariff(2, "In dollars", "USD", track_minimum_micro=50_000))

    both = clear(a_song((WRITER, 1), register=a_register(licenses=[euros, dollars])), QUESTION)
    one = clear(a_song((WRITER, 1), register=a_register(licenses=[euros])), QUESTION)

    assert amounts(both)[payee(WRITER)] == 50_000
    assert codes(one) == ["tariff-currency"]


US_2026 = Tariff(
    9, "US 2026", "USD", track_minimum_micro=131_000, per_minute_micro=25_200, is_per_work=True
)


@pytest.mark.parametrize(
    ("duration_ms", "works", "fee", "is_allowed"),
    [
        (210_000, 1, 131_000, True),
        (300_000, 1, 131_000, True),
        (301_000, 1, 151_200, False),
        (370_000, 1, 176_400, False),
        (210_000, 2, 262_000, False),
    ],
)
def test_t6_the_american_mechanical_is_the_floor(
    duration_ms: int,
    works: int,
    fee: int,
    is_allowed: bool,  # noqa: FBT001
) -> None:
    """T6 and T6b: at 0.14 with nothing for anybody else."""
    parts = [a_work(number, (WRITER, 1), part=Fraction(1, works)) for number in range(works)]
    recording = a_recording(1, *parts, duration_ms=duration_ms)
    register = a_register(licenses=[a_license(1, WRITER, US_2026)])
    question = replace(QUESTION, store_share=Fraction(0), has_subsidy=False)
    item = a_single(GRANT_ALONE, recording=recording, register=register)

    verdict = clear(item, question)

    assert verdict.allowed is is_allowed
    assert codes(verdict) == ([] if is_allowed else ["below-floor"])
    subsidized = clear(item, replace(question, has_subsidy=True))
    assert subsidized.floor == usd(f"{fee / 1_000_000}")
    assert amounts(subsidized)[payee(WRITER)] == fee


def test_the_operator_s_subsidy_pays_what_a_low_price_leaves_open() -> None:
    register = a_register(licenses=[a_license(1, WRITER, US_2026)])
    item = a_single(
        replace(GRANT_ALONE, wholesale=usd("0.05")), recording=a_recording(), register=register
    )

    verdict = clear(item, replace(QUESTION, has_subsidy=True))

    assert verdict.terms is not None
    assert (verdict.price, verdict.floor) == (usd("0.14"), usd("0.201112"))
    assert verdict.terms.subsidy == usd("0.055")
    assert verdict.total == usd("0.195")
    assert amounts(verdict) == {STORE: 14_000, payee(1): 50_000, payee(WRITER): 131_000}


def test_t10_a_british_sale_with_tax_tariff_and_seven_masters() -> None:
    tariff = Tariff(1, "OML", "USD", percent=Fraction(8, 100), track_minimum_micro=50_000)
    register = a_register(licenses=[a_license(1, WRITER, tariff)])
    grant = replace(GRANT, payees=tuple(sole(number)[0] for number in range(1, 8)))
    grant = replace(
        grant, payees=tuple(replace(each, share=Fraction(1, 7)) for each in grant.payees)
    )
    question = replace(QUESTION, territory="DE", tax_rate=Fraction(1, 5))

    verdict = clear(a_single(grant, register=register), question)

    exact = {part.purse: part.share * 140_000 for part in verdict.parts}
    assert exact[Purse(PurseKind.TAX, code="DE")] == Fraction(140_000, 6)
    assert exact[STORE] == Fraction(140_000, 12)
    assert exact[payee(WRITER)] == 50_000
    assert exact[payee(1)] == 55_000 / Fraction(7)
    assert sum(amounts(verdict).values()) == 140_000


def test_an_album_s_minimum_counts_for_whole_albums_and_tracks_minima_for_the_rest() -> None:
    tariff = Tariff(1, "SACEM", "USD", track_minimum_micro=70_000, album_minimum_micro=100_000)
    album = replace(
        an_album("0.14", "0.14"), register=a_register(licenses=[a_license(1, WRITER, tariff)])
    )
    one_to_come = replace(QUESTION, owned=frozenset({"track:1"}), paid=usd("0.30"))

    whole, rest = clear(album, QUESTION), clear(album, one_to_come)

    assert amounts(whole)[payee(WRITER)] == 100_000
    assert amounts(rest)[payee(WRITER)] == 70_000
    # 0.35 less 0.30 would not pay the 0.07: the price stops at the floor.
    assert rest.price == rest.floor == usd("0.077778")


def test_completing_a_subsidized_album_never_costs_more_than_the_album() -> None:
    album = an_album("0.14", "0.14", "0.14", price="0.35", track_wholesale="0.20")
    question = replace(QUESTION, owned=frozenset({"track:1"}), paid=usd("0.14"), has_subsidy=True)

    verdict = clear(album, question)

    assert (verdict.price, verdict.floor) == (usd("0.35"), usd("0.444445"))
    assert verdict.total == usd("0.435")


def test_what_is_reported_is_what_is_owed_work_by_work() -> None:
    works = [
        a_work(1, (WRITER, 1), part=Fraction(2, 3)),
        a_work(2, (CO_WRITER, 1), part=Fraction(1, 3)),
    ]
    register = a_register(mandates=FOR_BOTH, licenses=[IN_FULL])
    item = a_single(GRANT_ALONE, recording=a_recording(1, *works), register=register)

    verdict = clear(item, QUESTION)

    assert [(each.license_id, each.subject, each.share * 140_000) for each in verdict.usage] == [
        (1, "work-1", 14_000),
        (1, "work-2", 7_000),
    ]


def licenses_of(*rights: Right) -> tuple[License, ...]:
    return tuple(replace(IN_FULL, rights=frozenset({right})) for right in rights)


@pytest.mark.parametrize("right", [Right.MECHANICAL, Right.MAKING_AVAILABLE])
def test_both_rights_must_be_licensed(right: Right) -> None:
    mandates: list[Mandate] = [a_mandate(1, WRITER, SOCIETY)]
    register = a_register(mandates=mandates, licenses=licenses_of(right))

    reason = clear(a_song((WRITER, 1), register=register), QUESTION).reasons[0]

    assert reason.code == "share-unlicensed"
    assert dict(reason.values)["right"] != right.value
