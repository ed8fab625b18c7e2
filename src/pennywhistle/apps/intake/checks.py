"""The rules of a delivery: each looks at a release and its files, and says what it finds."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.limits import TRACKS_PER_RELEASE_MAX
from pennywhistle.apps.intake.naming import plain
from pennywhistle.apps.intake.planning import Group, names, read_date
from pennywhistle.apps.intake.report import Finding, Level, PlannedRelease
from pennywhistle.kernel.identifiers import Gtin, Identifier, IdentifierInvalidError, Isrc, Iswc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def check(index: int, release: PlannedRelease, members: Group) -> Iterator[Finding]:
    """Everything that the rules find in one release; `index` is its number in the report."""
    for rule in _RULES:
        for found in rule(release, members):
            yield Finding(found.level, found.code, found.file, found.seen, found.todo, index)


def _sizes(release: PlannedRelease, _: Group) -> Iterator[Finding]:
    if len(release.tracks) > TRACKS_PER_RELEASE_MAX:
        yield Finding(
            "error",
            "too-many-tracks",
            "",
            f"It would have {len(release.tracks)} tracks; {TRACKS_PER_RELEASE_MAX} is the most.",
            "Put the files of each release into a folder of its own.",
        )


def _titles(_: PlannedRelease, members: Group) -> Iterator[Finding]:
    for file in members.files:
        if not plain(file.tags.title):
            yield Finding(
                "warning",
                "title-missing",
                file.path,
                f"The file has no title; “{file.named.title}” is taken from its name.",
                "Write a title tag if that is not what it is called.",
            )


def _artists(release: PlannedRelease, members: Group) -> Iterator[Finding]:
    silent = [file.path for file in members.files if not names(file.tags.artists)]
    for path in silent:
        yield Finding(
            "warning",
            "artist-missing",
            path,
            f"The file names no artist; “{release.artist_line}” is taken.",
            "Write an artist tag.",
        )


def _places(release: PlannedRelease, members: Group) -> Iterator[Finding]:
    at_place = defaultdict(list)
    for track in release.tracks:
        at_place[track.disc_number, track.track_number].append(track.path)
    for (disc, number), paths in at_place.items():
        if len(paths) > 1:
            yield Finding(
                "error",
                "track-number-twice",
                paths[1],
                f"{len(paths)} files are track {number} of disc {disc}: {', '.join(paths[:5])}.",
                "Give each file a number of its own.",
            )
    unnumbered = [
        file
        for file in members.files
        if file.tags.track_number is None and file.named.track_number is None
    ]
    if members.composer or not unnumbered:
        return
    for file in unnumbered:
        yield Finding(
            "warning",
            "track-number-missing",
            file.path,
            "The file has no track number and stands behind those that have one.",
            "Write a track number, or begin the file's name with it.",
        )


def _albums(release: PlannedRelease, members: Group) -> Iterator[Finding]:
    albums = Counter(plain(file.tags.album) for file in members.files)
    if len(albums) == 1 and "" in albums:
        yield Finding(
            "warning",
            "album-missing",
            "",
            f"No file names its album; “{release.title}” is taken from the folder.",
            "Write an album tag.",
        )
    elif len(albums) > 1:
        others = ", ".join(
            f"“{name}” ({count})" if name else f"none ({count})"
            for name, count in albums.most_common(5)
        )
        yield Finding(
            "warning",
            "albums-differ",
            "",
            f"The files name different albums: {others}. They become one release.",
            "Put each album into its own folder, or group by album.",
        )


def _dates(release: PlannedRelease, members: Group) -> Iterator[Finding]:
    if not any(read_date(file.tags.date) for file in members.files):
        yield Finding(
            "warning",
            "date-missing",
            "",
            f"No file has a date that can be read; {release.released_on:%Y-%m-%d} is taken.",
            "Write the release date as a date tag: 2026-11-21.",
        )


def _identifiers(_: PlannedRelease, members: Group) -> Iterator[Finding]:
    for file in members.files:
        yield from _identifier(Isrc, file.tags.isrc, file.path)
        yield from _identifier(Iswc, file.tags.iswc, file.path)
    barcodes = {file.tags.barcode: file.path for file in reversed(members.files)}
    for text, path in barcodes.items():
        yield from _identifier(Gtin, text, path)
    if len([text for text in barcodes if text]) > 1:
        yield Finding(
            "warning",
            "upc-differs",
            "",
            f"The files name different barcodes: {', '.join(sorted(filter(None, barcodes)))}.",
            "Write the same barcode into all files of a release.",
        )


def _identifier(kind: type[Identifier], text: str, path: str) -> Iterator[Finding]:
    if not text:
        return
    name = "UPC" if kind is Gtin else kind.scheme.upper()
    try:
        read = kind.parse(text)
    except IdentifierInvalidError as error:
        yield Finding(
            "warning",
            f"{name.lower()}-form",
            path,
            f"“{error.text}” is no {name}: {error.why}. It is left out.",
            f"Correct the {name}.",
        )
        return
    if not read.check_ok:
        yield Finding(
            "warning",
            f"{name.lower()}-check",
            path,
            f"The {name} {read.display} looks mistyped. It is kept as it is.",
            f"Compare the {name} with the registrar's list.",
        )


def _isrcs(release: PlannedRelease, _: Group) -> Iterator[Finding]:
    yield from _twice(
        "error",
        "isrc-twice",
        ((track.isrc, track.path) for track in release.tracks),
        "{count} different files carry the same ISRC {value}: {paths}.",
        "Give each recording the ISRC that is its own.",
    )


def _contents(release: PlannedRelease, _: Group) -> Iterator[Finding]:
    yield from _twice(
        "warning",
        "same-audio-twice",
        ((track.sha256, track.path) for track in release.tracks),
        "{count} files are the same, byte for byte: {paths}. They become one recording.",
        "Look whether one of them was exported twice.",
    )


def _twice(
    level: Level, code: str, values: Iterable[tuple[str, str]], seen: str, todo: str
) -> Iterator[Finding]:
    by_value = defaultdict(list)
    for value, path in values:
        if value:
            by_value[value].append(path)
    for value, paths in by_value.items():
        if len(paths) > 1:
            told = seen.format(count=len(paths), value=value, paths=", ".join(paths[:5]))
            yield Finding(level, code, paths[1], told, todo)


def _sound(_: PlannedRelease, members: Group) -> Iterator[Finding]:
    lossy = [file for file in members.files if not file.examination.lossless]
    if lossy:
        codecs = ", ".join(sorted({file.examination.codec for file in lossy}))
        yield Finding(
            "warning",
            "lossy-master",
            lossy[0].path,
            _lossy_text(len(lossy), len(members.files), codecs),
            "Deliver FLAC, WAV, AIFF or ALAC if there is one.",
        )
    rates = Counter(file.examination.sample_rate_hz for file in members.files)
    if len(rates) > 1:
        told = ", ".join(f"{rate} Hz ({count})" for rate, count in rates.most_common())
        yield Finding(
            "note", "sample-rates-differ", "", f"The files have different sample rates: {told}.", ""
        )
    for file in members.files:
        if file.examination.loudness_lufs is None:
            yield Finding("note", "silent", file.path, "The file is silent, or nearly.", "")


def _lossy_text(count: int, total: int, codecs: str) -> str:
    if count == 1:
        which = "The file" if total == 1 else f"1 of {total} files"
        return f"{which} is lossy ({codecs}). It is sold, and marked as such."
    return f"{count} of {total} files are lossy ({codecs}). They are sold, and marked as such."


_RULES = (
    _sizes,
    _titles,
    _artists,
    _places,
    _albums,
    _dates,
    _identifiers,
    _isrcs,
    _contents,
    _sound,
)
