"""Laws of clearance, over registers of any shape: what is added, ended, or asked elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance import (
    WORK_RIGHTS,
    Item,
    License,
    LicenseSource,
    Mandate,
    PublicDomain,
    Question,
    Recording,
    Register,
    Right,
    Share,
    Track,
    Transfer,
    Verdict,
    Work,
    clear,
    next_change,
    survey,
)
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    DOWNLOADS,
    GRANT,
    LABEL,
    NOON,
    QUESTION,
    REGISTER,
    a_mandate,
    payees,
    usd,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

PARTIES = [LABEL, 8, 50, 51, 60, 61]
PRICE_REFUSALS = {"below-floor", "no-floor", "tariff-currency"}

WORLD = Territories.worldwide()
sets = st.sampled_from(
    [WORLD, WORLD - Territories.of("US"), Territories.of("US", "DE"), Territories.of("DE", "FR")]
)
days = st.integers(-2, 2).map(lambda count: NOON + timedelta(days=count))
parties = st.sampled_from(PARTIES)
writers = st.sampled_from([50, 51, 60])
rights = st.sets(st.sampled_from([Right.MASTER, *WORK_RIGHTS]), min_size=1).map(frozenset)
work_rights = st.sampled_from([frozenset(WORK_RIGHTS)] * 7 + [frozenset(WORK_RIGHTS[:1])])
CLAIMS = [["1"], ["1"], ["1/2", "1/2"], ["1/3"] * 3, ["3/5", "3/5"], ["1/2", "1/4"], ["1", "0"]]
claims_made = st.sampled_from([[Fraction(part) for part in several] for several in CLAIMS])


def mostly(usual: object, others: st.SearchStrategy) -> st.SearchStrategy:
    """Nine times in ten the usual, else one of the others: what is sold must be among them."""
    return st.integers(0, 9).flatmap(lambda dice: others if dice == 0 else st.just(usual))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, end = draw(st.none() | days), draw(st.none() | days)
    return Period(None, None) if start and end and end <= start else Period(start, end)


often_always = mostly(Period.always(), periods())
often_worldwide = mostly(WORLD, sets)


@st.composite
def mandates(draw: st.DrawFn, number: int, *, may_exclude: bool = True) -> Mandate:
    return replace(
        a_mandate(number, draw(parties), draw(parties)),
        rights=draw(rights),
        territories=draw(often_worldwide),
        valid=draw(often_always),
        is_exclusive=may_exclude and draw(st.integers(0, 5)) == 0,
        repertoire=draw(st.sampled_from([None, None, frozenset({"work-1", "recording-1"})])),
    )


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff | None:
    if draw(st.booleans()):
        return None
    return Tariff(
        id=1,
        name="any",
        currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
        percent=Fraction(draw(st.integers(1, 30)), 100),
        track_minimum_micro=draw(st.integers(0, 60_000)),
        is_by_repertoire=draw(st.booleans()),
        is_per_work=draw(st.booleans()),
    )


@st.composite
def licenses(draw: st.DrawFn, number: int, licensor_id: int | None = None) -> License:
    return License(
        id=number,
        licensor_id=draw(parties) if licensor_id is None else licensor_id,
        rights=draw(work_rights),
        uses=DOWNLOADS,
        territories=draw(often_worldwide),
        valid=draw(often_always),
        tariff=draw(tariffs()),
        unidentified_by=draw(st.sampled_from(["", "", "", "the law"])),
    )


@st.composite
def shares(draw: st.DrawFn, number: int, party_id: int, right: Right, part: Fraction) -> Share:
    return Share(
        id=number,
        party_id=party_id,
        right=right,
        role="owner",
        part=part,
        territories=draw(often_worldwide),
        valid=draw(often_always),
    )


@st.composite
def works(draw: st.DrawFn, number: int, part: Fraction) -> Work:
    claims = tuple(
        draw(shares(1_000 * number + 2 * place + which, party_id, right, claimed))
        for place, claimed in enumerate(draw(claims_made))
        for party_id in [draw(writers)]
        for which, right in enumerate(WORK_RIGHTS)
    )
    free = draw(mostly((), st.builds(lambda *free: (PublicDomain(*free),), sets, periods())))
    return Work(number, f"Work {number}", part, claims, free)


@st.composite
def recordings(draw: st.DrawFn, number: int) -> Recording:
    whole = Fraction(1)
    divided = draw(mostly([whole], st.sampled_from([[whole / 2, whole / 2], [whole / 2]])))
    owner_id = draw(mostly(LABEL, parties))
    owner = draw(shares(number, owner_id, Right.MASTER, Fraction(1)))
    held = tuple(draw(works(10 * number + place, part)) for place, part in enumerate(divided))
    return Recording(number, draw(st.integers(1_000, 600_000)), (owner,), held)


@st.composite
def tracks(draw: st.DrawFn, number: int) -> Track:
    grants = tuple(
        replace(
            GRANT,
            id=100 * number + place,
            licensor_id=draw(mostly(LABEL, st.just(8))),
            territories=draw(often_worldwide),
            valid=draw(often_always),
            price=draw(mostly(usd("0.99"), st.sampled_from([usd("0.14"), None]))),
            wholesale=Money(draw(st.integers(0, 90_000)), "USD"),
            payees=payees(Fraction(1, 3), Fraction(2, 3)),
        )
        for place in range(draw(st.integers(1, 2)))
    )
    return Track(f"track:{number}", f"Track {number}", draw(recordings(number)), grants)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    given_: dict[int, tuple[Mandate, ...]] = {}
    for number in range(draw(st.integers(0, 5))):
        mandate = draw(mandates(number))
        given_[mandate.from_id] = (*given_.get(mandate.from_id, ()), mandate)
    licensed: dict[int, tuple[License, ...]] = {}
    for number, licensor_id in enumerate(draw(mostly([50, 51, 60, 61], st.lists(parties)))):
        license_ = draw(licenses(number, licensor_id))
        licensed[license_.licensor_id] = (*licensed.get(license_.licensor_id, ()), license_)
    source = draw(mostly(LicenseSource.BLANKET, st.sampled_from([None, *LicenseSource])))
    agreements = {
        supplier: tuple(replace(each, us_source=source) for each in REGISTER.agreements[supplier])
        for supplier in (LABEL, 8)
    }
    transfers = draw(st.sampled_from([(), (Transfer(1, LABEL, 8, Period.always()),)]))
    return Register(REGISTER.names, given_, licensed, agreements, transfers=transfers)


@st.composite
def items(draw: st.DrawFn) -> Item:
    found = tuple(draw(tracks(number)) for number in range(1, draw(st.integers(1, 2)) + 1))
    is_release = draw(st.booleans())
    own = replace(GRANT, id=99, payees=(), price=usd("1.20"), territories=draw(often_worldwide))
    return Item(
        ref="release:1" if is_release else found[0].ref,
        title="Tin Weather",
        supplier="Tin Supply",
        is_published=True,
        tracks=found if is_release else found[:1],
        grants=(own,) if is_release else (),
        is_release=is_release,
        register=draw(registers()),
    )


questions = st.builds(
    lambda territory, at, rate, subsidy: replace(
        QUESTION, territory=territory, at=at, tax_rate=Fraction(rate, 100), has_subsidy=subsidy
    ),
    st.sampled_from(["US", "DE", "FR", "JP"]),
    days,
    st.sampled_from([0, 20]),
    st.booleans(),
)


def refused_for_price_only(verdict: Verdict) -> bool:
    """Whether only a dearer license stands in the way."""
    return {reason.code for reason in verdict.reasons} <= PRICE_REFUSALS


@given(item=items(), question=questions)
def test_law_parts_sum_to_one_or_a_reason_has_words(item: Item, question: Question) -> None:
    verdict = clear(item, question)

    if verdict.allowed:
        assert sum(part.share for part in verdict.parts) == 1
        assert all(part.share > 0 for part in verdict.parts)
        assert all(part.purse for part in verdict.parts)
        assert all(link.sentence for link in verdict.chain)
        fees = sum(each.share for each in verdict.usage)
        assert 0 <= fees <= 1
    else:
        for reason in verdict.reasons:
            assert reason.letter(item="x", territory="DE", store="y")
    assert len(verdict.digest) == 32


@given(item=items(), question=questions)
def test_law_the_floor_is_allowed_and_a_micro_unit_less_is_not(
    item: Item, question: Question
) -> None:
    question = replace(question, has_subsidy=False)
    verdict = clear(item, question)

    if verdict.floor:
        below = Money(verdict.floor.micro - 1, "USD")
        above = Money(verdict.floor.micro + 12_345, "USD")
        assert clear(item, question, price=verdict.floor).allowed
        assert clear(item, question, price=above).allowed
        assert clear(item, question, price=below).reasons[0].code == "below-floor"


@given(item=items(), question=questions, added=mandates(90, may_exclude=False))
def test_law_an_added_mandate_that_is_not_exclusive_forbids_by_a_dearer_price_only(
    item: Item, question: Question, added: Mandate
) -> None:
    given_ = dict(item.register.mandates)
    given_[added.from_id] = (*given_.get(added.from_id, ()), added)
    more = replace(item, register=replace(item.register, mandates=given_))

    if clear(item, question).allowed:
        assert refused_for_price_only(clear(more, question))


@given(item=items(), question=questions, added=licenses(90))
def test_law_an_added_license_forbids_by_a_dearer_price_only(
    item: Item, question: Question, added: License
) -> None:
    licensed = dict(item.register.licenses)
    licensed[added.licensor_id] = (*licensed.get(added.licensor_id, ()), added)
    more = replace(item, register=replace(item.register, licenses=licensed))

    if clear(item, question).allowed:
        assert refused_for_price_only(clear(more, question))


@given(item=items(), question=questions, territories=sets, valid=periods())
def test_law_a_grant_added_on_the_same_terms_never_forbids(
    item: Item, question: Question, territories: Territories, valid: Period
) -> None:
    verdict = clear(item, question)
    more = replace(
        item,
        tracks=tuple(
            replace(track, grants=(*track.grants, *(_again(g, territories, valid) for g in relied)))
            for track in item.tracks
            for relied in [[g for g in track.grants if g.id in verdict.relied_on]]
        ),
    )

    if verdict.allowed:
        after = clear(more, question)
        assert after.allowed
        assert (after.price, after.parts) == (verdict.price, verdict.parts)


def _again(grant, territories: Territories, valid: Period):
    return replace(grant, id=grant.id + 5_000, territories=territories, valid=valid)


@given(item=items(), question=questions, later=st.integers(1, 9))
def test_law_ending_a_row_later_never_changes_an_answer(
    item: Item, question: Question, later: int
) -> None:
    """What holds at an instant is decided by what holds then, whenever it ends after that."""
    end = question.at + timedelta(days=later)

    before, after = clear(item, question), clear(_ended(item, end), question)

    assert (before.price, before.floor, before.parts) == (after.price, after.floor, after.parts)
    assert [reason.code for reason in before.reasons] == [reason.code for reason in after.reasons]
    assert [(code, row.id) for code, row, _ in before.basis] == [
        (code, row.id) for code, row, _ in after.basis
    ]
    # The old facts are still there to be asked, and say the same in the same words.
    assert clear(item, question).digest == before.digest


def _ended(item: Item, end) -> Item:
    """The item with every row ended, whatever it said, unless it had ended before."""

    def ended(row):
        valid = row.valid
        if valid.starts_at is not None and valid.starts_at >= end:
            return row
        if valid.ends_at is not None and valid.ends_at <= end:
            return row
        return replace(row, valid=Period(valid.starts_at, end))

    def all_ended(rows):
        return {key: tuple(map(ended, several)) for key, several in rows.items()}

    register = item.register
    return replace(
        item,
        grants=tuple(map(ended, item.grants)),
        tracks=tuple(
            replace(
                track,
                grants=tuple(map(ended, track.grants)),
                recording=replace(
                    track.recording,
                    shares=tuple(map(ended, track.recording.shares)),
                    works=tuple(
                        replace(
                            work,
                            shares=tuple(map(ended, work.shares)),
                            public_domain=tuple(map(ended, work.public_domain)),
                        )
                        for work in track.recording.works
                    ),
                ),
            )
            for track in item.tracks
        ),
        register=replace(
            register,
            mandates=all_ended(register.mandates),
            licenses=all_ended(register.licenses),
            agreements=all_ended(register.agreements),
            transfers=tuple(map(ended, register.transfers)),
        ),
    )


@given(item=items(), question=questions)
def test_law_nothing_changes_before_the_next_change(item: Item, question: Question) -> None:
    until = next_change(item, question.at)
    last = question.at + timedelta(days=30) if until is None else until - timedelta(microseconds=1)

    assert until is None or until > question.at
    assert clear(item, replace(question, at=last)).digest == clear(item, question).digest


RATES = {"DE": Fraction(19, 100), "FR": Fraction(20, 100), "AT": Fraction(20, 100)}


@given(item=items(), question=questions)
def test_law_a_survey_agrees_with_clearing_each_territory(item: Item, question: Question) -> None:
    areas = survey(item, question, RATES)

    assert sum(len(area.territories) for area in areas) == len(TERRITORY_CODES)
    for area in areas:
        for code in [*area.territories.codes[:2], *RATES, "US", "JP"]:
            if code not in area.territories:
                continue
            asked = replace(question, territory=code, tax_rate=RATES.get(code, Fraction(0)))
            alone, shown = clear(item, asked), area.verdict
            assert (alone.price, alone.floor, alone.total) == (
                shown.price,
                shown.floor,
                shown.total,
            )
            assert [r.code for r in alone.reasons] == [r.code for r in shown.reasons]
            assert [p.share for p in alone.parts] == [p.share for p in shown.parts]
            assert [(c, r.id) for c, r, _ in alone.basis] == [(c, r.id) for c, r, _ in shown.basis]
