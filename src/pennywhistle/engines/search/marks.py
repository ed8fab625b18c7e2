"""Marks: what results are counted and narrowed by, such as `genre=dub`, `length=4` or `price=2`.

A facet's values are few and fixed but for genres and years. What an item costs may differ by
territory: then it has a mark for each price with the territories that it holds in,
`price=2@<set>`, and `marks_here` says which of them mean anything where somebody is.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MASK_BYTES = 32
# The upper ends, exclusive.
_TRACK_ENDS_MS = (120_000, 240_000, 480_000)
_SINGLE_TRACKS_MAX, _EP_TRACKS_MAX, _EP_MS_MAX = 3, 6, 30 * 60_000
_CD_HZ_MAX, _CD_BITS_MAX = 48_000, 16
# In whole units of the store's currency, exclusive upper ends, in hundredths.
PRICE_ENDS_CENTS = (50, 100, 200, 500, 1000)
PRICE_MORE = "more"
MICRO_PER_CENT = 10_000


class Facet(StrEnum):
    """What is counted."""

    GENRE = "genre"
    YEAR = "year"
    PRICE = "price"
    LENGTH = "length"
    SOUND = "sound"
    CHECKED = "checked"


_FACETS = frozenset(facet.value for facet in Facet)
# Marks are kept by lines, and PostgreSQL takes no NUL.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def mark(facet: Facet, value: str) -> str:
    """Return the mark of a facet's value."""
    return f"{facet.value}={value}"


def read_mark(text: str) -> tuple[Facet, str, int | None] | None:
    """Return a mark's facet, its value, and where it holds if not everywhere; None for no mark."""
    name, _, rest = text.partition("=")
    value, at, area = rest.partition("@")
    if name not in _FACETS or not value or _CONTROL.search(text):
        return None
    return Facet(name), value, mask_of(area) if at else None


def track_length(duration_ms: int) -> str:
    """Return the class of a track's length: under 2, 4, 8 minutes, or longer."""
    ends = (f"to{end // 60_000}" for end in _TRACK_ENDS_MS if duration_ms < end)
    return next(ends, "over8")


def release_length(track_count: int, duration_ms: int) -> str:
    """Return what a release is by its length: single, ep or album."""
    if track_count <= _SINGLE_TRACKS_MAX and duration_ms < _EP_MS_MAX:
        return "single"
    return "ep" if track_count <= _EP_TRACKS_MAX and duration_ms < _EP_MS_MAX else "album"


def sound(*, is_lossless: bool, sample_rate_hz: int, bits_per_sample: int) -> str:
    """Return what a master is: lossy, cd (16 bits, up to 48 kHz) or hires."""
    if not is_lossless:
        return "lossy"
    is_cd = sample_rate_hz <= _CD_HZ_MAX and bits_per_sample <= _CD_BITS_MAX
    return "cd" if is_cd else "hires"


def price_band(price_micro: int) -> str:
    """Return the class of a price: the upper end in hundredths of the currency, or `more`."""
    ends = (str(end) for end in PRICE_ENDS_CENTS if price_micro < end * MICRO_PER_CENT)
    return next(ends, PRICE_MORE)


def price_marks(price_by_area: Mapping[int, int]) -> list[str]:
    """Return the marks of an item's prices, from the territories (bits) that each holds in."""
    bands: dict[str, int] = {}
    for area, price_micro in price_by_area.items():
        band = price_band(price_micro)
        bands[band] = bands.get(band, 0) | area
    if len(bands) == 1:
        return [mark(Facet.PRICE, band) for band in bands]
    return [f"{mark(Facet.PRICE, band)}@{area_text(area)}" for band, area in sorted(bands.items())]


def marks_here(marks: Iterable[str], bit: int | None) -> dict[str, list[str]]:
    """Return which marks of an index stand for what somebody sees in a territory: plain → marks.

    `bit` is the territory's; None: all of them, wherever they hold.
    """
    found: dict[str, list[str]] = {}
    for each in marks:
        read = read_mark(each)
        if read is None:
            continue
        facet, value, area = read
        if area is None or bit is None or area >> bit & 1:
            found.setdefault(mark(facet, value), []).append(each)
    return found


def area_text(mask: int) -> str:
    """Return a set of territories as 43 characters."""
    return urlsafe_b64encode(mask.to_bytes(_MASK_BYTES, "little")).decode().rstrip("=")


def mask_of(text: str) -> int:
    """Read what `area_text` wrote; nowhere for anything else."""
    try:
        return int.from_bytes(urlsafe_b64decode(text + "="), "little")
    except ValueError:
        return 0
