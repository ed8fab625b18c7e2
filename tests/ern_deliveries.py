"""Makes deliveries like a distributor's: seeded, the same each time, and fast.

Albums of one to twenty tracks in seven scripts, with right check characters, price codes, several
territories and periods; updates, take-downs, and messages with 747 deals. Their masters are real:
a handful of FLAC files of a second, used again and again under other names.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from ern_masters import COVER_SIDE_PX, COVERS, MASTERS, RATE_HZ, covers, masters
from pennywhistle.engines.ddex.write_facts import (
    Correspondent,
    Done,
    Heading,
    Line,
    Listed,
    Number,
    Picture,
    Played,
    ReleaseFacts,
    Sale,
    Somebody,
    Sound,
)
from pennywhistle.engines.ddex.write_manifest import write_manifest
from pennywhistle.engines.ddex.write_release import write_release
from pennywhistle.kernel.identifiers import (
    Dpid,
    Grid,
    Gtin,
    Identifier,
    IdentifierInvalidError,
    Iswc,
)
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FIRST_DAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
CODES = ("BUDGET", "MID", "FULL", "TRACK")
GENRES = ("Brass", "Électro", "Джаз", "ポップ", "Folk", "طرب", "Ambient", "힙합")
# First and last parts of names and titles, by script.
_WORDS = tuple(
    tuple(part.split() for part in line.split(":"))
    for line in (
        "Copper Night Slow Iron River Glass Paper: Kettle Orchard Signal Harbor Wire",
        "Élan Forêt Château Señor Größe: Rouge Lumière Corazón Straße Ångström",  # codespell:ignore
        "Северный Тихий Медный Новый: Ветер Город Сигнал Оркестр",
        "Νέα Μικρή Χάλκινη: Θάλασσα Νύχτα Μουσική",
        "ليل نحاس صوت: المدينة البحر القديم",
        "銅の 夜の 静かな: 汽笛 港 紙 楽団",
        "조용한 구리 새로운: 바다 신호 밤",
    )
)
_CONTRIBUTORS = ("StudioProducer", "Mixer", "MasteringEngineer", "Performer")
_EUROPE = Territories.parse(
    ["AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "NO", "PL", "PT", "SE"]
)


@dataclass(frozen=True)
class Delivery:
    """A message with its files; `files` maps the paths that it names to their contents."""

    release_id: str
    facts: ReleaseFacts
    heading: Heading
    files: Mapping[str, bytes]

    @property
    def document(self) -> bytes:
        """The message."""
        return write_release(self.facts, self.heading)

    def put_into(self, folder: Path) -> Listed:
        """Lay it into a batch's folder, and say how the manifest lists it."""
        own = folder / self.release_id
        for path, content in self.files.items():
            (own / path).parent.mkdir(parents=True, exist_ok=True)
            (own / path).write_bytes(content)
        own.mkdir(parents=True, exist_ok=True)
        document = self.document
        (own / f"{self.release_id}.xml").write_bytes(document)
        return Listed(
            self.heading.message_id,
            f"{self.release_id}/{self.release_id}.xml",
            hashlib.sha256(document).hexdigest(),
            self.facts.numbers,
            is_take_down=not self.facts.sales,
        )


