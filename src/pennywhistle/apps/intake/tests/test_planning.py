"""How files become releases: by folder, by album, by composer; discs, numbers, names, dates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pennywhistle.apps.intake.planning import CheckedFile, Context, group, plan, read_date
from pennywhistle.apps.intake.supplement import Grouping, NamedCredit, Supplement, TrackNote
from pennywhistle.engines.audio import Container, Examination, Tags

if TYPE_CHECKING:
    from pennywhistle.apps.intake.report import PlannedRelease

TODAY = date(2026, 11, 21)


def a_file(path: str, **tags: Any) -> CheckedFile:
    examination = Examination(
        container=Container.FLAC,
        codec="flac",
        lossless=True,
        sample_rate_hz=44_100,
        bits_per_sample=16,
        channels=2,
        sample_count=44_100,
        duration_ms=1_000,
        audio_md5="",
        md5_checked=True,
        tags=Tags(**tags),
        cover_type="",
        peaks=(1,),
        loudness_lufs=-14.0,
        preview_start_ms=0,
    )
    return CheckedFile(path, f"{hash(path):x}", examination)


def releases(*files: CheckedFile, supplement: Supplement | None = None) -> list[PlannedRelease]:
    supplement = supplement or Supplement()
    context = Context("North Label", "Box", TODAY, supplement)
    return [plan(members, context) for members in group(files, supplement)]


def numbered(release: PlannedRelease) -> list[tuple[int, int, str]]:
    return [(t.disc_number, t.track_number, t.title) for t in release.tracks]


def test_a_folder_with_its_disc_folders_is_one_release() -> None:
    found = releases(
        a_file("Album/CD2/01 South.flac"),
        a_file("Album/CD1/01 North.flac"),
        a_file("Other/01 East.flac"),
    )

    assert [release.title for release in found] == ["Album", "Other"]
    assert numbered(found[0]) == [(1, 1, "North"), (2, 1, "South")]


def test_tags_come_before_names() -> None:
    file = a_file("01 North.flac", title="South", track_number=7, disc_number=2, album="Winds")

    (release,) = releases(file)

    assert release.title == "Winds"
    assert numbered(release) == [(2, 7, "South")]


def test_files_without_a_number_stand_last() -> None:
    (release,) = releases(
        a_file("a.flac", title="A"),
        a_file("b.flac", title="B"),
        a_file("z.flac", title="Z", track_number=3),
    )

    assert numbered(release) == [(1, 3, "Z"), (1, 4, "A"), (1, 5, "B")]


@pytest.mark.parametrize(
    ("grouping", "titles"),
    [
        ("folder", ["Winds"]),
        ("album", ["Winds", "Rain"]),
        ("composer", ["Winds: Ada", "Rain: Ben"]),
    ],
)
def test_what_makes_a_release_can_be_chosen(grouping: Grouping, titles: list[str]) -> None:
    files = (
        a_file("1.ogg", album="Winds", composers=("Ada",), track_number=4),
        a_file("2.ogg", album="Winds", composers=("Ada",), track_number=9),
        a_file("3.ogg", album="Rain", composers=("Ben", "Ada"), track_number=5),
    )

    found = releases(*files, supplement=Supplement(grouping=grouping))

    assert [release.title for release in found] == titles


def test_releases_by_composer_count_from_one() -> None:
    found = releases(
        a_file("1.ogg", artists=("Ada",), track_number=9, disc_number=2),
        a_file("2.ogg", artists=("Ada",), track_number=4, disc_number=1),
        supplement=Supplement(grouping="composer"),
    )

    assert [(d, n) for d, n, _ in numbered(found[0])] == [(1, 1), (1, 2)]
    assert found[0].tracks[0].path == "2.ogg"
    assert found[0].artist_line == "Ada"


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        ([{"artists": ("Ada",)}, {"artists": ("Ada",)}], "Ada"),
        ([{"artists": ("Ada",)}, {"artists": ("Ben",)}], "Various Artists"),
        ([{"artists": ("Ada",), "album_artists": ("Duo; Trio",)}, {}], "Duo & Trio"),
        ([{}, {}], "North Label"),
    ],
)
def test_the_artist_line_is(tags: list[dict[str, Any]], line: str) -> None:
    (release,) = releases(*(a_file(f"{n}.flac", **each) for n, each in enumerate(tags)))

    assert release.artist_line == line


def test_notes_add_to_what_the_files_say() -> None:
    notes = (
        TrackNote("*.flac", (NamedCredit("Nobody", "Composer"),)),
        TrackNote("b.flac", (NamedCredit("Cleo", "Lyricist"), NamedCredit("Dora", "Mixer"))),
    )
    (release,) = releases(
        a_file("x/b.flac", composers=("Ada",)), supplement=Supplement(notes=notes)
    )

    (track,) = release.tracks
    assert [writer.name for writer in track.writers] == ["Cleo", "Ada"]
    assert [credit.name for credit in track.credits] == ["Dora"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-20", date(2026, 3, 20)),
        ("2026-03", date(2026, 3, 1)),
        ("2026", date(2026, 1, 1)),
        ("2026-03-20T10:00:00", date(2026, 3, 20)),
        ("2026-13-01", None),
        ("0000", None),
        ("20.3.2026", None),
        ("", None),
    ],
)
def test_a_date_tag_is_read(text: str, day: date | None) -> None:
    assert read_date(text) == day


def test_a_release_is_as_old_as_its_youngest_track() -> None:
    (release,) = releases(a_file("1.flac", date="2004"), a_file("2.flac", date="2012-05-01"))

    assert release.released_on == date(2012, 5, 1)
