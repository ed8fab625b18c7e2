"""Builds releases to be written, of any shape and with any texts, and one that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from pennywhistle.engines.ddex.write_facts import (
    Done,
    Line,
    Number,
    Picture,
    Played,
    ReleaseFacts,
    Sale,
    Somebody,
    Sound,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
BAND_NUMBERS = (Number("isni", "0000000121032683"),)
WRITER_NUMBERS = (Number("ipi-name", "00014107338"),)
RELEASE_NUMBERS = (Number("gtin", "04006381333931"), Number("proprietary", "r1", "Pennywhistle"))
RECORDING_NUMBERS = (Number("isrc", "DEA1B2600001"),)
WORK_NUMBERS = (Number("iswc", "T0345246801"),)

# Also what needs escaping, and blanks within.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=8
).map(lambda text: text.strip() or "<&>")
ROLES = ("Composer", "Producer", "Tea lady", "Mixer", "Label", "StudioProducer")


@dataclass(frozen=True)
class Dice:
    """Builds releases of any shape from a few texts; the shape follows from the seed."""

    texts: list[str]
    random: Random

    def release(self) -> ReleaseFacts:
        """A release of up to four tracks on two discs."""
        random = self.random
        count = random.randint(1, 4)
        sales = tuple(self.sale(count) for _ in range(random.randint(0, 3)))
        return ReleaseFacts(
            numbers=random.choice([RELEASE_NUMBERS, RELEASE_NUMBERS[:1], RELEASE_NUMBERS[1:]]),
            kind=random.choice(["Album", "Single", "EP", "Mixtape of ours"]),
            title=self.text(),
            artist_line=self.text(),
            artists=self.artists(),
            label=self.somebody(),
            released_on=self.day(),
            tracks=tuple(self.track(place) for place in range(count)),
            genre=random.choice(["", self.text()]),
            about=random.choice(["", self.text()]),
            is_explicit=self.coin(),
            cover=random.choice([None, self.picture()]),
            sales=sales,
            shown_from=self.instant() if sales and self.coin() else None,
            language=random.choice(["en", "ar", "zh-Hant"]),
            lines=(*self.lines("P"), *self.lines("C")),
        )

    def track(self, place: int) -> Played:
        """A track at its place."""
        random = self.random
        return Played(
            disc_number=1 + place // 2,
            track_number=1 + place % 2,
            title=self.text(),
            artist_line=self.text(),
            artists=self.artists(),
            numbers=random.choice([(), RECORDING_NUMBERS]),
            own_id=Number("proprietary", f"t{place}", self.text()),
            duration_ms=random.randint(1, 10_000_000),
            is_explicit=self.coin(),
            place_title=random.choice(["", self.text()]),
            contributors=tuple(
                Done(self.somebody(), tuple(random.sample(ROLES, random.randint(1, 2))))
                for _ in range(random.randint(0, 2))
            ),
            work_numbers=random.choice([(), WORK_NUMBERS]),
            sound=random.choice([None, self.sound()]),
            lines=self.lines("P"),
        )

    def lines(self, kind: str) -> tuple[Line, ...]:
        """Up to two lines of a kind."""
        random = self.random
        return tuple(
            Line(
                kind,
                self.text(),
                random.choice(["", "1999"]),
                random.choice(["", self.text()]),
                random.choice(["", "DE"]),
                random.choice(["", "fr"]),
            )
            for _ in range(random.randint(0, 2))
        )

    def sale(self, count: int) -> Sale:
        """A deal for some of the items."""
        random = self.random
        items = [None, *range(count)]
        moment = random.choice([self.day, self.instant])
        starts, ends = sorted([moment(), moment() + timedelta(days=20_000)])
        code = random.choice(["", self.text()])
        return Sale(
            tuple(random.sample(items, random.randint(1, len(items)))),
            Territories(random.randint(1, Territories.worldwide().mask)),
            starts,
            random.choice([None, ends]),
            code=code,
            wholesale=None if code else self.amount(),
            suggested=self.amount(),
            is_pre_order=self.coin(),
        )

    def sound(self) -> Sound:
        """A master of any form."""
        random = self.random
        return Sound(
            f"resources/{self.text()}.flac",
            random.randbytes(32).hex(),
            random.randint(1, 10**10),
            random.choice(["FLAC", "PCM", "ALAC"]),
            random.choice(["", "WAV", "AIFF", "CAF"]),
            random.choice([None, 2]),
            random.choice([None, 44_100, 192_000]),
            random.choice([None, 16, 24]),
        )

    def picture(self) -> Picture:
        """A cover."""
        digest, codec = self.random.randbytes(32).hex(), self.random.choice(["JPEG", "PNG", "WEBP"])
        return Picture(f"resources/{self.text()}.jpg", digest, 10_000, codec, 1_400, 1_399)

    def artists(self) -> tuple[Done, ...]:
        """One to three artists."""
        roles = [("MainArtist",), ("FeaturedArtist", "Composer")]
        return tuple(
            Done(self.somebody(), self.random.choice(roles))
            for _ in range(self.random.randint(1, 3))
        )

    def somebody(self) -> Somebody:
        """A party, perhaps with a number."""
        return Somebody(self.text(), self.random.choice([(), BAND_NUMBERS, WRITER_NUMBERS]))

    def amount(self) -> Money | None:
        """Perhaps an amount, to the micro-unit."""
        amount = Money(self.random.randint(1, 10**12), self.random.choice(["EUR", "USD", "JPY"]))
        return self.random.choice([None, amount])

    def text(self) -> str:
        """One of the texts."""
        return self.random.choice(self.texts)

    def coin(self) -> bool:
        """Yes or no."""
        return self.random.random() < 0.5

    def day(self) -> date:
        """A day."""
        return date(2000, 1, 1) + timedelta(days=self.random.randint(0, 10_000))

    def instant(self) -> datetime:
        """An instant, to the microsecond."""
        return NOON + timedelta(microseconds=self.random.randint(0, 10**15))


def releases() -> st.SearchStrategy[ReleaseFacts]:
    """Releases with any texts and of any shape."""
    return st.builds(
        lambda texts, seed: Dice(texts, Random(seed)).release(),  # noqa: S311 (a test's dice)
        st.lists(TEXTS, min_size=1, max_size=6),
        st.integers(0, 2**32),
    )
