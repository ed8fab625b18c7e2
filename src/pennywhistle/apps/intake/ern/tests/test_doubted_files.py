"""A message whose files are doubted: ends what it ends, opens nothing, until it is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import a_user
from judged_files import LOSSY, judge_as
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.doubts.actions import decide_doubt
from pennywhistle.apps.intake.ern.doubted import look_again_at_held
from pennywhistle.apps.intake.ern.receiving import process_message
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale, verdict
from pennywhistle.apps.intake.models import Delivery, Doubt, Message, Notice
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.rights.models import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ern_messages import Built
    from pennywhistle.apps.intake.ern.tests.conftest import Desk


def doubted(desk: Desk, letter: Built, files: Mapping[str, Path]) -> Message:
    """Send a message in whose first file something serious is found."""
    taken = desk.take(letter, files=dict(files))
    assert taken.delivery is not None
    work.hear_files(taken.delivery)
    first = taken.delivery.files.filter(path__contains="1.flac")
    judge_as(first.values_list("sha256", "examination"), LOSSY)
    return process_message(message_id=taken.pk, now=NOW)


def decide(kind: str) -> None:
    """An operator's word about the one doubt."""
    doubt = Doubt.objects.get()
    decide_doubt(
        doubt_id=doubt.pk, kind=kind, reason="Heard.", user_id=a_user(kind + "@x.org").pk, now=NOW
    )


def state(message: Message) -> str:
    """What has become of it by now."""
    return Message.objects.get(id=message.pk).state


@pytest.fixture
def held(desk: Desk) -> Message:
    """A first message with a doubted file."""
    return doubted(desk, desk.letter(sale()), desk.files())


def test_nothing_of_a_release_with_a_doubted_file_is_written(held: Message) -> None:
    assert (held.state, held.findings[0]["code"]) == (Message.State.HELD, "file-held")
    assert "resources/1.flac" in held.findings[0]["sentence"]
    assert not Release.objects.exists()
    assert not Grant.objects.exists()
    assert Notice.objects.get().code == "files-doubted"


def test_it_goes_on_sale_once_the_store_has_let_the_file_through(held: Message) -> None:
    assert look_again_at_held(now=NOW) == 0
    decide("overruled")

    assert look_again_at_held(now=NOW) == 1
    assert look_again_at_held(now=NOW) == 0

    done = Message.objects.get(id=held.pk)
    assert (done.state, done.change["opened"][0]["where"]) == (Message.State.APPLIED, "Worldwide")
    assert verdict(Release.objects.get()).allowed
    assert done.delivery is not None
    assert done.delivery.state == Delivery.State.PUBLISHED


def test_it_is_refused_where_the_store_refuses_the_file(desk: Desk, held: Message) -> None:
    decide("upheld")

    assert look_again_at_held(now=NOW) == 1

    assert state(held) == Message.State.REFUSED
    assert not Release.objects.exists()
    better = write_audio(desk.folder / "better.flac", seconds=2, pitch_hz=330)
    again = desk.send(desk.letter(sale()), files={**desk.files(), "resources/1.flac": better})
    assert again.state == Message.State.APPLIED


def test_what_a_held_message_ends_ends_at_once(desk: Desk) -> None:
    first = desk.deliver(sale("US", "DE"))
    release = Release.objects.get()
    other = write_audio(desk.folder / "other.flac", seconds=2, pitch_hz=330)

    message = doubted(
        desk, desk.letter(sale("DE", "FR")), {**desk.files(), "resources/1.flac": other}
    )

    assert message.state == Message.State.HELD
    assert [verdict(release, where).allowed for where in ("US", "DE", "FR")] == [False, True, False]
    assert state(first) == Message.State.APPLIED
    decide("accepted")
    look_again_at_held(now=NOW)
    assert [verdict(release, where).allowed for where in ("US", "DE", "FR")] == [False, True, True]
    assert (state(message), state(first)) == (Message.State.APPLIED, Message.State.SUPERSEDED)


def test_an_older_message_that_comes_while_one_is_held_is_too_late(desk: Desk) -> None:
    older = desk.letter(sale())
    doubted(desk, desk.letter(sale("DE")), desk.files())

    late = desk.send(older)

    assert late.state == Message.State.IGNORED
    assert not Grant.objects.exists()


def test_a_newer_message_takes_the_place_of_one_that_is_held(desk: Desk, held: Message) -> None:
    better = write_audio(desk.folder / "better.flac", seconds=2, pitch_hz=330)
    newer = desk.send(desk.letter(sale("DE")), files={**desk.files(), "resources/1.flac": better})
    assert newer.state == Message.State.APPLIED
    decide("overruled")

    look_again_at_held(now=NOW)

    assert state(held) == Message.State.IGNORED
    release = Release.objects.get()
    assert [verdict(release, where).allowed for where in ("US", "DE")] == [False, True]


def test_another_length_than_the_message_says_is_a_warning(desk: Desk) -> None:
    message = desk.deliver(sale())

    found = {each["code"]: each for each in message.findings}
    assert message.state == Message.State.APPLIED
    assert found["duration-differs"]["severity"] == "warning"
    assert "resources/" in found["duration-differs"]["sentence"]
