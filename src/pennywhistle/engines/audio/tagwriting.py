"""Writes tags and cover in each container's own way."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pennywhistle.engines.audio.musicbrainz import MusicBrainz
from pennywhistle.engines.audio.tagreading import image_type
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.untyped import (
    APE,
    APE_TEXT,
    ID3,
    ID3_FRAMES,
    MP4,
    MP4_COVER,
    MP4_FREE_FORM,
    PICTURE,
    VORBIS_COMMENT,
)

_vendor = "Pennywhistle"
_front_cover = 3
_utf8 = 3
_old_minor = 3
_explicit = "1"  # of the advisory that iTunes reads
_coverable = {"image/jpeg": MP4_COVER.FORMAT_JPEG, "image/png": MP4_COVER.FORMAT_PNG}


def id3_tag(tags: Tags, cover: bytes, *, minor: int = 4) -> bytes:
    """An ID3v2.4 tag (id3.org) with no padding; several values are separated by the tag itself.

    With `minor` 3 it is ID3v2.3, in UTF-16 and with ` / ` between values, which older players need.
    """
    tag = ID3()
    for name, values in _id3_values(tags):
        tag.add(getattr(ID3_FRAMES, name)(encoding=_utf8, text=values))
    for description, texts in [*_id3_texts(tags), *tags.musicbrainz.texts()]:
        if any(texts):
            tag.add(ID3_FRAMES.TXXX(encoding=_utf8, desc=description, text=[*texts]))
    if recording := tags.musicbrainz.recording:
        tag.add(ID3_FRAMES.UFID(owner=tags.musicbrainz.owner, data=recording.encode()))
    if people := [[function, name] for function, names in _others(tags) for name in names]:
        tag.add(ID3_FRAMES.TIPL(encoding=_utf8, people=people))
    if tags.comment:
        tag.add(ID3_FRAMES.COMM(encoding=_utf8, lang="und", desc="", text=[tags.comment]))
    if kind := image_type(cover):
        tag.add(ID3_FRAMES.APIC(encoding=0, mime=kind, type=_front_cover, desc="", data=cover))
    written = io.BytesIO()
    if minor == _old_minor:
        tag.update_to_v23()
    tag.save(written, v1=0, v2_version=minor, v23_sep=" / ", padding=lambda _: 0)
    return written.getvalue()


def _id3_texts(tags: Tags) -> list[tuple[str, tuple[str, ...]]]:
    """What has no frame of its own."""
    explicit = _explicit if tags.is_explicit else ""
    texts = [("BARCODE", tags.barcode), ("ISWC", tags.iswc), ("ITUNESADVISORY", explicit)]
    return [(name, (text,)) for name, text in [*texts, *tags.gains.replaygain()]]


def _others(tags: Tags) -> list[tuple[str, tuple[str, ...]]]:
    """Functions and names of the involved people list."""
    return [("arranger", tags.arrangers), ("producer", tags.producers), ("mix", tags.mixers)]


def _id3_values(tags: Tags) -> Iterator[tuple[str, list[str]]]:
    named = {
        "TIT2": [tags.title],
        "TPE1": [*tags.artists],
        "TALB": [tags.album],
        "TPE2": [*tags.album_artists],
        "TRCK": [_of(tags.track_number, tags.track_total)],
        "TPOS": [_of(tags.disc_number, tags.disc_total)],
        "TDRC": [tags.date],
        "TCON": [*tags.genres],
        "TCOM": [*tags.composers],
        "TEXT": [*tags.lyricists],
        "TSRC": [tags.isrc],
        "TPUB": [tags.label],
        "TCOP": [tags.copyright],
    }
    return ((name, values) for name, values in named.items() if any(values))


def _of(number: int | None, total: int | None) -> str:
    if number is None:
        return ""
    return f"{number}/{total}" if total else str(number)


def comments(tags: Tags) -> list[tuple[str, str]]:
    """Vorbis comments (xiph.org, and the field names that players agree on), in order.

    Gains are left to each format: Opus has its own.
    """
    numbers = (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total)
    track, tracks, disc, discs = (str(number) if number else "" for number in numbers)
    named: list[tuple[str, tuple[str, ...]]] = [
        ("TITLE", (tags.title,)),
        ("ARTIST", tags.artists),
        ("ALBUM", (tags.album,)),
        ("ALBUMARTIST", tags.album_artists),
        ("TRACKNUMBER", (track,)),
        ("TRACKTOTAL", (tracks,)),
        ("DISCNUMBER", (disc,)),
        ("DISCTOTAL", (discs,)),
        ("DATE", (tags.date,)),
        ("GENRE", tags.genres),
        ("COMPOSER", tags.composers),
        ("LYRICIST", tags.lyricists),
        ("ARRANGER", tags.arrangers),
        ("PRODUCER", tags.producers),
        ("MIXER", tags.mixers),
        ("ISRC", (tags.isrc,)),
        ("ISWC", (tags.iswc,)),
        ("LABEL", (tags.label,)),
        ("BARCODE", (tags.barcode,)),
        ("COPYRIGHT", (tags.copyright,)),
        ("COMMENT", (tags.comment,)),
        ("ITUNESADVISORY", (_explicit if tags.is_explicit else "",)),
        *tags.musicbrainz.comments(),
    ]
    return [(name, value) for name, values in named for value in values if value]


def vorbis_comment(tags: Tags) -> bytes:
    """The comment block of FLAC (RFC 9639, section 8.6)."""
    block = VORBIS_COMMENT()
    block.vendor = _vendor
    block.extend([*comments(tags), *tags.gains.replaygain()])
    return bytes(block.write(framing=False))


def picture(cover: bytes) -> bytes:
    """The picture block of FLAC (RFC 9639, section 8.8); empty without a usable cover."""
    kind = image_type(cover)
    if kind is None:
        return b""
    block = PICTURE()
    block.type, block.mime, block.data = _front_cover, kind, cover
    return bytes(block.write())


def picture_comment(cover: bytes) -> str:
    """The same as text, as Ogg carries it."""
    return base64.b64encode(picture(cover)).decode()


def vorbis_stream_comment(tags: Tags, cover: bytes) -> bytes:
    """The comment packet of a Vorbis stream (Vorbis I, section 5.2), the cover in it."""
    block = VORBIS_COMMENT()
    block.vendor = _vendor
    block.extend([*comments(tags), *tags.gains.replaygain()])
    if front := picture_comment(cover):
        block.append(("METADATA_BLOCK_PICTURE", front))
    return b"\x03vorbis" + bytes(block.write(framing=True))


# APEv2's own names for what Vorbis comments call otherwise.
_ape_names = {
    "TRACKNUMBER": "Track",
    "DISCNUMBER": "Disc",
    "DATE": "Year",
    "ALBUMARTIST": "Album Artist",
}

# Picard's documentation has these in capitals there too.
_ape_unchanged = frozenset(name for name, _ in MusicBrainz().comments())


def ape_tag(tags: Tags, cover: bytes) -> bytes:
    """An APEv2 tag (wiki.hydrogenaud.io, APEv2 specification), as WavPack carries it."""
    named: dict[str, list[str]] = {}
    for name, value in [*comments(tags), *tags.gains.replaygain()]:
        if name not in {"TRACKTOTAL", "DISCTOTAL"}:
            own = name if name in _ape_unchanged else name.title()
            named.setdefault(_ape_names.get(name, own), []).append(value)
    if tags.track_number:
        named["Track"] = [_of(tags.track_number, tags.track_total)]
    if tags.disc_number:
        named["Disc"] = [_of(tags.disc_number, tags.disc_total)]
    tag = APE()
    for name, values in named.items():
        tag[name] = APE_TEXT("\0".join(values), 0)
    if kind := image_type(cover):
        extension = kind.removeprefix("image/").encode()
        tag["Cover Art (Front)"] = APE_TEXT(b"cover." + extension + b"\0" + cover, 1)
    if not tag:
        return b""
    written = io.BytesIO()
    tag.save(written)
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class Gapless:
    """How many samples a decoder has to drop at both ends, and how many then are left."""

    delay_samples: int
    padding_samples: int
    sample_count: int

    @property
    def text(self) -> str:
        """As iTunes writes it (iTunSMPB): hexadecimal, with zeros for what nobody reads."""
        ends = f"{self.delay_samples:08X} {self.padding_samples:08X}"
        return f" 00000000 {ends} {self.sample_count:016X}" + " 00000000" * 8


def write_mp4_tags(
    file: BinaryIO, tags: Tags, cover: bytes, gapless: Gapless | None = None
) -> None:
    """Write the atoms that iTunes reads into a finished MP4 file, in place."""
    file.seek(0)
    mp4 = MP4(file)
    texts = {
        "\xa9nam": [tags.title],
        "\xa9ART": [*tags.artists],
        "\xa9alb": [tags.album],
        "aART": [*tags.album_artists],
        "\xa9day": [tags.date],
        "\xa9gen": [*tags.genres],
        "\xa9wrt": [*tags.composers],
        "cprt": [tags.copyright],
        "\xa9cmt": [tags.comment],
    }
    atoms: dict[str, object] = {name: values for name, values in texts.items() if any(values)}
    if tags.track_number:
        atoms["trkn"] = [(tags.track_number, tags.track_total or 0)]
    if tags.disc_number:
        atoms["disk"] = [(tags.disc_number, tags.disc_total or 0)]
    atoms |= _free_forms(tags)
    if gapless:
        atoms["----:com.apple.iTunes:iTunSMPB"] = [MP4_FREE_FORM(gapless.text.encode())]
    if tags.is_explicit:
        atoms["rtng"] = [int(_explicit)]
    atoms |= _mp4_cover(cover)
    if mp4.tags is None:
        mp4.add_tags()
    mp4.tags.clear()
    mp4.tags.update(atoms)
    file.seek(0)
    mp4.save(file, padding=lambda _: 0)


def _mp4_cover(cover: bytes) -> dict[str, object]:
    kind = image_type(cover)
    if kind not in _coverable:
        return {}
    return {"covr": [MP4_COVER(cover, imageformat=_coverable[kind])]}


def _free_forms(tags: Tags) -> dict[str, object]:
    """Atoms for what iTunes has no atom of its own for."""
    texts = {
        name.upper(): (text,)
        for name in ("isrc", "iswc", "label", "barcode")
        if (text := getattr(tags, name))
    }
    people = {
        name.removesuffix("s").upper(): getattr(tags, name)
        for name in ("lyricists", "arrangers", "producers", "mixers")
    }
    gains = {name.lower(): (text,) for name, text in tags.gains.replaygain()}
    numbers = dict(tags.musicbrainz.free_forms())
    return {
        f"----:com.apple.iTunes:{name}": [MP4_FREE_FORM(value.encode()) for value in values]
        for name, values in (texts | people | gains | numbers).items()
        if values
    }
