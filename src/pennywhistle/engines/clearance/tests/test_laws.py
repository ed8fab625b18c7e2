"""Laws of clearance, over registers of any shape: what is added, ended, or asked elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance import (
    Item,
    License,
    Mandate,
    Question,
    Right,
    Share,
    Verdict,
    clear,
    next_change,
    survey,
)
from pennywhistle.engines.clearance.tests.registers import (
    PATIENT,
    items,
    licenses,
    mandates,
    periods,
    questions,
    sets,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

PRICE_REFUSALS = {"below-floor", "no-floor", "no-wholesale", "tariff-currency"}


def refused_for_price_only(verdict: Verdict) -> bool:
    """Whether only a dearer license stands in the way."""
    return {reason.code for reason in verdict.reasons} <= PRICE_REFUSALS


@PATIENT
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


@PATIENT
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


@PATIENT
@given(item=items(), question=questions, added=mandates(90, may_exclude=False))
def test_law_an_added_mandate_that_is_not_exclusive_forbids_by_a_dearer_price_only(
    item: Item, question: Question, added: Mandate
) -> None:
    given_ = dict(item.register.mandates)
    given_[added.from_id] = (*given_.get(added.from_id, ()), added)
    more = replace(item, register=replace(item.register, mandates=given_))

    if clear(item, question).allowed:
        assert refused_for_price_only(clear(more, question))


@PATIENT
@given(item=items(), question=questions, added=licenses(90))
def test_law_an_added_license_forbids_by_a_dearer_price_only(
    item: Item, question: Question, added: License
) -> None:
    licensed = dict(item.register.licenses)
    licensed[added.licensor_id] = (*licensed.get(added.licensor_id, ()), added)
    more = replace(item, register=replace(item.register, licenses=licensed))

    if clear(item, question).allowed:
        assert refused_for_price_only(clear(more, question))


@PATIENT
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


@PATIENT
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


@PATIENT
@given(item=items(), question=questions)
def test_law_nothing_changes_before_the_next_change(item: Item, question: Question) -> None:
    until = next_change(item, question.at)
    last = question.at + timedelta(days=30) if until is None else until - timedelta(microseconds=1)

    assert until is None or until > question.at
    assert clear(item, replace(question, at=last)).digest == clear(item, question).digest


@PATIENT
@given(item=items(), question=questions)
def test_law_a_release_is_sold_by_whom_the_owners_of_all_its_tracks_let_sell(
    item: Item, question: Question
) -> None:
    verdict = clear(item, question)

    if item.is_release and verdict.allowed:
        (seller,) = {grant.licensor_id for grant in item.grants}
        for track in item.tracks:
            let_sell = [
                seller in let_by(item, share, question)
                for share in track.recording.shares
                if holds(share, question)
            ]
            assert all(let_sell) or "held-transfer" in [hold.code for hold in verdict.holds]


def let_by(item: Item, share: Share, question: Question) -> set[int]:
    """Everybody whom mandates for recordings, and then a transfer, lead to from an owner of one."""
    reached, before = {share.party_id}, set[int]()
    while reached != before:
        before = set(reached)
        reached |= {
            mandate.to_id
            for party_id in before
            for mandate in item.register.mandates.get(party_id, ())
            if Right.MASTER in mandate.rights and holds(mandate, question)
        }
    sides = [
        {transfer.from_id, transfer.to_id}
        for transfer in item.register.transfers
        if question.at in transfer.valid
    ]
    # While a catalog goes from the one to the other, what the one may sell the other may.
    return reached.union(*(side for side in sides if side & reached))


def holds(row: Mandate | Share, question: Question) -> bool:
    """Whether a row counts where and when the question is asked."""
    return question.territory in row.territories and question.at in row.valid


RATES = {"DE": Fraction(19, 100), "FR": Fraction(20, 100), "AT": Fraction(20, 100)}


@PATIENT
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
