"""The studio's pages about copies: what is held and why, for the two suppliers alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from builders import NOON, a_user
from copies_music import heard, noisy, sound_of
from copies_shop import Supplier, a_supplier, coded, deliver, until_heard
from pennywhistle.apps.copies.actions import block_content
from pennywhistle.apps.copies.models import Answer, Conflict, Pair
from pennywhistle.apps.copies.work import compare_delivered


@pytest.fixture(autouse=True)
def _index(settings, tmp_path: Path) -> None:
    settings.FINGERPRINTS = tmp_path / "fingerprints"


def browser(supplier: Supplier) -> Client:
    client = Client()
    client.force_login(supplier.user)
    return client


@pytest.fixture
def first(store) -> Supplier:
    return a_supplier("First")


@pytest.fixture
def second(first: Supplier) -> Supplier:
    """Delivered what the first one had delivered before."""
    second = a_supplier("Second")
    compare_delivered(supplier_id=first.party.pk, sha256s=[heard(sound_of("folk"))], now=NOON)
    copy = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=second.party.pk, sha256s=[copy], now=NOON)
    return second


def test_both_see_each_other_s_name_and_say_whose_it_is(first, second) -> None:
    conflict = Conflict.objects.get()
    url = reverse("studio-copy", args=[conflict.pk])
    for mine, other in ((first, "Second"), (second, "First")):
        client = browser(mine)
        assert url in client.get(reverse("studio-copies")).content.decode()
        assert other in client.get(url).content.decode()
    document = SimpleUploadedFile("contract.txt", b"It is ours.", "text/plain")

    answer = browser(second).post(
        reverse("studio-copy-answer", args=[conflict.pk]),
        {"party": second.party.public_id, "statement": "It is ours.", "document": document},
    )

    assert answer.status_code == 302
    said = Answer.objects.get()
    assert (said.party, said.stated_by, said.evidence.title) == (
        second.party,
        second.user,
        "contract.txt",
    )
    assert "It is ours." in browser(second).get(url).content.decode()
    # What one tells the store the other does not read.
    assert "It is ours." not in browser(first).get(url).content.decode()


def test_nobody_answers_for_somebody_else(first, second) -> None:
    conflict = Conflict.objects.get()

    answer = browser(second).post(
        reverse("studio-copy-answer", args=[conflict.pk]),
        {"party": first.party.public_id, "statement": "We withdraw."},
    )

    assert answer.status_code == 400
    assert not Answer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_both_hear_half_a_minute_and_strangers_nothing(store, tmp_path: Path) -> None:
    first, second, third = a_supplier("First"), a_supplier("Second"), a_supplier("Third")
    deliver(first, tmp_path / "one", {"1.flac": coded("flac", seconds=50.0)})
    deliver(second, tmp_path / "two", {"1.mp3": coded("mp3-64", seconds=50.0)})
    conflict = Conflict.objects.get()
    match = conflict.matches.get()
    here = reverse("studio-copy", args=[conflict.pk])
    text = until_heard(lambda: browser(first).get(here).content.decode())
    assert text.count("<audio controls") == 2

    for side in ("new", "earlier"):
        url = reverse("studio-copy-passage", args=[conflict.pk, match.pk, side])
        for mine in (first, second):
            answer = browser(mine).get(url)
            assert answer.status_code == 200
            # Constant 128 kbit/s: half a minute of fifty seconds.
            assert len(b"".join(answer)) == pytest.approx(30 * 16_000, rel=0.05)
        assert browser(third).get(url).status_code == 404
        assert Client().get(url).status_code == 302
    assert browser(third).get(reverse("studio-copy", args=[conflict.pk])).status_code == 404
    answer_url = reverse("studio-copy-answer", args=[conflict.pk])
    assert browser(third).post(answer_url, {"statement": "Mine"}).status_code == 404


def test_what_is_blocked_is_told_with_its_reason_and_not_played(first) -> None:
    content = heard(sound_of("folk"))
    entry = {"title": "X", "reason": "A court said so.", "user_id": a_user().pk, "now": NOON}
    block_content(sha256=content, **entry)
    copy = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=first.party.pk, sha256s=[copy], now=NOON)
    conflict = Conflict.objects.get()

    text = browser(first).get(reverse("studio-copy", args=[conflict.pk])).content.decode()

    assert "A court said so." in text
    # Of what is blocked nothing is made to be heard: neither now nor in a moment.
    heard_or_not = ("<audio controls", "It can be heard in a moment.", "It cannot be played now.")
    assert sum(text.count(words) for words in heard_or_not) == 1
    args = [conflict.pk, conflict.matches.get().pk, "earlier"]
    assert browser(first).get(reverse("studio-copy-passage", args=args)).status_code == 404


def test_a_supplier_says_what_is_the_same_recording(first) -> None:
    contents = [heard(sound_of("folk")), heard(noisy(sound_of("folk")))]
    compare_delivered(supplier_id=first.party.pk, sha256s=contents, now=NOON)
    pair = Pair.objects.get()
    url = reverse("studio-copy-pair", args=[pair.pk])
    assert browser(a_supplier("Second")).post(url, {"do": "same"}).status_code == 404

    assert url in browser(first).get(reverse("studio-copies")).content.decode()
    assert browser(first).post(url, {"do": "different"}).status_code == 302

    assert not Pair.objects.undecided().exists()
    assert not Pair.objects.same().exists()
