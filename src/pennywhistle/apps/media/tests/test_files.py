"""What is stored, what is drawn of it, and what happens when a master is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from builders import NOON, a_shelf
from pennywhistle.apps.media import work
from pennywhistle.apps.media.actions import keep_cover, keep_master, keep_preview
from pennywhistle.apps.media.folders import COVERS, MASTERS
from pennywhistle.apps.media.models import Master, Rendition
from pennywhistle.apps.media.queries import (
    PREVIEW,
    cover_jpeg_sha256,
    covers_of,
    gain_db,
    sounds_of,
    waveform_path,
)
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.machine import sandbox
from pennywhistle.machine.sandbox.tests import misbehavior
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.catalog.models import Recording

pytestmark = pytest.mark.usefixtures("decodes_anew")


def keep(path: Path, recording: Recording) -> Master:
    stored = work.store_master(path)
    heard = work.hear(stored.sha256)
    return keep_master(
        recording_id=recording.pk,
        sha256=stored.sha256,
        examination=heard.examination,
        now=NOON,
    )


@pytest.mark.django_db
def test_another_master_takes_its_renditions_away(tmp_path: Path) -> None:
    recording = a_shelf().tracks[0].recording
    first = keep(write_audio(tmp_path / "a.flac"), recording)
    preview = work.make_preview(first.sha256, start_ms=0)
    keep_preview(recording_id=recording.pk, stored=preview, now=NOON)
    again = keep(tmp_path / "a.flac", recording)
    assert (again.pk, Rendition.objects.count()) == (first.pk, 1)

    second = keep(write_audio(tmp_path / "b.flac", pitch_hz=300), recording)

    assert (second.pk, Master.objects.count()) == (first.pk, 1)
    assert second.sha256 != first.sha256
    assert not Rendition.objects.exists()
    assert MASTERS.has(first.sha256)


@pytest.mark.django_db
def test_a_row_never_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    recording = a_shelf().tracks[0].recording
    stored = work.store_master(write_audio(tmp_path / "a.flac", pitch_hz=333))
    heard = work.hear(stored.sha256)
    MASTERS.remove(stored.sha256)

    with pytest.raises(StoredFileMissingError):
        keep_master(
            recording_id=recording.pk,
            sha256=stored.sha256,
            examination=heard.examination,
            now=NOON,
        )
    assert not Master.objects.exists()


@pytest.mark.django_db
def test_a_page_gets_covers_and_sounds_by_lists(tmp_path: Path) -> None:
    shelf = a_shelf()
    keep(write_audio(tmp_path / "a.flac"), shelf.tracks[0].recording)
    files = work.make_cover(COVERS.put([_a_picture()]).sha256)
    keep_cover(release_id=shelf.release.pk, files=files)

    covers = covers_of([shelf.release.pk], address=lambda sha, kind: f"/{sha[:4]}.{kind}")
    sounds = sounds_of(track.recording_id for track in shelf.tracks)

    picture = covers[shelf.release.pk]
    assert picture.jpeg_640 == f"/{files.sizes['jpeg-640'][:4]}.jpg"
    assert picture.avif_320.endswith(".avif")
    assert cover_jpeg_sha256(release_id=shelf.release.pk) == files.sizes["jpeg-1280"]
    assert set(sounds) == {shelf.tracks[0].recording_id}
    assert sounds[shelf.tracks[0].recording_id].preview_sha256 == ""
    assert PREVIEW == "preview"


def _a_picture() -> bytes:
    return work.draw_placeholder("Ada")


@pytest.mark.parametrize("peaks", [bytes([255]), bytes(range(256)), bytes(800)])
def test_a_waveform_is_one_path_that_stays_in_its_box(peaks: bytes) -> None:
    path = waveform_path(peaks)

    ET.fromstring(f'<svg><path d="{path}"/></svg>')  # noqa: S314 (our own)
    bars = path.split("z")[:-1]
    assert len(bars) == min(200, len(peaks))
    for bar in bars:
        left, _, rest = bar.removeprefix("M").partition(" ")
        top, height = int(rest.partition("h")[0]), int(rest.split("v")[1].split("h")[0])
        assert 0 <= int(left) <= 797
        assert 0 <= top <= top + height <= 64


def test_no_peaks_are_no_path() -> None:
    assert waveform_path(b"") == ""


@pytest.mark.parametrize(("lufs", "gain"), [(None, 0.0), (-8.5, -5.5), (-14.0, 0.0), (-30.0, 0.0)])
def test_the_player_only_turns_down(lufs: float | None, gain: float) -> None:
    assert gain_db(lufs) == gain


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.flac").touch()

    with pytest.raises(work.FileRefusedError) as refused:
        work.store_master(tmp_path / "a.flac")
    assert refused.value.code == "empty"


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (misbehavior.crash, "decoder-failed"),
        (misbehavior.hoard, "too-much-memory"),
        (misbehavior.loop, "too-much-work"),
        (misbehavior.flood, "too-much-work"),
        (misbehavior.ramble, "too-much-work"),
        (misbehavior.nest, "decoder-failed"),
    ],
)
def test_a_decoder_that_fails_fails_its_file_only(
    tmp_path: Path, function: sandbox.client.Function, code: str
) -> None:
    (tmp_path / "a.flac").write_bytes(b"fLaC")
    limits = sandbox.Limits(
        wall_seconds=20, cpu_seconds=1, memory_bytes=256 << 20, output_bytes_max=1 << 20
    )

    with pytest.raises(work.FileRefusedError) as refused:
        work.in_sandbox(function, tmp_path / "a.flac", arguments={}, limits=limits)

    assert refused.value.code == code
    assert work.in_sandbox(
        misbehavior.echo, tmp_path / "a.flac", arguments={}, limits=limits
    ).attachment
