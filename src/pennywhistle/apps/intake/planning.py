"""Makes releases out of checked files: groups them, and decides what each is called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.naming import Named, plain, read_path
from pennywhistle.apps.intake.report import PlannedRelease, PlannedTrack
from pennywhistle.apps.intake.supplement import WRITING_ROLES, NamedCredit, Supplement
from pennywhistle.kernel.identifiers import Gtin, Identifier, IdentifierInvalidError, Isrc, Iswc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pennywhistle.engines.audio import Examination, Tags

VARIOUS_ARTISTS = "Various Artists"
_DATE = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")
_SEPARATOR = re.compile(r"\s*;\s*")


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """An audio file of a delivery that was decoded to its end."""

    path: str
    sha256: str
    examination: Examination

    @property
    def tags(self) -> Tags:
        """What the file says about itself."""
        return self.examination.tags

    @property
    def named(self) -> Named:
        """What its path says."""
        return read_path(self.path)


@dataclass(frozen=True, slots=True)
class Context:
    """What a plan depends on besides the files."""

    supplier: str
    source_name: str
    today: date
    supplement: Supplement


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one release. `composer` is set where the composer makes the release."""

    folder: str
    files: tuple[CheckedFile, ...]
    composer: str = ""


def group(files: Iterable[CheckedFile], supplement: Supplement) -> list[Group]:
    """Files that belong together, in order of their paths."""
    groups: dict[tuple[str, str], list[CheckedFile]] = {}
    for file in sorted(files, key=lambda each: each.path):
        second = ""
        if supplement.grouping == "album":
            second = plain(file.tags.album)
        elif supplement.grouping == "composer":
            second = _first_composer(file, supplement)
        groups.setdefault((file.named.folder, second), []).append(file)
    by_composer = supplement.grouping == "composer"
    return [
        Group(folder, tuple(members), second if by_composer else "")
        for (folder, second), members in groups.items()
    ]


def plan(members: Group, context: Context) -> PlannedRelease:
    """What a group of files would be published as."""
    files = members.files
    artists = _release_artists(members, context)
    artist_line = " & ".join(artists)
    places = _places(members)
    return PlannedRelease(
        folder=members.folder,
        title=_title(members, context),
        artist_line=artist_line,
        artists=context.supplement.artists or artists,
        label=usual(plain(file.tags.label) for file in files) or context.supplier,
        upc=normal(Gtin, usual(file.tags.barcode for file in files)),
        genre=usual(plain(genre) for file in files for genre in file.tags.genres[:1]),
        released_on=max(
            (found for file in files if (found := read_date(file.tags.date))),
            default=context.today,
        ),
        mbid=usual(file.tags.musicbrainz.release for file in files),
        artist_mbids=_artist_mbids(files),
        is_explicit=context.supplement.is_explicit,
        about=context.supplement.about,
        tracks=tuple(
            _track(file, place, artist_line, context)
            for place, file in sorted(
                zip(places, files, strict=True), key=lambda pair: (pair[0], pair[1].path)
            )
        ),
    )


def usual(texts: Iterable[str]) -> str:
    """The text that most files have, the first of equals; empty ones do not count."""
    counted = Counter(text for text in texts if text)
    return counted.most_common(1)[0][0] if counted else ""


def normal(kind: type[Identifier], text: str) -> str:
    """An identifier in its normal form; empty if the text has not the form of one."""
    try:
        return kind.parse(text).value if text else ""
    except IdentifierInvalidError:
        return ""


def read_date(text: str) -> date | None:
    """A tag's date: a year, a month or a day; the first day of what it names."""
    match = _DATE.match(text)
    if match is None:
        return None
    try:
        return date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
    except ValueError:
        return None


def names(values: Sequence[str]) -> tuple[str, ...]:
    """Names out of tags: several may stand in one value, parted by semicolons."""
    parted = (plain(name) for value in values for name in _SEPARATOR.split(value))
    return tuple(dict.fromkeys(name for name in parted if name))


