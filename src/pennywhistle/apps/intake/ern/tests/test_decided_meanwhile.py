"""A decision against what is being published finds it on sale, or keeps it from being sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test.utils import override_settings

from builders import a_user
from pennywhistle.apps.copies import actions as copies
from pennywhistle.apps.copies.actions import decide_conflict
from pennywhistle.apps.copies.models import Conflict, Sound
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.ern import receiving
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale, verdict
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Stop
from threads import overtaken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def index_here(tmp_path: Path) -> Iterator[None]:
    with override_settings(FINGERPRINTS=tmp_path / "fingerprints"):
        yield


def taken_in(desk: Desk) -> Message:
    """A message with a file that somebody else delivered before; both may sell it."""
    message = desk.take(desk.letter(sale()), files=desk.files())
    assert message.delivery is not None
    work.hear_files(message.delivery)
    content = message.delivery.files.get(path__contains="1.flac").sha256
    sound, _ = Sound.objects.get_or_create(sha256=content, defaults={"noted_at": NOW})
    Conflict.objects.create(
        sound=sound,
        newcomer=desk.supplier,
        newcomer_at=NOW,
        holder=ensure_party(name="Honest", kind=Party.Kind.ORGANIZATION),
        holder_at=NOW,
        opened_at=NOW,
    )
    decide("both", a_user("operator@example.org").pk)
    return message


def decide(verdict: str, user_id: int) -> None:
    decide_conflict(
        conflict_id=Conflict.objects.get().pk,
        verdict=verdict,
        reason="Heard.",
        user_id=user_id,
        now=NOW,
    )


def test_what_is_published_and_not_committed_is_stopped_by_a_decision(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, operator = taken_in(desk), a_user("second@example.org").pk

    overtaken(
        monkeypatch,
        (receiving, "apply_release"),
        lambda: receiving.process_message(message_id=message.pk, now=NOW),
        lambda: decide("newcomer-refused", operator),
    )

    message.refresh_from_db()
    assert message.state == Message.State.APPLIED
    assert message.release is not None
    assert Stop.objects.open().get().track == message.release.tracks.all()[0]
    assert not verdict(message.release).allowed


def test_what_a_decision_refuses_that_is_not_committed_is_not_published(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, operator = taken_in(desk), a_user("second@example.org").pk

    overtaken(
        monkeypatch,
        (copies, "stop_what_is_ruled"),
        lambda: decide("newcomer-refused", operator),
        lambda: receiving.process_message(message_id=message.pk, now=NOW),
    )

    message.refresh_from_db()
    assert message.state == Message.State.HELD
