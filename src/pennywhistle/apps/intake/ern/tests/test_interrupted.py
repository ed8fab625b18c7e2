"""Interrupted at any step, or done by two at once, a message does what it says exactly once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from builders import a_store
from ern_terms import SENDER
from pennywhistle.apps.catalog.models import Recording, Release, Track
from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.intake.ern import applying, finishing, receiving, taking
from pennywhistle.apps.intake.ern.receiving import process_message
from pennywhistle.apps.intake.ern.tests.conftest import NOW, Desk, a_desk, sale
from pennywhistle.apps.intake.models import Delivery, Message, Notice, Standing
from pennywhistle.apps.rights.models import Grant
from threads import at_once

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ("R0", "R1", "R2")


class KilledError(Exception):
    """The process ended here."""


@pytest.fixture
def yard(transactional_db: None, tmp_path: Path) -> Desk:
    """A desk whose messages are committed."""
    a_store()
    return a_desk(tmp_path, name="Copper Yard", dpid=SENDER)


def rows() -> dict[str, int]:
    models = (Release, Recording, Track, Grant, Standing, Notice, Message, Delivery)
    return {model.__name__: model._base_manager.count() for model in models}


STEPS = [
    (taking, "_written"),
    (receiving, "read_row"),
    (receiving, "hear_plan"),
    (receiving, "apply_release"),
    (applying, "record_all_grants"),
    (applying, "index_release"),
    (receiving, "close"),
    (finishing, "plain_findings"),
]


def test_after_a_kill_at_any_step_it_is_done_once(
    yard: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = yard.letter(sale(releases=BOTH))

    def die(*_args: object, **_values: object) -> None:
        raise KilledError

    for module, step in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(module, step, die)
            with pytest.raises(KilledError):
                yard.send(letter, files=yard.files())
        assert not Release.objects.exists()
        assert not Grant.objects.exists()
        assert not Notice.objects.exists()

    done = yard.send(letter, files=yard.files())

    assert done.state == Message.State.APPLIED
    assert rows() == {
        "Release": 1,
        "Recording": 2,
        "Track": 2,
        "Grant": 3,
        "Standing": 1,
        "Notice": 0,
        "Message": 1,
        "Delivery": 1,
    }


def test_two_workers_at_once_take_and_apply_it_once(yard: Desk) -> None:
    letter, update = yard.letter(sale(releases=BOTH)), yard.letter(sale("DE", releases=BOTH))
    files = yard.files()

    letters = (letter, update)

    def work(number: int) -> Message:
        taken = yard.take(letters[number % 2], files=files)
        while True:
            # As the job does that finds the index in somebody's hands for long: again.
            with suppress(IndexUnavailableError):
                return process_message(message_id=taken.pk, now=NOW)

    answers = at_once(4, work)

    assert all(isinstance(answer, Message) for answer in answers), answers
    states = dict(Message.objects.values_list("message_id", "state"))
    assert states["M2"] == Message.State.APPLIED
    assert states["M1"] in {Message.State.SUPERSEDED, Message.State.IGNORED}
    assert (Release.objects.count(), Recording.objects.count(), Track.objects.count()) == (1, 2, 2)
    assert Standing.objects.get().message_id == "M2"
    where = {grant.territories.text for grant in Grant.objects.open().select_related("territories")}
    assert where == {"DE"}
    assert Grant.objects.open().count() == 3