def writers_of(file: CheckedFile, supplement: Supplement) -> tuple[NamedCredit, ...]:
    """Who wrote what is played: by the supplement, and by the composer tag."""
    noted = [c for c in supplement.note_on(file.path).credits if c.role in WRITING_ROLES]
    tagged = [NamedCredit(name, "Composer") for name in names(file.tags.composers)]
    return tuple(dict.fromkeys([*noted, *tagged]))


def _first_composer(file: CheckedFile, supplement: Supplement) -> str:
    writers = writers_of(file, supplement)
    return writers[0].name if writers else next(iter(names(file.tags.artists)), "")


def _title(members: Group, context: Context) -> str:
    album = usual(plain(file.tags.album) for file in members.files)
    title = album or plain(members.folder.rpartition("/")[2]) or context.source_name
    return f"{title}: {members.composer}" if members.composer else title


def _release_artists(members: Group, context: Context) -> tuple[str, ...]:
    if members.composer:
        return (members.composer,)
    album_artists = Counter(names(f.tags.album_artists) for f in members.files)
    del album_artists[()]
    if album_artists:
        return album_artists.most_common(1)[0][0]
    track_artists = {names(file.tags.artists) for file in members.files} - {()}
    if len(track_artists) == 1:
        return track_artists.pop()
    return (VARIOUS_ARTISTS,) if track_artists else (context.supplier,)


def _artist_mbids(files: Sequence[CheckedFile]) -> tuple[tuple[str, str], ...]:
    """Which artists of MusicBrainz the named ones are, where the files have one number each.

    Of several numbers for one name the most frequent holds.
    """
    counted: dict[str, Counter[str]] = {}
    for file in files:
        tags, numbers = file.tags, file.tags.musicbrainz
        for said, their in (
            (names(tags.artists), numbers.artists),
            (names(tags.album_artists), numbers.album_artists),
        ):
            if len(said) == len(their):
                for name, number in zip(said, their, strict=True):
                    counted.setdefault(name, Counter())[number] += 1
    return tuple((name, of.most_common(1)[0][0]) for name, of in sorted(counted.items()))


def _places(members: Group) -> list[tuple[int, int]]:
    """Disc and number of each file; those without a number come last, in order of their names.

    Where the composer makes the release the numbers are those of another one, and only their
    order is kept.
    """
    known = [
        (_disc(file), file.tags.track_number or file.named.track_number) for file in members.files
    ]
    if members.composer:
        order = sorted(range(len(known)), key=lambda at: (known[at][0], known[at][1] or 9_999, at))
        place_of = {at: (1, number) for number, at in enumerate(order, start=1)}
        return [place_of[at] for at in range(len(known))]
    last = Counter[int]()
    for disc, number in known:
        last[disc] = max(last[disc], number or 0)
    places = []
    for disc, number in known:
        if number is None:
            last[disc] += 1
        places.append((disc, number or last[disc]))
    return places


def _disc(file: CheckedFile) -> int:
    return file.tags.disc_number or file.named.disc_number or 1


def _track(
    file: CheckedFile, place: tuple[int, int], artist_line: str, context: Context
) -> PlannedTrack:
    note = context.supplement.note_on(file.path)
    title = plain(file.tags.title) or file.named.title
    return PlannedTrack(
        path=file.path,
        sha256=file.sha256,
        disc_number=place[0],
        track_number=place[1],
        title=title,
        artists=names(file.tags.artists) or (artist_line,),
        isrc=normal(Isrc, file.tags.isrc),
        iswc=normal(Iswc, note.iswc or file.tags.iswc),
        work_title=note.work_title or title,
        writers=writers_of(file, context.supplement),
        credits=tuple(c for c in note.credits if c.role not in WRITING_ROLES),
        is_explicit=note.is_explicit,
        duration_ms=file.examination.duration_ms,
        codec=file.examination.codec,
        is_lossless=file.examination.lossless,
        mbid=file.tags.musicbrainz.recording,
    )
