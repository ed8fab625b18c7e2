"""How far releases are: by folder while files are heard, by release afterwards."""

from __future__ import annotations

from datetime import date

from pennywhistle.apps.intake.advance import Advance, advance_by_folder, advance_by_release
from pennywhistle.apps.intake.doubts.queries import Hold
from pennywhistle.apps.intake.doubts.showing import FileLine
from pennywhistle.apps.intake.report import PlannedRelease, PlannedTrack, Report


def line(path: str, state: str = "good", hold: str = "", *, is_being_heard: bool = False):
    """A file of a delivery; `hold` is the state of what holds it."""
    holds = (Hold(path, "lossy-source", hold), Hold(path, "silent", "open")) if hold else ()
    return FileLine(1, path, state, path, (), holds, is_being_heard)


def planned(folder: str, *paths: str) -> PlannedRelease:
    """A release of these files."""
    tracks = tuple(
        PlannedTrack(
            path=path,
            sha256=path,
            disc_number=1,
            track_number=number,
            title=path,
            artists=(),
            isrc="",
            iswc="",
            work_title="",
            writers=(),
            credits=(),
            is_explicit=False,
            duration_ms=1,
            codec="flac",
            is_lossless=True,
        )
        for number, path in enumerate(paths, start=1)
    )
    return PlannedRelease(
        folder=folder,
        title=f"T{folder}",
        artist_line="",
        artists=(),
        label="",
        upc="",
        genre="",
        released_on=date(2026, 11, 1),
        is_explicit=False,
        about="",
        tracks=tracks,
    )


def test_while_files_are_heard_each_folder_is_taken_for_a_release() -> None:
    lines = [
        line("Box/A/CD1/1.flac"),
        line("Box/A/CD2/1.flac", "waiting", is_being_heard=True),
        line("Box/A/CD2/2.flac", "waiting"),
        line("Box/B/1.flac", "refused"),
        line("loose.flac", hold="open"),
    ]

    assert advance_by_folder(lines) == [
        Advance("A", total=3, passed=1, hearing=1),
        Advance("B", total=1, refused=1),
        Advance("", total=1, held=1),
    ]


def test_afterwards_each_release_counts_its_tracks_and_the_refused_files_of_its_folder() -> None:
    lines = [
        line("A/1.flac"),
        line("A/2.flac", hold="open"),
        line("A/3.flac", hold="upheld"),
        line("A/4.flac", "refused"),
        line("B/1.flac", hold="answer"),
        line("B/cover-less.flac", "refused"),
    ]
    report = Report((planned("A", "A/1.flac", "A/2.flac", "A/3.flac"), planned("B", "B/1.flac")))

    first, second = advance_by_release(report, lines)

    assert first == Advance("TA", total=4, passed=1, held=1, refused=2)
    assert second == Advance("TB", total=2, held=1, refused=1)
    assert (first.done, second.done) == (4, 2)
