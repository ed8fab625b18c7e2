"""Numbers in MusicBrainz as files carry them: the names of Picard's tag mapping, every format's.

https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from pennywhistle.kernel.identifiers import IdentifierInvalidError, Mbid

_owner = "http://musicbrainz.org"
_free_form = "----:com.apple.iTunes:"
# Our word, the Vorbis comment (and APEv2 item), and what TXXX frames and MP4 atoms are called.
# The recording's number is called that of a track for reasons of history.
_names = (
    ("recording", "MUSICBRAINZ_TRACKID", "MusicBrainz Track Id"),
    ("release", "MUSICBRAINZ_ALBUMID", "MusicBrainz Album Id"),
    ("artists", "MUSICBRAINZ_ARTISTID", "MusicBrainz Artist Id"),
    ("album_artists", "MUSICBRAINZ_ALBUMARTISTID", "MusicBrainz Album Artist Id"),
)
# In ID3 the recording's stands in a frame made for that.
UFID = f"UFID:{_owner}"
# Our words, and the names that each has in the files that are read.
READ_NAMES: Mapping[str, tuple[str, str, str]] = {
    word: (comment, UFID if word == "recording" else f"TXXX:{name}", f"{_free_form}{name}")
    for word, comment, name in _names
}
_numbers_max = 50


@dataclass(frozen=True, slots=True)
class MusicBrainz:
    """A track's numbers, each in its normal form; what is not known is empty."""

    recording: str = ""
    release: str = ""
    artists: tuple[str, ...] = ()
    album_artists: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON values: those that are known."""
        return {
            name: [*value] if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read untrusted JSON: what has not the form of a number is dropped."""
        if not isinstance(value, Mapping):
            return cls()
        return cls(
            recording=_number(value.get("recording")),
            release=_number(value.get("release")),
            artists=_several(value.get("artists")),
            album_artists=_several(value.get("album_artists")),
        )

    def _values(self) -> dict[str, tuple[str, ...]]:
        return {
            "recording": (self.recording,) if self.recording else (),
            "release": (self.release,) if self.release else (),
            "artists": self.artists,
            "album_artists": self.album_artists,
        }

    def comments(self) -> list[tuple[str, tuple[str, ...]]]:
        """As Vorbis comments and APEv2 items have them."""
        values = self._values()
        return [(comment, values[word]) for word, comment, _ in _names]

    def texts(self) -> list[tuple[str, tuple[str, ...]]]:
        """As TXXX frames have them; the recording's is not among them but in UFID."""
        values = self._values()
        return [(name, values[word]) for word, _, name in _names if word != "recording"]

    def free_forms(self) -> list[tuple[str, tuple[str, ...]]]:
        """As the free atoms of MP4 have them."""
        values = self._values()
        return [(name, values[word]) for word, _, name in _names]

    @property
    def owner(self) -> str:
        """Whose number the frame UFID holds."""
        return _owner


def _number(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        return Mbid.parse(value).value
    except IdentifierInvalidError:
        return ""


def _several(values: object) -> tuple[str, ...]:
    """In their order; where one is no number, none: nobody could tell whose the others are."""
    if not isinstance(values, list | tuple) or len(values) > _numbers_max:
        return ()
    numbers = tuple(_number(value) for value in values)
    return numbers if all(numbers) else ()
