"""Reads the tags and the cover of every container into our words."""

import base64
import binascii
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from mutagen import MutagenError

from pennywhistle.engines.audio.containers import Container
from pennywhistle.engines.audio.musicbrainz import READ_NAMES, UFID
from pennywhistle.engines.audio.tags import Tags, clean_text, clean_texts, parse_number
from pennywhistle.engines.audio.untyped import (
    AIFF,
    FLAC,
    ID3,
    MP3,
    MP4,
    OGG_FLAC,
    OGG_OPUS,
    OGG_VORBIS,
    PICTURE,
    WAVE,
)

_front_cover = 3
_between_numbers = re.compile(r"\s*[;/,]\s*")
_readers: dict[Container, tuple[Any, ...]] = {
    Container.FLAC: (FLAC,),
    Container.WAV: (WAVE,),
    Container.AIFF: (AIFF,),
    Container.MP4: (MP4,),
    Container.MP3: (MP3,),
    Container.OGG: (OGG_VORBIS, OGG_OPUS, OGG_FLAC),
}
# Each of our words, and the names it has in Vorbis comments, ID3v2 frames and MP4 atoms.
_names: dict[str, tuple[str, ...]] = {
    "title": ("title", "TIT2", "\xa9nam"),
    "artists": ("artist", "artists", "TPE1", "\xa9ART"),
    "album": ("album", "TALB", "\xa9alb"),
    "album_artists": ("albumartist", "album artist", "album_artist", "TPE2", "aART"),
    "track": ("tracknumber", "track", "TRCK"),
    "disc": ("discnumber", "disc", "TPOS"),
    "date": ("date", "year", "TDRC", "TDRL", "TDOR", "\xa9day"),
    "genres": ("genre", "TCON", "\xa9gen"),
    "composers": ("composer", "TCOM", "\xa9wrt"),
    "isrc": ("isrc", "TSRC", "----:com.apple.iTunes:ISRC"),
    "iswc": ("iswc", "TXXX:ISWC", "----:com.apple.iTunes:ISWC"),
    "label": ("label", "organization", "publisher", "TPUB", "----:com.apple.iTunes:LABEL"),
    "barcode": (
        *("barcode", "upc", "ean", "TXXX:BARCODE", "TXXX:UPC"),
        *("----:com.apple.iTunes:BARCODE", "----:com.apple.iTunes:UPC"),
    ),
    "copyright": ("copyright", "TCOP", "cprt"),
    "comment": ("comment", "description", "COMM", "\xa9cmt"),
    "track_total": ("tracktotal", "totaltracks"),
    "disc_total": ("disctotal", "totaldiscs"),
}
_several = ("artists", "album_artists", "genres", "composers")
_signatures = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
}
# What a reader of damaged bytes may raise; the audio decides about the file, not its tags.
_unreadable = (
    *(MutagenError, struct.error, ValueError, LookupError, EOFError, OverflowError, TypeError),
    *(AttributeError, AssertionError, NotImplementedError),
)


@dataclass(frozen=True, slots=True)
class Description:
    """A file's tags and its embedded front cover, if it has one that looks like a picture."""

    tags: Tags
    cover: bytes = b""


def read_description(
    source: BinaryIO, container: Container, *, fallback: Mapping[str, str]
) -> Description:
    """Read tags and cover; what cannot be read is missing.

    Args:
        source: the file.
        container: what it is.
        fallback: tags as FFmpeg found them, for kinds that the tag library does not read.
    """
    for reader in _readers[container]:
        source.seek(0)
        try:
            found = reader(source)
            values = _values(found)
            return Description(_tags(values, fallback), _cover(found))
        except _unreadable:
            continue
    return Description(_tags({}, fallback))


def image_type(content: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for what is none of the usual ones."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _signatures.items() if content.startswith(start)), None)


def _values(found: Any) -> dict[str, list[str]]:  # noqa: ANN401 - of the tag library, untyped
    """All text values by lower-case name; `track` and `disc` of MP4 as `number/total`."""
    values: dict[str, list[str]] = {}
    for key, value in (found.tags or {}).items():
        name = key
        if isinstance(found.tags, ID3):
            name = key if key.startswith(("TXXX:", "UFID:")) else key[:4]
            texts = [str(text) for text in getattr(value, "text", [])]
            if key == UFID:
                texts = [_as_text(value.data)]
        elif key in {"trkn", "disk"}:
            name = "track" if key == "trkn" else "disc"
            texts = [f"{number}/{total}" for number, total in value]
        else:
            texts = [_as_text(item) for item in _as_list(value)]
        values.setdefault(name.lower(), []).extend(texts)
    return values


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - whatever the file holds
    return list(value) if isinstance(value, list | tuple) else [value]


def _as_text(item: Any) -> str:  # noqa: ANN401 - whatever the file holds
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


def _tags(values: Mapping[str, list[str]], fallback: Mapping[str, str]) -> Tags:
    others = {name.lower(): [text] for name, text in fallback.items()}
    found = {word: _first(names, values) or _first(names, others) for word, names in _names.items()}
    one = {word: texts[0] if texts else "" for word, texts in found.items()}
    track_number, track_total = parse_number(one.pop("track"))
    disc_number, disc_total = parse_number(one.pop("disc"))
    return Tags.from_json(
        {
            **{word: text for word, text in one.items() if word not in _several},
            **{word: clean_texts(found[word]) for word in _several},
            "track_number": track_number,
            "track_total": track_total or parse_number(one["track_total"])[0],
            "disc_number": disc_number,
            "disc_total": disc_total or parse_number(one["disc_total"])[0],
            "musicbrainz": _musicbrainz(values),
        }
    )


def _musicbrainz(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """Numbers in MusicBrainz: one each of recording and release, several of artists."""
    found = {word: _first(names, values) for word, names in READ_NAMES.items()}
    return {
        word: _parted(texts) if word.endswith("artists") else texts[0]
        for word, texts in found.items()
        if texts
    }


def _parted(texts: Iterable[str]) -> list[str]:
    """Several numbers, also where a format has room for one text only."""
    return [number for text in texts for number in _between_numbers.split(text.strip())]


def _first(names: Iterable[str], values: Mapping[str, list[str]]) -> list[str]:
    """The values under the first of several names that has any."""
    for name in names:
        texts = [text for text in values.get(name.lower(), []) if clean_text(text)]
        if texts:
            return texts
    return []


def _cover(found: Any) -> bytes:  # noqa: ANN401 - of the tag library, untyped
    pictures = sorted(_pictures(found), key=lambda picture: picture[0] != _front_cover)
    return next((data for _, data in pictures if image_type(data)), b"")


def _pictures(found: Any) -> list[tuple[int, bytes]]:  # noqa: ANN401 - of the tag library, untyped
    """Every embedded picture with its kind (ID3v2.4 section 4.14)."""
    if isinstance(found, FLAC):
        return [(picture.type, picture.data) for picture in found.pictures]
    tags = found.tags or {}
    if isinstance(tags, ID3):
        return [(int(frame.type), frame.data) for frame in tags.getall("APIC")]
    if isinstance(found, MP4):
        return [(_front_cover, bytes(cover)) for cover in tags.get("covr", [])]
    pictures = []
    for text in tags.get("metadata_block_picture", []):
        try:
            picture = PICTURE(base64.b64decode(text))
        except (binascii.Error, *_unreadable):
            continue
        pictures.append((picture.type, picture.data))
    return pictures
