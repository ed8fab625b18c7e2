"""What the authors are owed: tariffs in a sale, its floor, and what the operator adds."""

from dataclasses import replace
from fractions import Fraction

import pytest

from pennywhistle.engines.clearance import (
    WORK_RIGHTS,
    Right,
    clear,
)
from pennywhistle.engines.clearance.tariff import Band, Base, Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    CO_WRITER,
    GRANT,
    QUESTION,
    STORE,
    WRITER,
    a_license,
    a_recording,
    a_register,
    a_single,
    a_work,
    amounts,
    an_album,
    codes,
    payee,
    sole,
    usd,
)
from pennywhistle.engines.clearance.tests.songs import (
    FOR_BOTH,
    GRANT_ALONE,
    IN_FULL,
    a_song,
    unclaimed,
)
from pennywhistle.kernel.purse import Purse, PurseKind


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


def test_a_percentage_of_a_wholesale_price_that_nobody_stated_is_refused() -> None:
    tariff = Tariff(1, "Of PPD", percent=Fraction(8, 100), base=Base.PPD)
    register = a_register(licenses=[a_license(1, WRITER, tariff)])
    stated = replace(GRANT, wholesale=usd("0.05"))
    album = replace(an_album("0.14", "0.14", track_wholesale="0.05"), register=register)

    (reason,) = clear(a_single(GRANT, register=register), QUESTION).reasons
    verdict = clear(a_single(stated, register=register), QUESTION)

    assert (reason.code, reason.who) == ("no-wholesale", "Tin Records")
    assert amounts(verdict)[payee(WRITER)] == 4_000
    # An album's own wholesale price is what counts for the album.
    assert codes(clear(album, QUESTION)) == ["no-wholesale"]


def test_amounts_are_owed_whatever_the_wholesale_price_is() -> None:
    tariff = Tariff(1, "Amounts", "USD", track_minimum_micro=50_000, base=Base.PPD)
    item = a_single(GRANT, register=a_register(licenses=[a_license(1, WRITER, tariff)]))

    assert amounts(clear(item, QUESTION))[payee(WRITER)] == 50_000


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


@pytest.mark.parametrize(
    ("covered", "rights", "least_micro"),
    [
        (("1", "0"), WORK_RIGHTS, 131_000),
        (("1", "1"), WORK_RIGHTS, 262_000),
        (("1/2", "1/2"), WORK_RIGHTS, 131_000),
        (("1/4", "0"), WORK_RIGHTS, 32_750),
        # A tariff asks for both rights: a license of one of them is half of the repertoire.
        (("1", "1"), WORK_RIGHTS[:1], 131_000),
    ],
)
def test_pro_rata_each_work_of_a_medley_owes_its_own_licensed_part(
    covered: tuple[str, str], rights: tuple[Right, ...], least_micro: int
) -> None:
    works = [
        a_work(number, (WRITER, ours), (CO_WRITER, 1 - ours), part=part)
        for number, (part, ours) in enumerate(
            zip((Fraction(1, 3), Fraction(2, 3)), map(Fraction, covered), strict=True), start=1
        )
    ]
    pro_rata = replace(US_2026, is_by_repertoire=True)
    licenses = [
        replace(a_license(2, WRITER, pro_rata), rights=frozenset(rights)),
        replace(a_license(1, WRITER), rights=frozenset(WORK_RIGHTS) - frozenset(rights)),
        a_license(3, CO_WRITER),
    ]
    item = a_single(
        replace(GRANT_ALONE, price=usd("0.99")),
        recording=a_recording(1, *works),
        register=a_register(licenses=licenses),
    )

    assert amounts(clear(item, QUESTION))[payee(WRITER)] == least_micro


def test_an_unknown_part_of_a_recording_counts_as_a_work_of_its_own() -> None:
    license_ = replace(a_license(1, WRITER, US_2026), unidentified_by="a law")
    half = a_work(1, (WRITER, 1), part=Fraction(1, 2))
    item = a_single(
        replace(GRANT_ALONE, price=usd("0.99")),
        recording=a_recording(1, half),
        register=a_register(licenses=[license_]),
    )

    shared = amounts(clear(item, QUESTION))

    # Twice the least of a track, and half of it is nobody's yet.
    assert shared[payee(WRITER)] == shared[unclaimed("unidentified:recording-1:US:2026")] == 131_000
