"""The report of a delivery as data: what would be published, and what was found on the way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, Self

from pennywhistle.apps.intake.supplement import NamedCredit
from pennywhistle.apps.media.work import CoverFiles

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the supplier should know.

    Attributes:
        level: an error keeps its release from being published, the others do not.
        code: stable, for programs.
        file: the path that it is about; empty for the release or the delivery as a whole.
        seen: what was found, as a sentence.
        todo: what to do about it, as a sentence.
        release: the number in the report of the release that it is about; None for all.
    """

    level: Level
    code: str
    file: str
    seen: str
    todo: str
    release: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedTrack:
    """A track as it would be published; `recording_title` empty: the same title."""

    path: str
    sha256: str
    disc_number: int
    track_number: int
    title: str
    artists: tuple[str, ...]
    isrc: str
    iswc: str
    work_title: str
    writers: tuple[NamedCredit, ...]
    credits: tuple[NamedCredit, ...]
    is_explicit: bool
    duration_ms: int
    codec: str
    is_lossless: bool
    recording_title: str = ""
    # Of a medley, after the first: nothing says how much of it each takes up.
    further_iswcs: tuple[str, ...] = ()
    mbid: str = ""

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `asdict` made."""
        return cls(
            **{
                **value,
                "artists": tuple(value["artists"]),
                "further_iswcs": tuple(value.get("further_iswcs", ())),
                "writers": tuple(NamedCredit(**c) for c in value["writers"]),
                "credits": tuple(NamedCredit(**c) for c in value["credits"]),
            }
        )


@dataclass(frozen=True, slots=True)
class PlannedExtra:
    """A file that would come with a release, under `name` beside its tracks."""

    path: str
    kind: str
    title: str
    name: str
    mime_type: str
    sha256: str
    size_bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """A release as it would be published; `cover` is empty until it was made.

    `extras` None: nothing is said of them; those that the release has stay with it.
    """

    folder: str
    title: str
    artist_line: str
    artists: tuple[str, ...]
    label: str
    upc: str
    genre: str
    released_on: date
    is_explicit: bool
    about: str
    tracks: tuple[PlannedTrack, ...]
    cover: CoverFiles | None = None
    has_own_cover: bool = False
    extras: tuple[PlannedExtra, ...] | None = None
    # In MusicBrainz; `artist_mbids` are pairs of a name and its number.
    mbid: str = ""
    artist_mbids: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `Report.to_json` made."""
        return cls(
            **{
                **value,
                "artists": tuple(value["artists"]),
                "released_on": date.fromisoformat(value["released_on"]),
                "tracks": tuple(PlannedTrack.from_json(track) for track in value["tracks"]),
                "cover": CoverFiles(**value["cover"]) if value["cover"] else None,
                "extras": _extras(value.get("extras")),
                "artist_mbids": tuple((n, mbid) for n, mbid in value.get("artist_mbids", ())),
            }
        )


def _extras(plain: list[dict[str, Any]] | None) -> tuple[PlannedExtra, ...] | None:
    return None if plain is None else tuple(PlannedExtra(**each) for each in plain)


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery would become, release by release, and everything that was found."""

    releases: tuple[PlannedRelease, ...] = ()
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the delivery's row."""
        plain = asdict(self)
        for release in plain["releases"]:
            release["released_on"] = release["released_on"].isoformat()
        return plain

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            tuple(PlannedRelease.from_json(release) for release in value["releases"]),
            tuple(Finding(**finding) for finding in value["findings"]),
        )

    def of(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    def may_publish(self, index: int) -> bool:
        """Whether nothing speaks against publishing a release of the report."""
        return not any(finding.release in {None, index} for finding in self.of("error"))

    @property
    def publishable(self) -> tuple[PlannedRelease, ...]:
        """The releases against which nothing speaks."""
        return tuple(
            release for index, release in enumerate(self.releases) if self.may_publish(index)
        )
