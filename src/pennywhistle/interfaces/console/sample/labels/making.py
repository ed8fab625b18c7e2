"""Short forms for writing a label's list down: numbers completed, shares read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pennywhistle.interfaces.console.sample.model import SampleCredit, SampleShare, SampleTrack
from pennywhistle.interfaces.console.sample.music import STYLES

TRACK_MICRO = 140_000  # 14 cents
# Long enough for a tune and its answer, faded out there: a demo has them all within a minute.
SECONDS_MAX = 45
LONG_TRACK_MICRO = 190_000


def upc(serial: int) -> str:
    """A UPC from GS1's prefix 04, which is kept for use within one company: nobody's product."""
    body = f"49900{serial:06d}"
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return f"{body}{-(3 * odd + even) % 10}"


def isrc(year: int, serial: int) -> str:
    """An ISRC with the country code ZZ, which stands for no country."""
    return f"ZZA1W{year % 100:02d}{serial:05d}"


def iswc(serial: int) -> str:
    """An ISWC as it is printed, with its check digit (ISO 15707, annex A)."""
    body = f"{990_000_000 + serial:09d}"
    check = -(1 + sum(place * int(digit) for place, digit in enumerate(body, start=1))) % 10
    return f"T-{body[:3]}.{body[3:6]}.{body[6:]}-{check}"


def shares(*parts: tuple[str, str, str]) -> tuple[SampleShare, ...]:
    """Shares from (party, role, fraction or per cent): `1/7`, `16.67%`."""
    return tuple(SampleShare(party, role, _fraction(text)) for party, role, text in parts)


def _fraction(text: str) -> Fraction:
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def credited(*parts: tuple[str, str]) -> tuple[SampleCredit, ...]:
    """Credits from (party, role)."""
    return tuple(SampleCredit(party, role) for party, role in parts)


@dataclass(frozen=True, slots=True)
class Song:
    """What differs from track to track of a record; None means: as the record has it."""

    title: str
    split: tuple[SampleShare, ...]
    price_micro: int | None = TRACK_MICRO
    composers: tuple[str, ...] = ()
    more_credits: tuple[SampleCredit, ...] = ()
    work_title: str = ""
    explicit: bool = False


def tracks(
    style: str,
    songs: Sequence[Song],
    *,
    year: int,
    first_serial: int,
    composers: tuple[str, ...],
    credits: tuple[SampleCredit, ...],  # noqa: A002 - the word of the trade
) -> tuple[SampleTrack, ...]:
    """The tracks of a record, numbered, identified and timed."""
    made = []
    for index, song in enumerate(songs):
        by = song.composers or composers
        writing = tuple(SampleCredit(name, "Composer") for name in by)
        made.append(
            SampleTrack(
                number=index + 1,
                title=song.title,
                isrc=isrc(year, first_serial + index),
                seconds=min(math.ceil(STYLES[style].length_s(index)), SECONDS_MAX),
                price_micro=song.price_micro,
                composers=by,
                credits=writing + credits + song.more_credits,
                split=song.split,
                work_title=song.work_title or song.title,
                iswc=iswc(first_serial + index),
                explicit=song.explicit,
                piece=(style, index),
            )
        )
    return tuple(made)
