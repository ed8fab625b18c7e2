"""A message that says nothing of works leaves alone what recordings play."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pennywhistle.apps.catalog.actions import WorkPart, link_works, record_work
from pennywhistle.apps.catalog.models import Recording, RecordingWork, Work
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale
from pennywhistle.apps.intake.models import MatchProposal, Message

if TYPE_CHECKING:
    from pennywhistle.apps.intake.ern.tests.conftest import Desk


@pytest.mark.parametrize("by", ["operator", "isrc", "supplier"])
def test_a_territory_that_is_dropped_leaves_a_medley_its_works(desk: Desk, by: str) -> None:
    desk.deliver(sale("DE", "FR"))
    medley = Recording.objects.earliest("id")
    parts = [
        WorkPart(record_work(title=title, iswc="", writers=[]).pk, Fraction(1, 2))
        for title in ("Rain", "Reel")
    ]
    link_works(recording_id=medley.pk, parts=parts, matched_by=by, now=NOW)
    links, works = list(RecordingWork.objects.order_by("id").values()), Work.objects.count()

    message = desk.send(desk.letter(sale("DE")))

    assert message.state == Message.State.APPLIED, message.findings
    assert list(RecordingWork.objects.order_by("id").values()) == links
    assert Work.objects.count() == works
    assert not MatchProposal.objects.exists()
