"""Doubts: opened once for each serious finding, answered, decided, and never unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_store, a_user
from judged_files import CLIPPED, LOSSY, PADDED, UPSAMPLED, judge_as
from pennywhistle.apps.catalog.models import Recording, Release
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.actions import HeldError, publish_delivery
from pennywhistle.apps.intake.doubts import opening
from pennywhistle.apps.intake.doubts.actions import (
    WORDS_MAX,
    DoubtDecidedError,
    DoubtError,
    NothingSaidError,
    TooManyWordsError,
    answer_doubt,
    decide_doubt,
)
from pennywhistle.apps.intake.doubts.opening import open_doubts
from pennywhistle.apps.intake.doubts.queries import holds_of, mistaken
from pennywhistle.apps.intake.models import Delivery, Doubt, DoubtWord, Notice
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.intake.tests.conftest import TERMS
from pennywhistle.apps.media.evidence import marks_of
from pennywhistle.apps.media.tests.audio_files import write_album, write_audio
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import Grant

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.engines.audio.judgement import Finding

pytestmark = pytest.mark.django_db


class KilledError(Exception):
    """The process ended here."""


@pytest.fixture(autouse=True)
def _store() -> None:
    a_store()


def deliver(folder: Path, *, of: str = "North Label") -> Delivery:
    """Read a folder to its end."""
    return work.read_folder(
        supplier_id=ensure_party(name=of).pk, folder=folder, supplement=Supplement(), now=NOON
    )


def find(delivery: Delivery, title: str, *findings: Finding) -> None:
    """Let this be found in a file, and doubts be opened."""
    rows = delivery.files.filter(path__contains=title).values_list("sha256", "examination")
    judge_as(rows, *findings)
    open_doubts(delivery_id=delivery.pk, now=NOON)


def decide(doubt: Doubt, kind: str, reason: str = "We heard the tapes.") -> DoubtWord:
    """An operator's word."""
    operator = a_user(f"{kind}-{doubt.pk}-{DoubtWord.objects.count()}@example.org")
    return decide_doubt(doubt_id=doubt.pk, kind=kind, reason=reason, user_id=operator.pk, now=NOON)


def publish(delivery: Delivery) -> Delivery:
    """On the usual terms."""
    return publish_delivery(delivery_id=delivery.pk, terms=TERMS, now=NOON)


def test_only_what_is_serious_is_doubted_and_the_supplier_is_told_once(tmp_path: Path) -> None:
    delivery = deliver(write_album(tmp_path / "Two Winds"))

    find(delivery, "North", CLIPPED)
    assert not Doubt.objects.exists()
    find(delivery, "North", LOSSY, PADDED, CLIPPED)
    find(delivery, "North", LOSSY, PADDED, CLIPPED)

    assert set(Doubt.objects.values_list("path", "code")) == {
        ("01 North.flac", "lossy-source"),
        ("01 North.flac", "bits-padded"),
    }
    (told,) = Notice.objects.all()
    assert (told.code, told.supplier.name) == ("files-doubted", "North Label")
    assert "a file of “Two Winds”" in told.sentence


def test_what_looks_upsampled_holds_only_where_the_store_chose_so(
    tmp_path: Path, settings: SettingsWrapper
) -> None:
    delivery = deliver(write_album(tmp_path / "Two Winds"))

    find(delivery, "North", UPSAMPLED)
    assert not Doubt.objects.exists()
    publish(delivery)
    recordings = Recording.objects.values_list("id", flat=True)
    assert {mark.serious for mark in marks_of(recordings).values()} == {()}

    settings.UPSAMPLED_HOLDS = True
    find(delivery, "North", UPSAMPLED)
    assert Doubt.objects.get().code == "upsampled"
    assert {mark.serious for mark in marks_of(recordings).values()} == {(), ("upsampled",)}


