"""Booklets, pictures and texts of a folder come with its release; what is hostile does not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from builders import NOON, usd
from pennywhistle.apps.catalog.models import ArtistMbid, Extra, Recording, Release
from pennywhistle.apps.intake import extras as planning
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.intake.tests.conftest import TERMS, Desk, codes
from pennywhistle.apps.media import extras as media
from pennywhistle.apps.media.custody import scrub
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.media.tests.audio_files import write_album
from pennywhistle.engines.documents.tests.pdfs import a_pdf

if TYPE_CHECKING:
    from pathlib import Path

RECORDING = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
RELEASE = "1b3a8d2f-0a3c-4b6e-9a53-5f1c7a0e2b11"
# So that nothing is taken for the same delivery.
OTHER_TERMS = replace(TERMS, album_price=usd("0.60"))
ADA = "f27ec8db-af05-4f36-916e-3d57f91ecf5e"


def picture(path: Path, size: tuple[int, int] = (60, 40), color: str = "#345") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)
    return path


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a cover, a booklet, a back cover and a text."""
    folder = write_album(tmp_path / "Tin Weather")
    (folder / "Booklet.pdf").write_bytes(a_pdf())
    picture(folder / "scans" / "back.png")
    (folder / "liner notes.txt").write_text("Recorded in a shed.\n", encoding="utf-8")
    return folder


def test_what_lies_in_the_folder_comes_with_the_release(desk: Desk, album: Path) -> None:
    delivery = desk.publish(album)

    extras = Release.objects.get().extras.all()
    assert [(extra.kind, extra.name, extra.mime_type) for extra in extras] == [
        ("booklet", "Booklet.pdf", "application/pdf"),
        ("back", "back.png", "image/png"),
        ("text", "liner notes.txt", "text/plain"),
    ]
    booklet = extras[0]
    content = (album / "Booklet.pdf").read_bytes()
    assert booklet.sha256 == hashlib.sha256(content).hexdigest()
    assert booklet.size_bytes == len(content)
    with MASTERS.open(booklet.sha256) as file:
        assert file.read() == content
    planned = Report.from_json(delivery.report or {}).releases[0]
    assert planned.cover is not None
    assert planned.has_own_cover
    assert [extra.name for extra in planned.extras or ()] == [extra.name for extra in extras]


def test_they_are_read_again_and_copied_like_masters(desk: Desk, album: Path) -> None:
    desk.publish(album)
    booklet = Extra.objects.get(kind="booklet")
    kept = StoredMaster.objects.in_use().get(sha256=booklet.sha256)
    assert kept.file_size_bytes == booklet.size_bytes

    path = MASTERS.path(booklet.sha256)
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + b"?")

    try:
        assert booklet.sha256 in scrub(size_bytes_max=None, now=NOON).lost
    finally:
        path.write_bytes(whole)


def test_the_same_folder_delivered_again_changes_them(desk: Desk, album: Path) -> None:
    desk.publish(album)
    before = {extra.name: extra for extra in Extra.objects.all()}
    (album / "Booklet.pdf").write_bytes(a_pdf(b"(second edition)"))
    (album / "liner notes.txt").unlink()

    desk.publish(album)

    now = {extra.name: extra for extra in Extra.objects.all()}
    assert now.keys() == before.keys()
    assert now["Booklet.pdf"].pk == before["Booklet.pdf"].pk
    assert now["Booklet.pdf"].sha256 != before["Booklet.pdf"].sha256
    # Who bought the release with it keeps it.
    assert now["liner notes.txt"].left_at == NOON
    assert now["back.png"].left_at is None


