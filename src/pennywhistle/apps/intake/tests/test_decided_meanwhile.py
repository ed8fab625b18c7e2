"""A decision against a folder that is being published finds it on sale, and stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import NOON, a_user
from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.copies.actions import decide_conflict
from pennywhistle.apps.copies.models import Conflict, Sound
from pennywhistle.apps.intake import actions
from pennywhistle.apps.intake.actions import publish_delivery
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.intake.tests.conftest import TERMS, Desk
from pennywhistle.apps.media.tests.audio_files import write_album
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import Stop
from threads import overtaken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def delivery(desk: Desk, tmp_path: Path, settings) -> Delivery:
    settings.FINGERPRINTS = tmp_path / "fingerprints"
    return desk.read(write_album(tmp_path / "Two Winds"))


def content_of(delivery: Delivery) -> str:
    return delivery.files.filter(path__endswith=".flac").order_by("path")[0].sha256


def stopped() -> Track:
    track = Stop.objects.open().get().track
    assert track is not None
    return track


def test_a_ruling_stops_what_is_published_and_not_committed(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, _ = Sound.objects.get_or_create(sha256=content_of(delivery), defaults={"noted_at": NOON})
    conflict = Conflict.objects.create(
        sound=sound,
        newcomer=delivery.supplier,
        newcomer_at=NOON,
        holder=ensure_party(name="Honest"),
        holder_at=NOON,
        opened_at=NOON,
    )
    ruling = {"conflict_id": conflict.pk, "reason": "Heard.", "user_id": a_user().pk, "now": NOON}
    decide_conflict(**ruling, verdict="both")

    overtaken(
        monkeypatch,
        (actions, "index_release"),
        lambda: publish_delivery(delivery_id=delivery.pk, terms=TERMS, now=NOON),
        lambda: decide_conflict(**ruling, verdict="newcomer-refused"),
    )

    assert stopped().recording.master.sha256 == content_of(delivery)
