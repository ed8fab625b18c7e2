"""A catalog by seed: names by Zipf's law, availability and popularity as stores have them.

The same seed and size make the same documents. Beside them stand real names, which the judged
searches mean.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pennywhistle.engines.search import Document, Field, Kind, Text
from pennywhistle.kernel.territories import TERRITORY_CODES

HERE = Path(__file__).parent
WORDS, GENRES, TRACKS_PER_RELEASE, RELEASES_PER_ARTIST = 60_000, 40, 10, 5
ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st t th tr v w z"
NUCLEI = "a e i o u ai ea ee ie oa oo ou"
CODAS = ["", "", "", "l", "m", "n", "nd", "r", "rk", "s", "st", "t", "x"]
EVERYWHERE = (1 << len(TERRITORY_CODES)) - 1
FIRST_DAY = date(1960, 1, 1)
REAL_ID = 10**12
BANDS = ("50", "100", "200", "500", "1000")


@dataclass(frozen=True)
class Judged:
    """What somebody types, and what they mean."""

    typed: str
    kind: Kind
    name: str


class Catalog:
    """The documents of so many tracks, their releases and artists."""

    def __init__(self, tracks: int, *, seed: int = 1) -> None:
        self.tracks, self.seed = tracks, seed
        self.words = words(die(seed))
        dice = die(seed, "areas")
        self.areas = (
            [EVERYWHERE] * 30
            + [
                EVERYWHERE & ~(1 << dice.randrange(249)) & ~(1 << dice.randrange(249))
                for _ in range(8)
            ]
            + [sum(1 << each for each in dice.sample(range(249), 12)) for _ in range(10)]
        )

    def title(self, dice: random.Random, most: int) -> str:
        """One to `most` words; the word of rank r is written about 1/r as often as the first."""
        count = dice.randrange(1, most + 1)
        return " ".join(self.words[int(len(self.words) ** dice.random()) - 1] for _ in range(count))

    def artist(self, number: int) -> str:
        """The name of an artist."""
        return self.title(die(self.seed, "artist", number), 3)

    def documents(self) -> Iterator[Document]:
        """All of them, release by release, then the people."""
        releases = max(1, self.tracks // TRACKS_PER_RELEASE)
        artists = max(1, releases // RELEASES_PER_ARTIST)
        for number in range(1, releases + 1):
            yield from self._release(number, 1 + int(artists ** die(number).random()))
        for number in range(1, artists + 2):
            dice = die(self.seed, "buyers", number)
            yield Document(
                Kind.PARTY, number, None, {Text.NAME: self.artist(number)}, areas=EVERYWHERE,
                buyers=bought(dice) * 3,
            )  # fmt: skip
        yield from real_names()

    def _release(self, number: int, artist_number: int) -> Iterator[Document]:
        dice = die(self.seed, number)
        artist, title = self.artist(artist_number), self.title(dice, 3)
        genre, area = f"Genre {int(GENRES ** dice.random())}", dice.choice(self.areas)
        day = FIRST_DAY + timedelta(days=dice.randrange(24_000))
        fields = {
            Field.ARTIST: artist, Field.LABEL: f"label {artist_number % 500}", Field.GENRE: genre,
            Field.YEAR: str(day.year),
        }  # fmt: skip
        marks = (f"genre={genre}", f"length=to{dice.choice((2, 4, 8))}", "sound=cd",
                 f"price={dice.choice(BANDS)}", f"year={day.year}")  # fmt: skip
        place = f"label {artist_number % 500} {genre}"
        rest = {"fields": fields, "marks": marks, "areas": area, "released_on": day}
        texts = {Text.NAME: title, Text.MAKER: artist, Text.PLACE: place}
        yield Document(
            Kind.RELEASE, number, number, texts, price_micro=990_000, buyers=bought(dice), **rest
        )
        for at in range(TRACKS_PER_RELEASE):
            track = (number - 1) * TRACKS_PER_RELEASE + at + 1
            isrc = f"qzabc{track % 10**7:07}"
            texts = {
                Text.NAME: self.title(dice, 4), Text.MAKER: artist, Text.PLACE: f"{title} {place}",
                Text.ABOUT: self.artist(1 + track % 1_000),
            }  # fmt: skip
            rest["fields"] = fields | {Field.ISRC: isrc}
            yield Document(
                Kind.TRACK, track, number, texts, price_micro=140_000, buyers=bought(dice), **rest
            )


def die(*seeds: object) -> random.Random:
    """The same numbers for the same seeds."""
    return random.Random("-".join(map(str, seeds)))  # noqa: S311 (no secret)


def words(dice: random.Random) -> list[str]:
    """Words that can be said, each once."""
    found: dict[str, None] = {}
    onsets, nuclei = ONSETS.split(), NUCLEI.split()
    while len(found) < WORDS:
        parts = (
            dice.choice(onsets) + dice.choice(nuclei) + dice.choice(CODAS)
            for _ in range(dice.choice((1, 2, 2, 3)))
        )
        found["".join(parts)] = None
    return list(found)


def bought(dice: random.Random) -> int:
    """How many bought something: most things nobody, a few very many."""
    return int(0.4 / (dice.random() + 1e-6)) if dice.random() < 0.4 else 0


def real_names() -> Iterator[Document]:
    """Names as they are written."""
    for at, line in enumerate(_lines("names.tsv")):
        kind, name, maker, buyers = line
        yield Document(
            Kind(kind), REAL_ID + at, None if kind == "party" else REAL_ID + at,
            {Text.NAME: name, Text.MAKER: maker} if maker else {Text.NAME: name},
            fields={Field.ARTIST: maker} if maker else {}, areas=EVERYWHERE,
            released_on=FIRST_DAY, buyers=int(buyers),
        )  # fmt: skip


def name_of(number: int) -> str:
    """The real name that a document's number stands for."""
    return _lines("names.tsv")[number - REAL_ID][1] if number >= REAL_ID else ""


def judged() -> list[Judged]:
    """The searches whose answer is known."""
    return [Judged(typed, Kind(kind), name) for typed, kind, name in _lines("judged.tsv")]


def _lines(name: str) -> list[list[str]]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("# ")]