def test_a_folder_without_any_leaves_them_as_they_are(desk: Desk, album: Path) -> None:
    desk.publish(album)
    for path in (album / "Booklet.pdf", album / "scans" / "back.png", album / "liner notes.txt"):
        path.unlink()

    desk.publish(album, terms=OTHER_TERMS)

    assert Extra.objects.present().count() == 3


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("Booklet.pdf", a_pdf(b"<< /S /JavaScript /JS (x) >>"), "extra-active-document"),
        ("Booklet.pdf", a_pdf(trailer=b"/Encrypt 4 0 R"), "extra-closed-document"),
        ("Booklet.pdf", a_pdf()[:40], "extra-incomplete-document"),
        ("Booklet.pdf", b"MZ\x90\x00 no booklet", "extra-unknown-document"),
        ("Booklet.pdf", b"", "extra-empty"),
        ("notes.txt", b"\x89PNG\r\n\x1a\n\x00", "extra-unknown-document"),
        ("notes.txt", "Café".encode("latin-1"), "extra-text-not-utf8"),
        ("back.jpg", b"\xff\xd8\xff but no more", "extra-damaged-picture"),
        ("back.png", b"<svg onload='alert(1)'/>", "extra-unknown-picture"),
        ("back.jpg", b"GIF89a<script>alert(1)</script>", "extra-unknown-picture"),
    ],
)
def test_what_cannot_be_handed_on_is_told_and_the_music_is_published(
    desk: Desk, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    folder = write_album(tmp_path / "Album")
    (folder / name).write_bytes(content)

    delivery = desk.publish(folder)

    report = Report.from_json(delivery.report or {})
    (finding,) = (each for each in report.findings if each.code == code)
    assert (finding.level, finding.file) == ("warning", name)
    assert finding.seen.endswith(".")
    assert finding.todo
    assert delivery.state == Delivery.State.PUBLISHED
    assert not Extra.objects.exists()


def test_what_is_too_large_is_told(
    desk: Desk, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "EXTRA_FILE_BYTES_MAX", 100)

    report = desk.report(album)

    assert "extra-too-large" in codes(report)
    assert "Booklet.pdf" not in {extra.name for extra in report.releases[0].extras or ()}


def test_more_than_a_shelf_holds_are_told(
    desk: Desk, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "EXTRAS_PER_RELEASE_MAX", 2)

    report = desk.report(album)

    assert len(report.releases[0].extras or ()) == 2
    assert "extra-too-many" in codes(report)


def test_names_are_safe_and_no_two_alike(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album")
    for path in ("a/Notes.txt", "b/NOTES.txt", "CON.txt", "scans/cover.jpg", "RECEIPT-PENDING.txt"):
        (folder / path).parent.mkdir(exist_ok=True)
        if path.endswith(".jpg"):
            picture(folder / path)
        else:
            (folder / path).write_text(path, encoding="utf-8")
    (folder / "Very \u202elong\u202c pdf.pdf").write_bytes(a_pdf())

    names = [extra.name for extra in desk.report(folder).releases[0].extras or ()]

    assert names == [
        "Very long pdf.pdf",
        "cover 2.jpg",
        "_CON.txt",
        "RECEIPT-PENDING 2.txt",
        "Notes.txt",
        "NOTES 2.txt",
    ]


def test_each_release_of_a_delivery_has_those_of_its_folder(desk: Desk, tmp_path: Path) -> None:
    for title in ("First", "Second"):
        write_album(tmp_path / "All" / title, ("North" if title == "First" else "South",))
        (tmp_path / "All" / title / "Booklet.pdf").write_bytes(a_pdf(f"({title})".encode()))
    (tmp_path / "All" / "label.txt").write_text("All about the label.", encoding="utf-8")

    report = desk.report(tmp_path / "All")

    names = {each.title: [e.path for e in each.extras or ()] for each in report.releases}
    assert names == {"First": ["First/Booklet.pdf"], "Second": ["Second/Booklet.pdf"]}
    assert [each.file for each in report.findings if each.code == "extra-of-none"] == ["label.txt"]


def test_numbers_of_musicbrainz_come_from_the_tags(desk: Desk, tmp_path: Path) -> None:
    tags = {
        "MUSICBRAINZ_TRACKID": RECORDING.upper(),
        "MUSICBRAINZ_ALBUMID": RELEASE,
        "MUSICBRAINZ_ARTISTID": ADA,
        "MUSICBRAINZ_ALBUMARTISTID": "no number",
    }

    desk.publish(write_album(tmp_path / "Album", ("North",), **tags))

    assert Release.objects.get().mbid == RELEASE
    assert Recording.objects.get().mbid == RECORDING
    (artist,) = ArtistMbid.objects.select_related("party", "supplier")
    assert (artist.party.name, artist.mbid) == ("Ada", ADA)
    assert artist.supplier_id == desk.supplier_id


def test_a_delivery_that_says_no_numbers_leaves_them(desk: Desk, tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Album", ("North",), MUSICBRAINZ_TRACKID=RECORDING)
    desk.publish(folder)
    write_album(folder, ("North",))

    desk.publish(folder, terms=OTHER_TERMS)

    assert Recording.objects.get().mbid == RECORDING
