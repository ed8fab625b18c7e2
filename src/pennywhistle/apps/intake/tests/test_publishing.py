"""From a folder to the shelves: what is published, and what the same or a changed folder does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, usd
from pennywhistle.apps.catalog.models import Recording, Release, Track, Work
from pennywhistle.apps.discovery.pages import search
from pennywhistle.apps.intake.actions import TrackTerms, publish_delivery
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.intake.previews import make_previews
from pennywhistle.apps.intake.supplement import NamedCredit, Supplement, TrackNote
from pennywhistle.apps.intake.tests.conftest import TERMS, Desk
from pennywhistle.apps.media.folders import COVERS, MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Master, Rendition
from pennywhistle.apps.media.tests.audio_files import write_album, write_audio
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import PriceNotPositiveError, Share
from pennywhistle.apps.rights.models import Grant, GrantShare
from pennywhistle.engines.search import Kind
from pennywhistle.kernel.split import SharesInvalidError

if TYPE_CHECKING:
    from pathlib import Path


def rows() -> Counter[str]:
    """How many rows every table of the store has."""
    models = [m for m in apps.get_models() if m._meta.managed and m._meta.app_label != "auth"]
    return Counter({model._meta.label: model._base_manager.count() for model in models})


def test_a_folder_becomes_a_release_with_all_that_belongs_to_it(desk: Desk, tmp_path: Path) -> None:
    delivery = desk.publish(write_album(tmp_path / "Two Winds", BARCODE="049900000146"))

    release = Release.objects.get()
    assert (release.title, release.artist_line) == ("Two Winds", "Ada")
    assert release.upc == "00049900000146"
    assert (release.label.name, str(release.genre), str(release.released_on)) == (
        "North Label",
        "Folk",
        "2026-03-20",
    )
    assert release.published_at == NOON
    assert [artist.name for artist in release.artists.all()] == ["Ada"]
    assert [(t.track_number, t.title) for t in release.tracks.all()] == [(1, "North"), (2, "South")]
    assert delivery.state == Delivery.State.PUBLISHED
    assert list(delivery.releases.all()) == [release]
    assert all(COVERS.has(sha256) for sha256 in release.cover.sizes.values())


def test_what_is_published_is_found_by_the_search(desk: Desk, tmp_path: Path) -> None:
    desk.publish(write_album(tmp_path / "Two Winds"))

    found = search("two winds", kinds=[Kind.RELEASE, Kind.TRACK])

    assert [line.title for line in found.releases] == ["Two Winds"]
    assert {line.title for line in found.tracks} == {"North", "South"}


def test_masters_are_kept_byte_for_byte_with_what_was_heard(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")
    desk.publish(folder)

    master = Master.objects.get(recording__title="North")
    assert MASTERS.path(master.sha256).read_bytes() == (folder / "01 North.flac").read_bytes()
    assert (master.codec, master.is_lossless, master.sample_count) == ("flac", True, 44_100)
    assert len(master.peaks) > 600


def test_writers_stand_with_the_work_and_artists_with_the_recording(
    desk: Desk, tmp_path: Path
) -> None:
    note = TrackNote(
        "02 *",
        (NamedCredit("Cleo", "Lyricist"), NamedCredit("Dora", "Producer")),
        work_title="The South Wind",
        iswc="T-034.524.680-1",
        is_explicit=True,
    )
    desk.publish(write_album(tmp_path / "Two Winds"), supplement=Supplement(notes=(note,)))

    south = Recording.objects.get(title="South")
    assert [(c.party.name, c.role) for c in south.credits.all()] == [
        ("Ada", "MainArtist"),
        ("Dora", "Producer"),
    ]
    work_ = Work.objects.get(iswc="T0345246801")
    assert list(south.works.all()) == [work_]
    assert {(c.party.name, c.role) for c in work_.credits.all()} == {
        ("Ada", "Composer"),
        ("Ben", "Composer"),
        ("Cleo", "Lyricist"),
    }
    assert (south.is_explicit, Release.objects.get().is_explicit) == (True, True)


def test_grants_follow_the_terms(desk: Desk, tmp_path: Path) -> None:
    ada, ben = ensure_party(name="Ada").pk, ensure_party(name="Ben").pk
    own = TrackTerms(
        None, (Share(ada, "Performer", Fraction(1, 3)), Share(ben, "Other", Fraction(2, 3)))
    )
    terms = replace(TERMS, shares=(Share(ada, "Performer", Fraction(3, 4)),), own={(1, 2): own})
    desk.publish(write_album(tmp_path / "Two Winds"), terms=terms)

    prices = {g.track and g.track.title: g.price_micro for g in Grant.objects.all()}
    assert prices == {None: 500_000, "North": 140_000, "South": None}
    shares = GrantShare.objects.values_list(
        "grant__track__title", "party__name", "numerator", "denominator"
    )
    assert set(shares) == {
        ("North", "Ada", 3, 4),
        ("North", "North Label", 1, 4),
        ("South", "Ada", 1, 3),
        ("South", "Ben", 2, 3),
    }


def test_writers_share_what_is_theirs_evenly(desk: Desk, tmp_path: Path) -> None:
    desk.publish(
        write_album(tmp_path / "Two Winds", ("North",)),
        terms=replace(TERMS, writers_share=Fraction(1, 2)),
    )

    shares = GrantShare.objects.values_list("party__name", "role", "numerator", "denominator")
    assert set(shares) == {
        ("Ada", "Composer", 1, 4),
        ("Ben", "Composer", 1, 4),
        ("North Label", "Label", 1, 2),
    }


def test_the_same_folder_twice_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")
    first = desk.publish(folder)
    before, jobs = rows(), ProcrastinateJob.objects.count()

    again = desk.publish(folder)

    assert again.pk == first.pk
    assert rows() == before
    assert ProcrastinateJob.objects.count() == jobs


def test_a_corrected_folder_brings_the_release_up_to_date(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")
    desk.publish(folder)
    tracks = {track.title: track.pk for track in Track.objects.all()}
    recordings = set(Recording.objects.values_list("pk", flat=True))
    write_audio(
        folder / "02 South.flac",
        pitch_hz=300,
        title="South",
        album="Two Winds",
        artist="Ada",
        album_artist="Ada",
        track="2",
    )
    write_audio(
        folder / "03 West.flac",
        pitch_hz=500,
        title="West",
        album="Two Winds",
        artist="Ada",
        album_artist="Ada",
        track="3",
    )

    desk.publish(folder)

    release = Release.objects.get()
    assert [track.title for track in release.tracks.all()] == ["North", "South", "West"]
    assert {t.title: t.pk for t in release.tracks.all() if t.title in tracks} == tracks
    assert recordings < set(Recording.objects.values_list("pk", flat=True))
    south = Master.objects.get(recording__title="South")
    assert MASTERS.path(south.sha256).read_bytes() == (folder / "02 South.flac").read_bytes()


def test_a_recording_is_known_by_its_isrc_on_another_release(desk: Desk, tmp_path: Path) -> None:
    desk.publish(write_album(tmp_path / "Single", ("North",), ISRC="ZZA1W2600001"))
    desk.publish(write_album(tmp_path / "Album", ("Intro", "North")))
    single = write_album(tmp_path / "Best Of", ("North (Remastered)",), ISRC="ZZ-A1W-26-00001")
    desk.publish(single)

    assert Release.objects.count() == 3
    known = Recording.objects.get(isrc="ZZA1W2600001")
    assert {track.release.title for track in known.tracks.all()} == {"Single", "Best Of"}


def test_terms_that_cannot_be_granted_publish_nothing(desk: Desk, tmp_path: Path) -> None:
    delivery = desk.read(write_album(tmp_path / "Two Winds"))
    before = rows()
    too_much = (Share(desk.supplier_id, "Label", Fraction(11, 10)),)

    with pytest.raises(PriceNotPositiveError):
        publish_delivery(
            delivery_id=delivery.pk, terms=replace(TERMS, track_price=usd("0")), now=NOON
        )
    with pytest.raises(SharesInvalidError):
        publish_delivery(delivery_id=delivery.pk, terms=replace(TERMS, shares=too_much), now=NOON)

    assert rows() == before
    assert not ProcrastinateJob.objects.exists()


def test_previews_are_made_by_a_job_and_once(desk: Desk, tmp_path: Path) -> None:
    delivery = desk.publish(write_album(tmp_path / "Two Winds"))
    assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["intake.make_previews"]

    make_previews(delivery_id=delivery.pk, now=NOON)
    make_previews(delivery_id=delivery.pk, now=NOON)

    previews = Rendition.objects.filter(recipe="preview")
    assert previews.count() == 2
    content = RENDITIONS.path(previews[0].sha256).read_bytes()
    assert content[:3] == b"ID3"
    assert len(content) == previews[0].file_size_bytes
