"""Bad input: refused with a reason, nothing half done, nothing lost, memory bounded."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from bounded import bounded_work
from builders import NOON, a_user
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.intake import folder as folders
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.actions import (
    NotPublishableError,
    publish_delivery,
    start_upload,
)
from pennywhistle.apps.intake.folder import FolderError, FolderTooLargeError, walk
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.queries import deliveries, delivery_report
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.intake.tests.conftest import TERMS, Desk, codes
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.tests.audio_files import embed_cover, write_album, write_audio
from pennywhistle.apps.parties.actions import ensure_party, let_act

if TYPE_CHECKING:
    from pathlib import Path

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(20)
)
LAUGHS += b"]><lolz>&u;</lolz>"


def cut_in_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def with_wrong_md5(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8 + 18] ^= 0xFF  # STREAMINFO's MD5 is its last 16 bytes (RFC 9639, section 8.2)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("playlist.wav", b"ffconcat version 1.0\nfile /etc/passwd\n", "unknown-format"),
        ("list.flac", b"#EXTM3U\nhttp://127.0.0.1:9/secret.mp3\n", "unknown-format"),
        ("empty.flac", b"", "empty"),
        ("one.flac", b"f", "unknown-format"),
        ("head.flac", b"fLaC", "damaged-audio"),
        ("markup.mp3", LAUGHS, "unknown-format"),
        ("zip.wav", b"PK\x03\x04" + bytes(100), "unknown-format"),
    ],
)
def test_what_only_calls_itself_audio_is_refused(
    desk: Desk, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    folder = write_album(tmp_path / "Album", ("North",))
    (folder / name).write_bytes(content)

    delivery = desk.read(folder)

    file = delivery.files.get(path=name)
    assert (file.state, file.refusal_code) == (DeliveryFile.State.REFUSED, code)
    assert not file.sha256 or not MASTERS.has(file.sha256)
    assert delivery.state == Delivery.State.REFUSED
    with pytest.raises(NotPublishableError):
        publish_delivery(delivery_id=delivery.pk, terms=TERMS, now=NOON)
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("damage", "code"), [(cut_in_half, "incomplete-audio"), (with_wrong_md5, "md5-differs")]
)
def test_audio_that_is_not_whole_keeps_its_release_back(
    desk: Desk, tmp_path: Path, damage: object, code: str
) -> None:
    good = write_album(tmp_path / "Box" / "Good", ("North",))
    bad = write_album(tmp_path / "Box" / "Bad", ("South",))
    write_audio(bad / "02 East.flac", seconds=4, title="East", track="2", album="Bad", artist="Ada")
    assert callable(damage)
    damage(bad / "02 East.flac")

    delivery = desk.read(good.parent)
    report = Report.from_json(delivery.report or {})

    assert delivery.state == Delivery.State.NEEDS_ANSWER
    assert [finding.code for finding in report.of("error")] == [code]
    assert [release.title for release in report.publishable] == ["Good"]
    publish_delivery(delivery_id=delivery.pk, terms=TERMS, now=NOON)
    assert [release.title for release in Release.objects.all()] == ["Good"]


def test_a_file_is_judged_by_its_content(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album", ("North",))
    lossy = write_audio(folder / "x.mp3", codec="libmp3lame", title="South", track="2")
    lossy.rename(folder / "02 South.flac")

    report = desk.report(folder)

    south = report.releases[0].tracks[1]
    assert (south.codec, south.is_lossless) == ("mp3", False)
    assert "lossy-master" in codes(report)


@override_settings(MASTER_FILE_BYTES_MAX=20_000)
def test_a_file_over_the_limit_is_refused_and_not_kept(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "Album"
    write_audio(folder / "01 Long.wav", codec="pcm_s16le", seconds=2, pitch_hz=1234.5)

    delivery = desk.read(folder)

    assert delivery.files.get().refusal_code == "too-large"
    assert not list((MASTERS.root / "tmp").glob("*"))


def test_tags_are_text_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    titles = ("../../etc/passwd", 'a/b\\c:*?"<script>', "e\u0301\u202egpj", "🎺👩‍🚀", "x" * 10_000)
    folder = tmp_path / "Album"
    for number, title in enumerate(titles, start=1):
        tags = {"title": title, "track": str(number)}
        write_audio(folder / f"{number}.flac", pitch_hz=100.0 * number, **tags)

    desk.publish(folder)

    shown = [track.title for track in Track.objects.order_by("track_number")]
    assert shown == [titles[0], titles[1], "égpj", titles[3], "x" * 500]
    assert all("/" not in track.slug for track in Track.objects.all())


def test_markup_and_lists_beside_the_music_are_not_read(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album", ("North",))
    (folder / "album.xml").write_bytes(LAUGHS)
    (folder / "cover.svg").write_bytes(LAUGHS)
    (folder / "list.m3u8").write_bytes(b"#EXTM3U\nhttp://127.0.0.1:9/secret.mp3\n")
    (folder / "deep.xml").write_bytes(b"<a>" * 1_000_000)
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with bounded_work():
        walk(folder)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_kb < 20_000
    report = desk.report(folder)
    unread = {finding.file for finding in report.findings if finding.code == "not-read"}
    assert unread == {"album.xml", "cover.svg", "list.m3u8", "deep.xml"}
    assert report.publishable


def test_a_cover_that_is_no_picture_is_told_and_replaced(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album", ("North",))
    (folder / "folder.jpg").unlink()
    (folder / "cover.jpg").write_bytes(b"<svg><script>alert(1)</script></svg>")
    embed_cover(folder / "01 North.flac", b"\xff\xd8\xff" + bytes(200))

    report = desk.report(folder)

    assert {"cover-unknown-picture", "cover-damaged-picture", "cover-missing"} <= codes(report)
    assert report.publishable[0].cover is not None
    assert not report.publishable[0].has_own_cover


def test_links_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    outside = tmp_path / "secret.flac"
    outside.write_bytes(b"fLaC")
    folder = tmp_path / "Album"
    folder.mkdir()
    (folder / "link.flac").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    (folder / ".hidden.flac").write_bytes(b"fLaC")
    (folder / "a.txt").write_bytes(b"text")

    assert [found.path for found in walk(folder)] == ["a.txt"]


def test_a_folder_without_end_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / "Deep"
    (deep / "/".join("abcdefgh")).mkdir(parents=True)
    with pytest.raises(FolderTooLargeError):
        walk(deep)
    many = tmp_path / "Many"
    many.mkdir()
    for number in range(folders.FILES_MAX + 1):
        (many / f"{number}.txt").touch()
    with pytest.raises(FolderTooLargeError):
        walk(many)
    with pytest.raises(FolderError):
        walk(tmp_path / "Nowhere")


@pytest.mark.parametrize(
    ("tags", "level", "code"),
    [
        ({"track": "1"}, "error", "track-number-twice"),
        ({"ISRC": "ZZA1W2600001"}, "error", "isrc-twice"),
        ({"ISRC": "ZZA1W26"}, "warning", "isrc-form"),
        ({"BARCODE": "123"}, "warning", "upc-form"),
        ({"BARCODE": "049900000148"}, "warning", "upc-check"),
        ({"ISWC": "T-034.524.680-2"}, "warning", "iswc-check"),
        ({"title": ""}, "warning", "title-missing"),
        ({"artist": ""}, "warning", "artist-missing"),
        ({"album": ""}, "warning", "album-missing"),
        ({"date": "last spring"}, "warning", "date-missing"),
    ],
)
def test_what_the_tags_lack_is_told(
    desk: Desk, tmp_path: Path, tags: dict[str, str], level: str, code: str
) -> None:
    report = desk.report(write_album(tmp_path / "Album", **tags))

    found = [finding for finding in report.findings if finding.code == code]
    assert found
    assert all(finding.level == level and finding.seen and finding.todo for finding in found)
    assert bool(report.publishable) == (level != "error")


def test_what_was_interrupted_goes_on_where_it_was(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album", ("North", "South", "East"))

    class Killed(Exception):  # noqa: N818
        """Stands for the end of the process."""

    def kill_after_one(step: str, done: int, _total: int, /, *_paths: str) -> None:
        if step == "check" and done == 1:
            raise Killed

    with pytest.raises(Killed):
        work.read_folder(
            supplier_id=desk.supplier_id,
            folder=folder,
            supplement=Supplement(),
            now=NOON,
            progress=kill_after_one,
        )
    stopped = Delivery.objects.get()
    assert (stopped.state, stopped.files_checked, stopped.report) == ("checking", 1, None)
    assert not Release.objects.exists()

    work.check_delivery(delivery_id=stopped.pk)
    work.check_delivery(delivery_id=stopped.pk)

    stopped.refresh_from_db()
    assert (stopped.state, stopped.files_checked, stopped.files_total) == ("ready", 3, 3)


def test_an_upload_is_checked_by_a_job_and_seen_by_its_supplier_only(
    desk: Desk, tmp_path: Path
) -> None:
    ada, ben = a_user("ada@example.org"), a_user("ben@example.org")
    let_act(party_id=desk.supplier_id, user_id=ada.pk)
    let_act(party_id=ensure_party(name="Other Label").pk, user_id=ben.pk)
    folder = write_album(tmp_path / "Album", ("North",))
    uploaded = [("Album/01 North.flac", folder / "01 North.flac")]

    delivery = start_upload(
        supplier_id=desk.supplier_id,
        source_name="Album",
        files=uploaded,
        supplement=Supplement(),
        now=NOON,
    )
    (folder / "01 North.flac").unlink()
    waiting = delivery_report(user=ada, public_id=delivery.public_id)
    assert waiting is not None
    assert (waiting.is_checking, waiting.files_checked, waiting.files_total) == (True, 0, 1)
    work.check_delivery(delivery_id=delivery.pk)

    seen = delivery_report(user=ada, public_id=delivery.public_id)
    assert seen is not None
    assert seen.report is not None
    assert (seen.may_publish, len(seen.report.releases)) == (True, 1)
    assert [each.id for each in deliveries(user=ada)] == [delivery.pk]
    assert delivery_report(user=ben, public_id=delivery.public_id) is None
    assert deliveries(user=ben) == []


def test_two_files_of_one_name_are_refused(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album", ("North", "South"))
    files = [("a.flac", folder / "01 North.flac"), ("a.flac", folder / "02 South.flac")]

    with pytest.raises(FolderError):
        start_upload(
            supplier_id=desk.supplier_id,
            source_name="Album",
            files=files,
            supplement=Supplement(),
            now=NOON,
        )
    assert not Delivery.objects.exists()
