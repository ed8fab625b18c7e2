"""Refused content is let go of, and never what another delivery counts on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from builders import NOON, a_store, a_user
from pennywhistle.apps.copies.actions import ask_to_block_file
from pennywhistle.apps.copies.models import BlockWish
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.media import reliance
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.parties.actions import ensure_party
from threads import overtaken

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Silence that is longer than the store lets it be."""
    a_store()
    write_audio(tmp_path / "Album" / "01.flac", seconds=12, pitch_hz=0)
    return tmp_path / "Album"


def opened(supplier: str, taken: list[work.Taken]) -> Delivery:
    return work.open_delivery(
        supplier_id=ensure_party(name=supplier).pk,
        source_name="Album",
        taken=taken,
        supplement=Supplement(),
        now=NOON,
    )


@override_settings(MASTER_SECONDS_MAX=9)
def test_what_went_between_taking_and_opening_is_stored_again(folder: Path) -> None:
    first = opened("North Label", work.take(work.walk(folder)))
    taken = work.take(work.walk(folder))
    work.check_delivery(delivery_id=first.pk)
    assert not MASTERS.has(taken[0].sha256)

    second = opened("South Label", taken)

    assert MASTERS.has(taken[0].sha256)
    with override_settings(MASTER_SECONDS_MAX=60):
        work.check_delivery(delivery_id=second.pk)
    assert second.files.get().state == DeliveryFile.State.GOOD


@pytest.mark.parametrize("is_forgotten_first", [False, True])
def test_of_two_at_once_the_one_that_counts_on_it_has_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_forgotten_first: bool
) -> None:
    first = opened("North Label", work.take(work.walk(folder)))
    first.files.update(state=DeliveryFile.State.REFUSED)
    taken = work.take(work.walk(folder))
    sha256 = taken[0].sha256
    ensure_party(name="South Label")

    def forget() -> None:
        work._forget(sha256)

    def deliver() -> None:
        opened("South Label", taken)

    if is_forgotten_first:
        # It is removed while the other one waits.
        overtaken(monkeypatch, (reliance, "_lock"), forget, deliver)
    else:
        overtaken(monkeypatch, (work, "rely_on"), deliver, forget)

    assert MASTERS.has(sha256)
    assert Delivery.objects.get(supplier__name="South Label").files.get().sha256 == sha256


def test_what_an_operator_wants_blocked_stays_until_it_was_heard(folder: Path) -> None:
    first = opened("North Label", work.take(work.walk(folder)))
    first.files.update(state=DeliveryFile.State.REFUSED)
    file = folder / "01.flac"
    said = {"reason": "A court said so.", "user_id": a_user().pk, "now": NOON}
    wish = ask_to_block_file(chunks=[file.read_bytes()], file_name="01.flac", title="", **said)

    work._forget(wish.sha256)
    assert MASTERS.has(wish.sha256)
    BlockWish.objects.update(closed_at=NOON, refusal="Too long.")
    work._forget(wish.sha256)

    assert not MASTERS.has(wish.sha256)
