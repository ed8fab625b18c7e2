"""An operator decides by what is so now, not by what an old page says."""

from __future__ import annotations

from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.catalog.actions import WorkPart, link_works, record_work
from pennywhistle.apps.intake.models import MatchProposal
from pennywhistle.apps.intake.works.matching.deciding import Decision, decide_match
from pennywhistle.apps.intake.works.matching.finding import match_due
from pennywhistle.apps.intake.works.matching.tests.test_finding import (
    LATER,
    TITLE,
    a_recording,
    an_owned_work,
    played,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", ["proposed", "none", "another"])
def test_what_the_supplier_told_since_the_page_was_drawn_stands(chosen: str) -> None:
    recording = a_recording(artist="Ada Weir")
    proposed = an_owned_work()
    match_due(now=NOON)
    assert MatchProposal.objects.waiting().get().work == proposed
    told = record_work(title="Snow", iswc="T0345246801", writers=[])
    another = record_work(title=f"{TITLE} II", iswc="", writers=[])
    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(told.pk, Fraction(1))],
        matched_by="supplier",
        now=LATER,
    )

    decision = {"proposed": proposed.pk, "none": None, "another": another.pk}[chosen]
    is_done = decide_match(
        decision=Decision(recording.pk, decision),
        user_id=a_user("operator@example.org").pk,
        now=LATER,
    )

    assert not is_done
    assert played(recording) == [("Snow", "supplier", None)]
    match_due(now=LATER)
    assert [row.state for row in MatchProposal.objects.all()] == ["settled"]
