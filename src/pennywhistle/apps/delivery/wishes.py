"""What a person can choose for their files, and what that makes of tags and cover."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.naming import Naming
from pennywhistle.engines.audio import Codec, Tags

if TYPE_CHECKING:
    from pennywhistle.engines.audio import Recipe

DEFAULT_RECIPE = "flac"
# Sides of the picture in a file; 0 is none.
COVERS_PX = (0, 320, 640, 1280)
ID3_MINORS = (3, 4)
# What a cover of that side weighs as a JPEG of ours, and full tags, on average.
_COVER_BYTES = {0: 0, 320: 25_000, 640: 80_000, 1280: 280_000}
_TAGS_BYTES = 1_500
_BASE64 = 4 / 3
_OGG_CODECS = {Codec.OPUS, Codec.VORBIS}
_ID3_CODECS = {Codec.MP3, Codec.WAV, Codec.AIFF}
_ID3_MINOR = 4


class Tagging(StrEnum):
    """How much a file says about itself."""

    FULL = "full"
    PLAIN = "plain"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How files are to be made and called; the defaults are those of who never said."""

    recipe: str = DEFAULT_RECIPE
    naming: Naming = Naming.NUMBERS
    tagging: Tagging = Tagging.FULL
    id3_minor: int = _ID3_MINOR
    cover_px: int = 640

    def tags(self, full: Tags) -> Tags:
        """As much of a track's tags as is wanted; the plain ones are what every player shows."""
        if self.tagging is Tagging.NONE:
            return Tags()
        if self.tagging is Tagging.FULL:
            return full
        return Tags(
            title=full.title,
            artists=full.artists,
            album=full.album,
            album_artists=full.album_artists,
            track_number=full.track_number,
            track_total=full.track_total,
            disc_number=full.disc_number,
            disc_total=full.disc_total,
            date=full.date,
            genres=full.genres,
        )

    @property
    def picture_px(self) -> int:
        """Of the cover in a file; none where nothing is written into it."""
        return 0 if self.tagging is Tagging.NONE else self.cover_px

    def written_bytes(self, recipe: Recipe) -> int:
        """About what tags and cover add to a file; nothing to an original, which is left alone."""
        if recipe.codec is Codec.ORIGINAL or self.tagging is Tagging.NONE:
            return 0
        cover_bytes = _COVER_BYTES.get(self.picture_px, 0)
        if recipe.codec in _OGG_CODECS:
            cover_bytes = round(cover_bytes * _BASE64)
        return _TAGS_BYTES + cover_bytes

    def minor_for(self, recipe: Recipe) -> int:
        """The version of ID3v2; the same for all where a file has no such tag."""
        is_tagged = recipe.codec in _ID3_CODECS and self.tagging is not Tagging.NONE
        return self.id3_minor if is_tagged else _ID3_MINOR
