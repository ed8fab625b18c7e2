"""Files that are delivered are compared through the real path, and both suppliers hear of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, a_store, a_user
from copies_shop import a_supplier, coded, deliver
from pennywhistle.apps.copies import index_folder
from pennywhistle.apps.copies.actions import ask_to_block_file, decide_conflict
from pennywhistle.apps.copies.blocking import grant_wish
from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.copies.models import Conflict, Sound
from pennywhistle.apps.intake.doubts.queries import COPY, holds_of
from pennywhistle.apps.intake.models import Delivery, Notice
from pennywhistle.apps.intake.telling.copies import tell_of_copies
from pennywhistle.apps.intake.work import check_delivery
from pennywhistle.interfaces.clock.copies_notices import tell_suppliers_of_copies

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path: Path) -> None:
    settings.FINGERPRINTS = tmp_path / "fingerprints"
    a_store()


def codes(delivery: Delivery) -> set[str]:
    return {hold.code for holds in holds_of(delivery).values() for hold in holds}


def test_an_mp3_at_64_kbit_of_somebody_else_s_flac_is_held(tmp_path: Path) -> None:
    first, second = a_supplier("First"), a_supplier("Second")
    original = deliver(first, tmp_path / "one", {"1.flac": coded("flac")})

    copy = deliver(
        second, tmp_path / "two", {"1.mp3": coded("mp3-64"), "2.mp3": coded("mp3-64", "chip")}
    )

    conflict = Conflict.objects.get()
    assert (conflict.newcomer, conflict.holder) == (second.party, first.party)
    assert conflict.matches.get().length_s > 20
    assert COPY in codes(copy)
    assert COPY not in codes(original)
    decide_conflict(
        conflict_id=conflict.pk,
        verdict="both",
        reason="Both have a license.",
        user_id=a_user().pk,
        now=NOON,
    )
    assert COPY not in codes(copy)


def test_both_are_told_in_their_mailboxes_and_by_mail_once(tmp_path: Path) -> None:
    first, second = a_supplier("First"), a_supplier("Second")
    deliver(first, tmp_path / "one", {"1.flac": coded("flac")})
    deliver(second, tmp_path / "two", {"1.mp3": coded("mp3-64")})
    Notice.objects.all().delete()

    assert tell_of_copies(now=NOON) == 2
    assert tell_of_copies(now=NOON) == 0
    assert tell_suppliers_of_copies() == 2
    assert tell_suppliers_of_copies() == 0

    told = dict(Notice.objects.values_list("supplier__name", "sentence"))
    assert told == {
        "First": "Second delivered “A folk song”, which has a recording of yours in it; "
        "it is held.",
        "Second": "“A folk song” is held: First delivered the same recording before.",
    }
    assert {tuple(each.to) for each in mail.outbox} == {(first.user.email,), (second.user.email,)}
    for each in mail.outbox:
        assert "First" in each.body
        assert "Second" in each.body


def test_what_a_blocked_file_sounds_like_is_held_with_the_reason(tmp_path: Path) -> None:
    entry = {"title": "", "reason": "A court forbade it.", "user_id": a_user().pk, "now": NOON}
    wish = ask_to_block_file(chunks=[coded("flac")], file_name="forbidden.flac", **entry)
    assert ask_to_block_file(chunks=[coded("flac")], file_name="again.flac", **entry) == wish
    assert ProcrastinateJob.objects.filter(task_name="copies.block").count() == 1
    block = grant_wish(wish_id=wish.pk, now=NOON).block
    assert block is not None
    assert grant_wish(wish_id=wish.pk, now=NOON).block == block
    first = a_supplier("First")

    held = deliver(first, tmp_path / "one", {"1.mp3": coded("mp3-64")})

    assert COPY in codes(held)
    assert Conflict.objects.get().block == block
    assert block.title == "forbidden.flac"
    tell_of_copies(now=NOON)
    assert "A court forbade it." in Notice.objects.get(code="copy-blocked").sentence


def test_a_delivery_waits_while_nothing_can_be_compared(
    tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = a_supplier("First"), a_supplier("Second")
    deliver(first, tmp_path / "one", {"1.flac": coded("flac"), "2.flac": coded("flac", "chip")})
    for file in Path(settings.FINGERPRINTS).iterdir():
        file.unlink()
    monkeypatch.setattr(index_folder, "FILLED_AT_ONCE_MAX", 1)

    with pytest.raises(IndexUnavailableError):
        deliver(second, tmp_path / "two", {"1.mp3": coded("mp3-64")})

    waiting = Delivery.objects.get(supplier=second.party)
    assert waiting.state == Delivery.State.CHECKING
    monkeypatch.undo()
    check_delivery(delivery_id=waiting.pk)
    assert COPY in codes(waiting)
    assert Sound.objects.count() == 3
