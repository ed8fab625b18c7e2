"""Messages that are held are looked at again until they are done, whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_user
from judged_files import LOSSY, judge_as
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.copies.actions import decide_conflict
from pennywhistle.apps.copies.models import Conflict
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.doubts.actions import decide_doubt
from pennywhistle.apps.intake.ern import doubted, receiving
from pennywhistle.apps.intake.ern.applying import apply_release
from pennywhistle.apps.intake.ern.doubted import look_again_at_held
from pennywhistle.apps.intake.ern.tests.conftest import NOW, Desk, a_desk, sale
from pennywhistle.apps.intake.models import Delivery, Doubt, Message, Notice
from pennywhistle.apps.media.tests.audio_files import write_audio

if TYPE_CHECKING:
    from pennywhistle.apps.parties.models import Party

OTHER_DPID = "PADPIDA2026010102L"


def send_doubted(desk: Desk, pitch_hz: int = 440, **more: object) -> Message:
    """Send a message in whose first file something serious is found."""
    path = write_audio(desk.folder / f"{pitch_hz}.flac", seconds=2, pitch_hz=pitch_hz)
    files = {**desk.files(), "resources/1.flac": path}
    taken = desk.take(desk.letter(sale(), **more), files=files)
    assert taken.delivery is not None
    work.hear_files(taken.delivery)
    first = taken.delivery.files.filter(path__contains="1.flac")
    judge_as(first.values_list("sha256", "examination"), LOSSY)
    held = receiving.process_message(message_id=taken.pk, now=NOW)
    assert held.state == Message.State.HELD
    return held


def decide(kind: str, supplier: Party) -> None:
    """An operator's word about everything that was found in a supplier's files."""
    operator = a_user(f"{kind}-{supplier.pk}@x.org").pk
    for conflict in Conflict.objects.filter(newcomer=supplier):
        decide_conflict(
            conflict_id=conflict.pk, verdict="both", reason="Tones.", user_id=operator, now=NOW
        )
    for doubt in Doubt.objects.filter(supplier=supplier):
        decide_doubt(doubt_id=doubt.pk, kind=kind, reason="Heard.", user_id=operator, now=NOW)


def state(message: Message) -> str:
    return Message.objects.get(id=message.pk).state


@pytest.fixture
def other(desk: Desk) -> Desk:
    """Another supplier, whose messages come later."""
    return a_desk(desk.folder, name="Other Yard", dpid=OTHER_DPID)


def of_other(other: Desk) -> Message:
    """A message of the other supplier that is held, too."""
    return send_doubted(
        other,
        500,
        sender=OTHER_DPID,
        message_id="X1",
        gtin="4012345678901",
        isrcs=("DEA1B2600011", "DEA1B2600012"),
    )


def test_one_whose_look_is_interrupted_is_held_still(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for the end of the process."""

    def die(*_args: object, **_more: object) -> None:
        raise Killed

    held = send_doubted(desk)
    decide("overruled", desk.supplier)
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "close", die)
        with pytest.raises(Killed):
            look_again_at_held(now=NOW)

    assert state(held) == Message.State.HELD
    assert look_again_at_held(now=NOW) == 1
    assert state(held) == Message.State.APPLIED


def test_one_that_fails_keeps_no_other_one_waiting(
    desk: Desk, other: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = send_doubted(desk), of_other(other)
    decide("overruled", desk.supplier)
    decide("overruled", other.supplier)

    def failing(order: object, **more: object) -> object:
        if order.supplier == desk.supplier:  # type: ignore[attr-defined]
            raise ValueError("It is broken.")
        return apply_release(order, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(receiving, "apply_release", failing)

    assert look_again_at_held(now=NOW) == 1

    assert [state(first), state(second)] == [Message.State.HELD, Message.State.APPLIED]


def test_those_that_wait_on_keep_no_other_one_waiting(
    desk: Desk, other: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubted, "_MESSAGES_PER_PAGE", 1)
    monkeypatch.setattr(doubted, "_MESSAGES_PER_LOOK_MAX", 1)
    first, second = send_doubted(desk), of_other(other)
    decide("overruled", other.supplier)

    assert look_again_at_held(now=NOW) == 1

    assert [state(first), state(second)] == [Message.State.HELD, Message.State.APPLIED]


def test_a_look_takes_no_more_statements_for_three_than_for_one(desk: Desk) -> None:
    counts = []
    for number in range(3):
        send_doubted(
            desk,
            440 + number,
            gtin=f"401234567890{number}",
            isrcs=(f"DEA1B260001{number}", f"DEA1B260002{number}"),
        )
        with CaptureQueriesContext(connection) as captured:
            assert look_again_at_held(now=NOW) == 0
        counts.append(len(captured))

    assert counts[0] == counts[2]


def test_a_refused_message_says_what_helps_and_is_done_with_its_files(desk: Desk) -> None:
    held = send_doubted(desk)
    decide("upheld", desk.supplier)

    look_again_at_held(now=NOW)

    held.refresh_from_db()
    assert held.delivery is not None
    assert (held.state, held.delivery.state) == (Message.State.REFUSED, Delivery.State.REFUSED)
    told = Notice.objects.get(code="message-refused")
    assert "as a new message" in told.cure
    decide("accepted", desk.supplier)
    files = {**desk.files(), "resources/1.flac": desk.folder / "440.flac"}
    again = desk.send(desk.letter(sale()), files=files)
    assert again.state == Message.State.APPLIED
    assert Release.objects.count() == 1
