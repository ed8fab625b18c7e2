"""What a supplier says besides the files: who did what, the works, words about the release."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

Grouping = Literal["folder", "album", "composer"]
GROUPINGS: tuple[Grouping, ...] = ("folder", "album", "composer")
# Roles that are about the composition, not about the recording of it.
WRITING_ROLES = frozenset({"Composer", "Lyricist", "Arranger"})


@dataclass(frozen=True, slots=True)
class NamedCredit:
    """Somebody, by name, and their role (a value of the catalog's roles)."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class TrackNote:
    """What is said about the files whose path, or name, matches `pattern` (`*` and `?`)."""

    pattern: str
    credits: tuple[NamedCredit, ...] = ()
    work_title: str = ""
    iswc: str = ""
    is_explicit: bool = False

    def fits(self, path: str) -> bool:
        """Whether this is about that file."""
        name = path.rpartition("/")[2]
        return fnmatchcase(path, self.pattern) or fnmatchcase(name, self.pattern)


@dataclass(frozen=True, slots=True)
class Supplement:
    """How a delivery is to be read, and what its files do not say themselves.

    Attributes:
        grouping: what makes a release: its folder, the album tag within it, or the composer.
        notes: about files; of those that fit a file the last holds.
        artists: of the release, where its artist line names several.
        about: shown on the release's page.
        is_explicit: of the release.
    """

    grouping: Grouping = "folder"
    notes: tuple[TrackNote, ...] = ()
    artists: tuple[str, ...] = ()
    about: str = ""
    is_explicit: bool = False

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the delivery's row."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        notes = tuple(
            TrackNote(**{**note, "credits": tuple(NamedCredit(**c) for c in note["credits"])})
            for note in value.get("notes", [])
        )
        return cls(**{**value, "notes": notes, "artists": tuple(value.get("artists", []))})

    def note_on(self, path: str) -> TrackNote:
        """What is said about one file: by the last note that fits it."""
        fitting = (note for note in reversed(self.notes) if note.fits(path))
        return next(fitting, TrackNote(path))
