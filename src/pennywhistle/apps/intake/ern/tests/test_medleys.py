"""A recording of several works, of which the message does not say how much each takes up."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import Recording, RecordingWork, Work, WorkCredit
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale
from pennywhistle.apps.intake.models import Message

if TYPE_CHECKING:
    from pennywhistle.apps.intake.ern.tests.conftest import Desk

BOTH = ("R0", "R1", "R2")
MEDLEY = {
    "recording": "<WorkId><ISWC>T-034.524.680-1</ISWC></WorkId>"
    "<WorkId><ISWC>T-010.190.038-2</ISWC></WorkId><WorkId><ISWC>T0345246801</ISWC></WorkId>"
}


def parts() -> set[tuple[str, Fraction]]:
    links = RecordingWork.objects.open().select_related("work")
    return {(link.work.iswc, link.part) for link in links}


def test_its_works_are_linked_in_even_parts_with_a_note(desk: Desk) -> None:
    message = desk.deliver(sale(releases=BOTH), extra=MEDLEY)

    assert message.state == Message.State.APPLIED, message.findings
    assert parts() == {("T0345246801", Fraction(1, 2)), ("T0101900382", Fraction(1, 2))}
    assert Work.objects.count() == 2
    # Nobody said who wrote which of them.
    assert not WorkCredit.objects.exists()
    assert "works-unparted" in {finding["code"] for finding in message.findings}


def test_parts_that_somebody_said_stay_when_the_message_comes_again(desk: Desk) -> None:
    desk.deliver(sale(releases=BOTH), extra=MEDLEY)
    works = list(Work.objects.order_by("id"))
    said = [WorkPart(works[0].pk, Fraction(1, 4)), WorkPart(works[1].pk, Fraction(3, 4))]
    for recording in Recording.objects.all():
        link_works(
            recording_id=recording.pk,
            parts=said,
            matched_by=RecordingWork.Matched.OPERATOR,
            now=NOW,
        )

    desk.send(desk.letter(sale(releases=BOTH), extra=MEDLEY))

    assert {part for _, part in parts()} == {Fraction(1, 4), Fraction(3, 4)}
