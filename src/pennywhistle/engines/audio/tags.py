"""What a file says about itself, in words of ours: always text, always bounded."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from pennywhistle.engines.audio.gains import Gains
from pennywhistle.engines.audio.musicbrainz import MusicBrainz

text_chars_max = 500
comment_chars_max = 4000
values_max = 50
number_max = 9999

_control_category = "Cc"
_surrogate_category = "Cs"


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags of a track. Empty text, no values and None mean that the file does not say."""

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    album_artists: tuple[str, ...] = ()
    track_number: int | None = None
    track_total: int | None = None
    disc_number: int | None = None
    disc_total: int | None = None
    date: str = ""
    genres: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()
    lyricists: tuple[str, ...] = ()
    arrangers: tuple[str, ...] = ()
    producers: tuple[str, ...] = ()
    mixers: tuple[str, ...] = ()
    isrc: str = ""
    iswc: str = ""
    label: str = ""
    barcode: str = ""
    copyright: str = ""
    comment: str = ""
    is_explicit: bool = False
    gains: Gains = field(default_factory=Gains)
    musicbrainz: MusicBrainz = field(default_factory=MusicBrainz)

    def to_json(self) -> dict[str, Any]:
        """JSON values for the way into and out of the sandbox.

        Without numbers of MusicBrainz nothing is said of them: keys of files that were made before
        there were any stay what they are.
        """
        plain = asdict(self)
        del plain["musicbrainz"]
        if numbers := self.musicbrainz.to_json():
            plain["musicbrainz"] = numbers
        return {name: [*v] if isinstance(v, tuple) else v for name, v in plain.items()}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read untrusted JSON: unknown names are dropped, the rest is cleaned and bounded."""
        if not isinstance(value, Mapping):
            return cls()
        found: dict[str, Any] = {}
        for each in fields(cls):
            given = value.get(each.name)
            if each.name == "gains":
                found[each.name] = Gains.from_json(given)
            elif each.name == "musicbrainz":
                found[each.name] = MusicBrainz.from_json(given)
            elif each.name.endswith(("_number", "_total")):
                found[each.name] = clean_number(given)
            elif isinstance(each.default, bool):
                found[each.name] = given is True
            elif isinstance(each.default, tuple):
                found[each.name] = clean_texts(given)
            else:
                longest = comment_chars_max if each.name == "comment" else text_chars_max
                found[each.name] = clean_text(given, chars_max=longest)
        return cls(**found)


def clean_text(value: object, *, chars_max: int = text_chars_max) -> str:
    """Text without control characters and half characters, in composed form, cut to a length."""
    if not isinstance(value, str):
        return ""
    # Normalizing can lengthen a text, so it is cut before (for time) and after (for size).
    text = unicodedata.normalize("NFC", value[: 2 * chars_max])
    kept = (
        " " if unicodedata.category(char) == _control_category else char
        for char in text
        if unicodedata.category(char) != _surrogate_category
    )
    return "".join(kept).strip()[:chars_max].strip()


def clean_texts(values: object) -> tuple[str, ...]:
    """Each value cleaned, in order, without empty ones and repetitions."""
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        return ()
    cleaned = (clean_text(value) for value in values[:values_max])
    return tuple(dict.fromkeys(text for text in cleaned if text))


def clean_number(value: object) -> int | None:
    """A small positive whole number, or None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= number_max else None


def parse_number(text: str) -> tuple[int | None, int | None]:
    """A number and its total from `3`, `03/12` and the like."""
    number, _, total = text.partition("/")
    return _parse(number), _parse(total)


def _parse(text: str) -> int | None:
    text = text.strip()
    return clean_number(int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004 - longer is no track number