def test_what_is_interrupted_while_doubts_are_opened_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = deliver(write_album(tmp_path / "Two Winds"))

    def die(*_args: object, **_values: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_tell", die)
        with pytest.raises(KilledError), transaction.atomic():
            find(delivery, "North", LOSSY)
    assert not Doubt.objects.exists()

    find(delivery, "North", LOSSY)

    assert Doubt.objects.count() == Notice.objects.count() == 1


def test_a_release_with_a_doubted_track_is_not_published_and_another_is(tmp_path: Path) -> None:
    write_album(tmp_path / "all" / "Two Winds")
    write_album(tmp_path / "all" / "Two Seas", titles=("East", "West"))
    delivery = deliver(tmp_path / "all")
    find(delivery, "North", LOSSY)

    publish(delivery)
    publish(delivery)

    assert [release.title for release in Release.objects.all()] == ["Two Seas"]
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.READY
    grants = Grant.objects.count()
    decide(Doubt.objects.get(), "overruled")
    assert publish(delivery).state == Delivery.State.PUBLISHED
    assert {release.title for release in delivery.releases.all()} == {"Two Winds", "Two Seas"}
    assert Release.objects.count() == 2
    assert Grant.objects.count() == 2 * grants


def test_nothing_of_a_held_release_is_written(tmp_path: Path) -> None:
    delivery = deliver(write_album(tmp_path / "Two Winds"))
    find(delivery, "South", PADDED)

    with pytest.raises(HeldError):
        publish(delivery)

    assert not Release.objects.exists()
    assert not Grant.objects.exists()


def test_every_doubt_has_to_be_lifted(tmp_path: Path) -> None:
    delivery = deliver(write_album(tmp_path / "Two Winds"))
    find(delivery, "North", LOSSY, PADDED)
    first, second = Doubt.objects.order_by("id")

    decide(first, "overruled")
    with pytest.raises(HeldError):
        publish(delivery)
    decide(second, "accepted")

    assert publish(delivery).state == Delivery.State.PUBLISHED
    assert mistaken([first.sha256]) == {(first.sha256, first.code)}


def test_what_was_decided_holds_for_the_same_content_again(tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")
    first = deliver(folder)
    find(first, "North", LOSSY)
    decide(Doubt.objects.get(), "overruled")

    write_audio(folder / "03 East.flac", title="East", artist="Ada", album="Two Winds", track="3")
    again = deliver(folder)
    find(again, "North", LOSSY)

    assert again.pk != first.pk
    assert Doubt.objects.count() == 1
    assert holds_of(again) == {}


def test_another_supplier_is_doubted_by_itself(tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")
    find(deliver(folder), "North", LOSSY)
    decide(Doubt.objects.get(), "overruled")

    theirs = deliver(folder, of="South Label")
    find(theirs, "North", LOSSY)

    held = {hold.code: hold.state for holds in holds_of(theirs).values() for hold in holds}
    # It is a copy, too: somebody else delivered the same recording before.
    assert held == {"lossy-source": "open", "copy": "open"}
    assert Doubt.objects.filter(closed_at__isnull=True).get().supplier.name == "South Label"


def test_a_doubt_is_answered_refused_answered_and_let_through(tmp_path: Path) -> None:
    delivery = deliver(write_album(tmp_path / "Two Winds"))
    find(delivery, "North", LOSSY)
    doubt, user = Doubt.objects.get(), a_user("label@example.org")

    def answer(text: str) -> DoubtWord:
        return answer_doubt(doubt_id=doubt.pk, text=text, user_id=user.pk, now=NOON)

    assert answer("It is chip music.") == answer(" It is chip music. ")
    assert list(Doubt.objects.waiting()) == [doubt]
    assert decide(doubt, "upheld") == decide(doubt, "upheld", "another reason")
    assert list(Doubt.objects.waiting()) == []
    assert list(Doubt.objects.decided()) == [doubt]
    assert next(iter(holds_of(delivery).values()))[0].state == "upheld"
    answer("Here is the session.")
    assert list(Doubt.objects.waiting()) == [doubt]
    decide(doubt, "overruled")

    assert holds_of(delivery) == {}
    assert [word.kind for word in doubt.words.all()] == ["answer", "upheld", "answer", "overruled"]
    assert decide(doubt, "overruled") == doubt.words.last()
    with pytest.raises(DoubtDecidedError):
        decide(doubt, "upheld")
    with pytest.raises(DoubtDecidedError):
        answer("Once more.")
    told = Notice.objects.order_by("id").values_list("code", flat=True)
    assert list(told) == ["files-doubted", "file-refused", "file-let-through"]


@pytest.mark.parametrize("nothing", ["", "   ", "\0\n"])
def test_a_word_says_something(tmp_path: Path, nothing: str) -> None:
    find(deliver(write_album(tmp_path / "Two Winds")), "North", LOSSY)
    doubt, user = Doubt.objects.get(), a_user("label@example.org")

    with pytest.raises(NothingSaidError):
        answer_doubt(doubt_id=doubt.pk, text=nothing, user_id=user.pk, now=NOON)
    with pytest.raises(NothingSaidError):
        decide(doubt, "overruled", nothing)
    with pytest.raises(DoubtError):
        decide(doubt, "answer")

    assert not DoubtWord.objects.exists()
    assert Doubt.objects.holding().exists()


def test_a_supplier_cannot_fill_the_operators_desk(tmp_path: Path) -> None:
    find(deliver(write_album(tmp_path / "Two Winds")), "North", LOSSY)
    doubt, user = Doubt.objects.get(), a_user("label@example.org")

    def answer(number: int) -> DoubtWord:
        return answer_doubt(doubt_id=doubt.pk, text=f"{number}", user_id=user.pk, now=NOON)

    for number in range(WORDS_MAX):
        answer(number)
    with pytest.raises(TooManyWordsError):
        answer(WORDS_MAX)

    assert doubt.words.count() == WORDS_MAX
    assert decide(doubt, "upheld").kind == "upheld"


def test_what_was_said_cannot_be_changed_or_removed(tmp_path: Path) -> None:
    find(deliver(write_album(tmp_path / "Two Winds")), "North", LOSSY)
    doubt = Doubt.objects.get()
    decide(doubt, "overruled")

    for forbidden in (
        lambda: DoubtWord.objects.update(text="nothing was said"),
        lambda: DoubtWord.objects.all()._raw_delete("default"),
        lambda: Doubt.objects.update(closed_at=None),
        lambda: Doubt.objects.update(path="another.flac"),
        lambda: Doubt.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()
