"""Whose a society's money is: of whoever owns the work, and is with the society."""

from __future__ import annotations

from fractions import Fraction

import pytest

from builders import NOON
from pennywhistle.apps.catalog.actions import WorkPart, link_works, record_work
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    Subject,
    add_to_repertoire,
    record_mandate,
    record_repertoire,
)
from pennywhistle.apps.societies.actions import distribute
from pennywhistle.apps.societies.tests.society_shop import LATER, a_shop, balance, sell
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import written_by

pytestmark = pytest.mark.django_db


def test_a_work_is_paid_to_its_owners_whatever_its_recording_plays_by_now():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 12)
    other = record_work(title="Another", iswc="", writers=[])
    recording = shelf.tracks[0].recording
    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(other.pk, Fraction(1))],
        matched_by="operator",
        now=LATER,
    )

    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)

    assert (made.gross_micro, made.unclaimed_micro) == (151_200, 0)
    assert balance(writers["Ada"]) == 151_200 - 15_120


def test_a_mandate_for_a_repertoire_reaches_the_works_in_it_and_no_other():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=[], unidentified_by="By law")
    works = [track.recording.works.get() for track in shelf.tracks[:2]]
    written_by(shelf, {"Ada": Fraction(1)}, track=2)
    repertoire = record_repertoire(owner_id=writers["Ada"].pk, name="Early", now=NOON)
    add_to_repertoire(
        repertoire_id=repertoire.pk, subjects=[Subject(work_id=works[0].pk)], now=NOON
    )
    terms = MandateTerms(
        from_party_id=writers["Ada"].pk,
        to_party_id=society.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period.always(),
        repertoire_id=repertoire.pk,
    )
    record_mandate(terms=terms, now=NOON)
    sell(shelf, 12)
    sell(shelf, 2, track=2, name="second")

    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)

    assert balance(writers["Ada"]) == 151_200 - 15_120
    assert made.unclaimed_micro == 25_200