class Distributor:
    """Who delivers. The same seed and place make the same delivery, on any machine."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        stems = _dice(f"dpids-{seed}")
        self.sender, self.store = (
            Correspondent(_checked(Dpid, f"PADPIDA20{stems.randrange(10**8):08}"), f"{name} {seed}")
            for name in ("Wide Distribution", "Store")
        )

    def album(self, place: int, *, track_count: int | None = None) -> Delivery:
        """The album at a place of the distributor's endless catalog."""
        random = _dice(f"{self.seed}-{place}")
        count = track_count or random.choice((1, 1, 2, 4, 6, 8, 9, 10, 10, 11, 12, 12, 14, 20))
        upc = _checked(Gtin, f"{400_000_000_000 + self.seed * 10_000_000 + place:012}")
        grid = _checked(Grid, f"A1{2425 + self.seed % 1000:04}G{place:010}")
        band = Somebody(_name(random))
        label = Somebody(f"{_name(_dice(f'label-{place % 40}'))} Records")
        is_explicit = random.random() < 0.1
        facts = ReleaseFacts(
            numbers=(Number("grid", grid), Number("gtin", Gtin.parse(upc).value)),
            kind="Single" if count < 4 else "Album",
            title=_name(random),
            artist_line=band.name,
            artists=(Done(band, ("MainArtist",)),),
            label=label,
            released_on=FIRST_DAY.date() + timedelta(days=place % 600),
            tracks=tuple(
                self._track(place, number, band, random) for number in range(1, count + 1)
            ),
            genre=random.choice(GENRES),
            is_explicit=is_explicit,
            cover=_picture(f"{upc}.jpg", covers()[place % COVERS]),
        )
        year = str(facts.released_on.year)
        owned = Line("P", f"℗ {year} {label.name}", year, label.name)
        facts = replace(
            facts,
            tracks=tuple(replace(track, lines=(owned,)) for track in facts.tracks),
            lines=(owned, Line("C", f"© {year} {label.name}", year, label.name)),
        )
        facts = replace(facts, sales=tuple(self._sales(facts, random)))
        return Delivery(upc, facts, self._heading(place, 0), dict(_files(facts)))

    def albums(self, places: Iterable[int]) -> list[Delivery]:
        """Several."""
        return [self.album(place) for place in places]

    def updated(self, delivery: Delivery, place: int, version: int = 1) -> Delivery:
        """The same release with other prices; without its files, as most updates come."""
        prices = {"FULL": "MID", "MID": "BUDGET", "BUDGET": "FULL"}
        sales = tuple(
            replace(sale, code=prices.get(sale.code, sale.code)) for sale in delivery.facts.sales
        )
        facts = replace(delivery.facts, sales=sales)
        return Delivery(delivery.release_id, facts, self._heading(place, version), {})

    def taken_down(self, delivery: Delivery, place: int, version: int = 2) -> Delivery:
        """The end of all sales of a release."""
        facts = replace(delivery.facts, sales=())
        return Delivery(delivery.release_id, facts, self._heading(place, version), {})

    def in_747_deals(self, delivery: Delivery) -> Delivery:
        """The same release with three deals for each of 249 territories, as real ones come."""
        facts = delivery.facts
        tracks = tuple(range(len(facts.tracks)))
        starts = facts.released_on
        later = starts + timedelta(days=365)
        sales = [
            sale
            for code in Territories.worldwide()
            for sale in (
                Sale((None,), Territories.of(code), starts, later - timedelta(days=1), "FULL"),
                Sale((None,), Territories.of(code), later, code="MID"),
                Sale(tracks, Territories.of(code), starts, code="TRACK"),
            )
        ]
        return replace(delivery, facts=replace(facts, sales=tuple(sales[:747])))

    def put_batch(self, folder: Path, deliveries: Iterable[Delivery]) -> None:
        """Lay a batch: `folder` is N_{BatchId}; the manifest completes it."""
        listed = [delivery.put_into(folder) for delivery in deliveries]
        manifest = write_manifest(self._heading(0, 0), folder=folder.name, messages=listed)
        name = f"BatchComplete_{folder.name.removeprefix('N_')}.xml"
        (folder / name).write_bytes(manifest)

    def _heading(self, place: int, version: int) -> Heading:
        sent_at = FIRST_DAY + timedelta(days=version, seconds=place)
        return Heading(
            f"{self.seed}-{place}-{version}", self.sender, self.store, sent_at, thread_id=str(place)
        )

    def _track(self, place: int, number: int, band: Somebody, random: Random) -> Played:
        order = place * 20 + number
        isrc = f"DEA{self.seed % 100:02}{26 + order // 100_000:02}{order % 100_000:05}"
        guests = (Done(Somebody(_name(random)), ("FeaturedArtist",)),) * (random.random() < 0.2)
        writers = [Somebody(_name(random)) for _ in range(random.randint(1, 2))]
        helpers = [
            Done(Somebody(_name(random)), (role,))
            for role in random.sample(_CONTRIBUTORS, random.randint(0, 2))
        ]
        content = masters()[order % MASTERS]
        iswc = _checked(Iswc, f"T{self.seed % 10}{order:08}")
        return Played(
            disc_number=1 if number <= 12 else 2,
            track_number=number if number <= 12 else number - 12,
            title=_name(random),
            artist_line=" feat. ".join([band.name, *(guest.by.name for guest in guests)]),
            artists=(Done(band, ("MainArtist",)), *guests),
            numbers=(Number("isrc", isrc),),
            own_id=Number("proprietary", f"{place}-{number}", self.sender.dpid),
            duration_ms=1_000,
            is_explicit=random.random() < 0.1,
            contributors=(
                *(Done(writer, ("Composer", "Lyricist")) for writer in writers),
                *helpers,
            ),
            work_numbers=(Number("iswc", iswc),) if random.random() < 0.7 else (),
            sound=Sound(
                f"resources/{isrc}.flac",
                hashlib.sha256(content).hexdigest(),
                len(content),
                "FLAC",
                "",
                2,
                RATE_HZ,
                16,
            ),
        )

    def _sales(self, facts: ReleaseFacts, random: Random) -> Iterable[Sale]:
        """The release and most of its tracks; a third not everywhere, or not for ever."""
        code = random.choice(CODES[:3])
        tracks = tuple(place for place in range(len(facts.tracks)) if random.random() < 0.9)
        starts: date | datetime = facts.released_on
        if random.random() < 0.2:
            starts = datetime.combine(facts.released_on, FIRST_DAY.timetz())
        where = random.choice((Territories.worldwide(),) * 4 + (_EUROPE,))
        if random.random() < 0.15:
            where -= Territories.of("US", "CA")
        ends = facts.released_on + timedelta(days=3_650) if random.random() < 0.1 else None
        if where == Territories.worldwide() and random.random() < 0.3:
            # Another price at home.
            yield Sale((None,), _EUROPE, starts, ends, code="FULL")
            yield Sale((None,), where - _EUROPE, starts, ends, code=code)
        else:
            yield Sale((None,), where, starts, ends, code=code)
        if tracks:
            yield Sale(tracks, where, starts, ends, code="TRACK")


def _picture(name: str, content: bytes) -> Picture:
    digest = hashlib.sha256(content).hexdigest()
    return Picture(f"resources/{name}", digest, len(content), "JPEG", COVER_SIDE_PX, COVER_SIDE_PX)


def _files(facts: ReleaseFacts) -> Iterable[tuple[str, bytes]]:
    contents = {hashlib.sha256(one).hexdigest(): one for one in (*masters(), *covers())}
    for track in facts.tracks:
        assert track.sound is not None
        yield track.sound.path, contents[track.sound.sha256]
    assert facts.cover is not None
    yield facts.cover.path, contents[facts.cover.sha256]


def _dice(seed: str) -> Random:
    return Random(seed)  # noqa: S311 (what comes is the same each time)


def _name(random: Random) -> str:
    firsts, lasts = random.choice(_WORDS)
    number = f" {random.randrange(2, 99)}" if random.random() < 0.3 else ""
    return f"{random.choice(firsts)} {random.choice(lasts)}{number}"


def _checked(kind: type[Identifier], stem: str) -> str:
    """A stem with the check character that fits."""
    for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        written = stem + character
        with suppress(IdentifierInvalidError):
            if kind.parse(written).check_ok:
                return written
    raise AssertionError(f"no check character fits {stem}")
