"""The office's pages about copies: both sides of a conflict, the decision, and the blocklist."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON
from copies_music import heard, label, noisy, sound_of
from copies_shop import a_supplier, coded, deliver, until_heard
from pennywhistle.apps.copies.actions import answer_conflict
from pennywhistle.apps.copies.blocking import grant_wish
from pennywhistle.apps.copies.models import Block, Conflict, Pair, Ruling
from pennywhistle.apps.copies.queries import conflicts_holding
from pennywhistle.apps.copies.work import compare_delivered


@pytest.fixture(autouse=True)
def _index(settings, tmp_path: Path) -> None:
    settings.FINGERPRINTS = tmp_path / "fingerprints"


@pytest.fixture
def conflict(store) -> Conflict:
    """Heard by their fingerprints alone: quick, and without names."""
    compare_delivered(supplier_id=label("First").pk, sha256s=[heard(sound_of("folk"))], now=NOON)
    copy = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=label("Second").pk, sha256s=[copy], now=NOON)
    return Conflict.objects.get()


def grant_wishes() -> None:
    """What the queue does with what was asked for, once for each."""
    jobs = ProcrastinateJob.objects.filter(task_name="copies.block")
    for job in jobs.order_by("id"):
        grant_wish(wish_id=job.args["wish_id"], now=timezone.now())


def page(client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_both_sides_are_shown_drawn_and_heard(store, office, tmp_path: Path) -> None:
    deliver(a_supplier("First"), tmp_path / "one", {"1.flac": coded("flac")})
    deliver(a_supplier("Second"), tmp_path / "two", {"1.mp3": coded("mp3-64")})
    conflict = Conflict.objects.get()

    text = page(office, "office-copy", conflict.pk)

    assert "First" in text
    assert "Second" in text
    assert "A folk song" in text
    assert text.count('<rect x="') == 2
    assert text.count("It can be heard in a moment.") + text.count("<audio controls") == 2
    text = until_heard(lambda: page(office, "office-copy", conflict.pk))
    assert text.count("<audio controls") == 2
    assert 'hx-trigger="every 2s"' not in text
    assert text.count("2026-11-2") >= 2
    assert reverse("office-copy", args=[conflict.pk]) in page(office, "office")
    match = conflict.matches.get()
    for side in ("new", "earlier"):
        answer = office.get(reverse("office-copy-passage", args=[conflict.pk, match.pk, side]))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "audio/mpeg"
        assert "private" in answer["Cache-Control"]
        assert len(b"".join(answer)) > 50_000
    wrong = reverse("office-copy-passage", args=[conflict.pk, match.pk, "whole"])
    assert office.get(wrong).status_code == 404


def test_a_decision_needs_a_reason_and_stays_readable(conflict: Conflict, office) -> None:
    url = reverse("office-copy", args=[conflict.pk])
    assert office.post(url, {"verdict": "both", "reason": ""}).status_code == 400
    document = SimpleUploadedFile("license.txt", b"Both may sell it.", "text/plain")

    answer = office.post(
        url, {"verdict": "both", "reason": "A license of 1999.", "document": document}
    )

    assert answer.status_code == 302
    ruling = Ruling.objects.get()
    assert ruling.evidence is not None
    assert ruling.ruled_by.email == "operator@example.org"
    contents = [conflict.sound.sha256]
    assert conflicts_holding(sha256s=contents, supplier_id=conflict.newcomer_id) == {}
    assert "A license of 1999." in page(office, "office-copy", conflict.pk)
    assert url in page(office, "office-copies-decided")
    assert url not in page(office, "office-copies")


def test_what_the_suppliers_say_is_read_there(conflict: Conflict, office) -> None:
    second = a_supplier("Second")
    answer_conflict(
        conflict_id=conflict.pk,
        party_id=second.party.pk,
        statement="<b>We</b> made it.",
        user=second.user,
        now=NOON,
    )

    assert "&lt;b&gt;We&lt;/b&gt; made it." in page(office, "office-copy", conflict.pk)


def test_a_file_is_blocked_and_the_entry_ended_with_a_reason(store, office) -> None:
    first = label("First")
    content = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=first.pk, sha256s=[content], now=NOON)
    url = reverse("office-blocklist")
    file = SimpleUploadedFile("forbidden.flac", coded("flac"), "audio/flac")
    assert office.post(url, {"reason": "Forbidden."}).status_code == 400

    assert office.post(url, {"audio": file, "reason": "A court said so."}).status_code == 302

    # Nothing was decoded within the request.
    assert not Block.objects.exists()
    text = page(office, "office-blocklist")
    assert "Is being listened to" in text
    assert 'hx-select="#wishes"' in text
    grant_wishes()
    block = Block.objects.get()
    text = page(office, "office-blocklist")
    assert "Is blocked." in text
    assert "hx-select" not in text
    assert conflicts_holding(sha256s=[content], supplier_id=first.pk)
    assert "A court said so." in page(office, "office-blocklist")
    assert "A court said so." in page(office, "office-copy", Conflict.objects.get().pk)
    ended = reverse("office-block-end", args=[block.pk])
    office.post(ended, {"reason": ""})
    assert Block.objects.standing().exists()
    office.post(ended, {"reason": "The court changed its mind."})
    assert not conflicts_holding(sha256s=[content], supplier_id=first.pk)


def test_a_file_that_is_no_music_is_not_blocked(store, office) -> None:
    file = SimpleUploadedFile("forbidden.flac", b"nothing to hear", "audio/flac")

    answer = office.post(reverse("office-blocklist"), {"audio": file, "reason": "A court said so."})
    grant_wishes()

    assert answer.status_code == 302
    text = page(office, "office-blocklist")
    assert "forbidden.flac" in text
    assert "Is not blocked: This is none of the audio formats that we take" in text
    assert not Block.objects.exists()


def test_operators_say_what_is_the_same_recording(store, office) -> None:
    contents = [heard(sound_of("folk")), heard(noisy(sound_of("folk")))]
    compare_delivered(supplier_id=label("First").pk, sha256s=contents, now=NOON)
    pair = Pair.objects.get()
    url = reverse("office-copy-pair", args=[pair.pk])
    assert url in page(office, "office-copies")

    office.post(url, {"do": "same"})

    assert Pair.objects.same().get() == pair
    assert url not in page(office, "office-copies")


def test_nobody_else_sees_any_of_it(conflict: Conflict, buyer, supplier) -> None:
    for client in (buyer, supplier):
        for name, args in (
            ("office-copies", []),
            ("office-copy", [conflict.pk]),
            ("office-blocklist", []),
            ("office-copy-passage", [conflict.pk, conflict.matches.get().pk, "new"]),
        ):
            assert client.get(reverse(name, args=args)).status_code == 404
