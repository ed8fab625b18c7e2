"""A supplier with a DPID and an agreement, and a short way to send it messages with real files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from builders import a_store
from ern_messages import ISRCS, Built
from ern_terms import SENDER, Terms, is_old
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern.receiving import process_message, take_message
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.parties.actions import ensure_party, identify_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import record_agreement
from pennywhistle.apps.rights.queries import ItemRef, items_for, store_terms
from pennywhistle.engines.clearance import Verdict, clear
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.models import Message

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Letter(Built):
    """A message whose files are real: `digests` by the number of the track."""

    digests: dict[int, str] = field(default_factory=dict)
    has_files: bool = True

    def _technical(self, number: int) -> str:
        if not self.has_files:
            return ""
        text = super()._technical(number)
        fake = f"{number:032x}"
        digest = self.digests.get(number, "")
        algorithm = "SHA-256" if digest else "MD5"
        if not digest:
            # Without a digest nothing is compared.
            start, end = text.index("<HashSum>"), text.rindex("</HashSum>") + len("</HashSum>")
            return text[:start] + text[end:]
        return text.replace(fake, digest).replace(">MD5<", f">{algorithm}<")


def sale(
    *territories: str,
    releases: tuple[str, ...] = ("R0",),
    wholesale: str | None = "1.00",
    start: str | None = "2026-01-02",
    **more: str | None,
) -> Terms:
    """A deal in dollars."""
    return Terms(
        releases=releases,
        territories=territories or ("Worldwide",),
        wholesale=wholesale,
        currency="USD",
        start=start,
        **more,  # type: ignore[arg-type]
    )


@dataclass
class Desk:
    """Where a supplier's messages arrive; each is a minute younger than the one before."""

    supplier: Party
    folder: Path
    count: int = 0

    def files(self, count: int = 2) -> dict[str, Path]:
        """Sound files under the names that messages give them."""
        found = {}
        for number in range(1, count + 1):
            path = self.folder / f"{number}.flac"
            if not path.exists():
                write_audio(path, seconds=1 + number)
            found[f"resources/{number}.flac"] = path
        return found

    def letter(self, *deals: Terms, **more: object) -> Letter:
        """The next message."""
        self.count += 1
        values = {
            "created": f"2026-02-01T10:{self.count:02}:00Z",
            "message_id": f"M{self.count}",
            "deals": deals,
            **more,
        }
        return Letter(**values)  # type: ignore[arg-type]

    def take(self, letter: Built | bytes, *, files: dict[str, Path] | None = None) -> Message:
        """Take a message in."""
        return take_message(
            supplier_id=self.supplier.pk,
            document=letter if isinstance(letter, bytes) else letter.bytes(),
            files=files or {},
            source_name="message.xml",
            now=NOW,
        )

    def send(
        self, letter: Built | bytes, *, files: dict[str, Path] | None = None, now: datetime = NOW
    ) -> Message:
        """Take a message in and do what it says."""
        taken = self.take(letter, files=files)
        return process_message(message_id=taken.pk, now=now)

    def deliver(self, *deals: Terms, **more: object) -> Message:
        """Send a message with its two sound files."""
        return self.send(self.letter(*deals, **more), files=self.files())


def a_desk(folder: Path, *, name: str, dpid: str, us_source: str | None = "direct") -> Desk:
    """A supplier's desk; `us_source` None: there is no agreement."""
    supplier = ensure_party(name=name, kind=Party.Kind.ORGANIZATION)
    identify_party(party_id=supplier.pk, scheme="dpid", text=dpid)
    if us_source is not None:
        record_agreement(
            supplier_id=supplier.pk, valid=Period.always(), us_source=us_source, now=NOW
        )
    return Desk(supplier, folder)


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Desk:
    """The desk of Copper Yard, in a store that sells in dollars and keeps a tenth."""
    a_store()
    return a_desk(tmp_path, name="Copper Yard", dpid=SENDER)


def digest_of(path: Path) -> str:
    """A file's SHA-256."""
    return sha256(path.read_bytes()).hexdigest()


def verdict(
    release: Release, territory: str = "US", *, at: datetime = NOW, track: int | None = None
) -> Verdict:
    """What clearance says of the release, or of one of its tracks by number."""
    track_id = None if track is None else list(release.tracks.all())[track - 1].pk
    ref = ItemRef(release.pk, track_id)
    item = items_for([ref], at=at)[ref]
    return clear(item, store_terms().question(territory=territory, at=at))


def reasons(found: Verdict) -> list[str]:
    """The codes of a refusal."""
    return [reason.code for reason in found.reasons]


__all__ = ["ISRCS", "NOW", "Desk", "Letter", "a_desk", "is_old", "reasons", "sale", "verdict"]
