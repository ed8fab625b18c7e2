"""What a register remembers changes no answer."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance import Item, Question, Verdict, clear
from pennywhistle.engines.clearance.tests.registers import PATIENT, items, questions


def forgetful(item: Item) -> Item:
    """The same facts, of which nothing was found out yet."""
    return replace(item, register=replace(item.register))


def told(verdict: Verdict) -> tuple[object, ...]:
    """All that a verdict says, the order of its chain included."""
    return (
        verdict.reasons,
        verdict.terms,
        [(code, row.id, title) for code, row, title in verdict.basis],
        verdict.digest,
    )


@PATIENT
@given(item=items(), asked=st.lists(questions, min_size=2, max_size=4))
def test_law_what_was_found_out_before_changes_no_answer(item: Item, asked: list[Question]) -> None:
    again = [*asked, *reversed(asked)]

    remembered = [told(clear(item, question)) for question in again]

    assert remembered == [told(clear(forgetful(item), question)) for question in again]


@PATIENT
@given(item=items(), question=questions)
def test_law_tracks_cleared_before_change_nothing_about_the_release(
    item: Item, question: Question
) -> None:
    for track in item.tracks:
        clear(replace(item, tracks=(track,), is_release=False, grants=()), question)

    assert told(clear(item, question)) == told(clear(forgetful(item), question))
