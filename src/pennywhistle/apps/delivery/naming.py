"""What a track's file is called under each scheme that a buyer can choose: safe names, always."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pennywhistle.kernel.file_name import safe_file_name

# Long titles are cut, so that folder and file together stay below what file systems take.
_NAME_BYTES_MAX = 100


class Naming(StrEnum):
    """The schemes."""

    NUMBERS = "numbers"
    ARTISTS = "artists"
    FOLDERS = "folders"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Words:
    """What names are made of, as the catalog has it.

    `number` is already as wide as the release needs, its disc in front where there are several.
    """

    number: str
    title: str
    artist: str
    album: str
    album_artist: str
    year: int


# One format a part of the path, the file's last.
_SCHEMES = {
    Naming.NUMBERS: ("{album_artist} - {album}", "{number} {title}"),
    Naming.ARTISTS: ("{album_artist} - {album}", "{number} {artist} - {title}"),
    Naming.FOLDERS: ("{album_artist}", "{year} - {album}", "{number} {title}"),
    Naming.LINE: ("{album_artist} - {album}", "{artist} - {album} - {number} {title}"),
}


def names(words: Words, naming: Naming) -> tuple[str, ...]:
    """The folders and the file's name without its extension; each one safe path component.

    The number in front is never cut off, and neither can a title bring a separator in: a part is
    made safe when it is whole.
    """
    texts = {
        "number": words.number,
        "title": words.title,
        "artist": words.artist,
        "album": words.album,
        "album_artist": words.album_artist,
        "year": f"{words.year:04}",
    }
    return tuple(_safe(part, texts) for part in _SCHEMES[naming])


def _safe(part: str, texts: dict[str, str]) -> str:
    if part == "{number} {title}":
        # The number's bytes are not taken from the title, so that names stay what they were.
        title = safe_file_name(texts["title"], length_max=_NAME_BYTES_MAX)
        return f"{texts['number']} {title}"
    if part.startswith("{artist} - {album}"):
        # What tells the files apart stands last, and must not be what a long name is cut off.
        end = safe_file_name(f"{texts['number']} {texts['title']}", length_max=_NAME_BYTES_MAX)
        start = f"{texts['artist']} - {texts['album']}"
        return f"{safe_file_name(start, length_max=_NAME_BYTES_MAX)} - {end}"
    return safe_file_name(part.format_map(texts), length_max=_NAME_BYTES_MAX)
