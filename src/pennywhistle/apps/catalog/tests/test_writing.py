"""The catalog's writing actions: told twice they change nothing, told anew the least."""

from __future__ import annotations

from datetime import date

import pytest

from builders import NOON, a_shelf
from pennywhistle.apps.catalog.actions import (
    Credit,
    RecordingFacts,
    ReleaseFacts,
    RoleUnknownError,
    TrackPlace,
    credit_recording,
    ensure_genre,
    place_tracks,
    publish_release,
    record_recording,
    record_release,
    record_work,
    withdraw_release,
)
from pennywhistle.apps.catalog.models import RecordingCredit, Release, Track, Work, WorkCredit
from pennywhistle.apps.parties.actions import ensure_party

pytestmark = pytest.mark.django_db


def a_recording(title: str = "North") -> int:
    label = ensure_party(name="North Label")
    return record_recording(
        supplier_id=label.pk, facts=RecordingFacts(title, "", duration_ms=1_000)
    ).pk


def a_place(number: int, title: str) -> TrackPlace:
    return TrackPlace(1, number, title, "Ada")


def test_a_genre_is_one_in_whatever_capitals() -> None:
    assert ensure_genre(name="Hip Hop") == ensure_genre(name="hip-hop")


def test_a_work_is_known_by_its_iswc_and_else_by_title_and_writers() -> None:
    ada, ben = (Credit(ensure_party(name=name).pk, "Composer") for name in ("Ada", "Ben"))

    first = record_work(title="Intro", iswc="", writers=[ada])
    assert record_work(title="Intro", iswc="", writers=[ada]) == first
    assert record_work(title="Intro", iswc="", writers=[ben]) != first
    numbered = record_work(title="Intro", iswc="T0345246801", writers=[ada])
    assert numbered != first
    assert record_work(title="Introduction", iswc="T0345246801", writers=[ben]) == numbered
    assert Work.objects.count() == 3
    assert WorkCredit.objects.filter(work=numbered).count() == 2


def test_credits_are_replaced_as_a_whole_and_in_order() -> None:
    recording = a_recording()
    ada, ben = ensure_party(name="Ada").pk, ensure_party(name="Ben").pk
    told = [Credit(ben, "Producer"), Credit(ada, "MainArtist"), Credit(ben, "Producer")]

    credit_recording(recording_id=recording, credits=told, work_ids=[], now=NOON)
    rows = list(RecordingCredit.objects.values_list("id", "party__name", "role"))
    credit_recording(recording_id=recording, credits=told, work_ids=[], now=NOON)

    assert [row[1:] for row in rows] == [("Ben", "Producer"), ("Ada", "MainArtist")]
    assert list(RecordingCredit.objects.values_list("id", "party__name", "role")) == rows


def test_a_role_that_the_catalog_does_not_have_is_refused() -> None:
    recording, ada = a_recording(), ensure_party(name="Ada").pk

    with pytest.raises(RoleUnknownError):
        credit_recording(
            recording_id=recording, credits=[Credit(ada, "Whistler")], work_ids=[], now=NOON
        )
    assert not RecordingCredit.objects.exists()


def test_a_corrected_title_keeps_its_address() -> None:
    label = ensure_party(name="North Label").pk
    facts = ReleaseFacts("Nroth", "Ada", (label,), label, date(2026, 1, 1), about="Words.")
    release = record_release(supplier_id=label, facts=facts)
    corrected = ReleaseFacts("North", "Ada", (label,), label, date(2026, 1, 1))

    again = record_release(supplier_id=label, facts=corrected, release_id=release.pk)

    assert (again.pk, again.title, again.slug, again.about) == (
        release.pk,
        "North",
        "nroth",
        "Words.",
    )


def test_tracks_change_places_without_changing_themselves() -> None:
    shelf = a_shelf(track_count=3)
    first, second, third = shelf.tracks
    swapped = [
        (second.recording_id, a_place(1, second.title)),
        (first.recording_id, a_place(2, first.title)),
    ]

    place_tracks(release_id=shelf.release.pk, places=swapped)

    order = {track.pk: track.track_number for track in Track.objects.all()}
    assert order == {second.pk: 1, first.pk: 2, third.pk: 3}


def test_a_track_that_is_not_mentioned_makes_room_and_stays() -> None:
    shelf = a_shelf(track_count=2)
    first, second = shelf.tracks
    new = a_recording("New")

    place_tracks(
        release_id=shelf.release.pk,
        places=[(first.recording_id, a_place(1, "Track 1")), (new, a_place(2, "New"))],
    )

    titles = list(shelf.release.tracks.values_list("track_number", "title"))
    assert titles == [(1, "Track 1"), (2, "New"), (3, second.title)]


def test_a_track_delivered_anew_is_the_same_track() -> None:
    shelf = a_shelf(track_count=1)
    (track,) = shelf.tracks

    (placed,) = place_tracks(
        release_id=shelf.release.pk, places=[(a_recording(), a_place(1, track.title))]
    )

    assert placed.pk == track.pk
    assert placed.recording_id != track.recording_id


def test_withdrawn_is_off_the_shelves_until_published_again() -> None:
    release = a_shelf().release

    withdraw_release(release_id=release.pk, now=NOON)
    assert not Release.objects.published(at=NOON).exists()
    publish_release(release_id=release.pk, now=NOON)
    assert Release.objects.published(at=NOON).get() == release
