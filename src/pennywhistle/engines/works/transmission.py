"""What a works file says about itself and beside its works: sender, agreements, the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from fractions import Fraction

    from pennywhistle.engines.works.findings import Finding, NotKept
    from pennywhistle.engines.works.registration import (
        Acknowledgement,
        Affiliation,
        Party,
        Right,
    )
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class Header:
    """Who sent a CWR file, and when.

    `sender_type` is PB (publisher), SO (society), AA (agency) or WR (writer). `sender_id` is the
    sender's IPI name number, with leading zeros to eleven digits, or a society's number of three.
    `version` is "2.1" or "2.2", or empty if only the groups tell it. `created_at` has no zone:
    CWR does not say which.
    """

    sender_type: str
    sender_id: str
    sender_name: str
    created_at: datetime | None
    transmitted_on: date | None
    character_set: str
    version: str
    revision: int | None
    software: str


@dataclass(frozen=True, slots=True)
class AgreementShare:
    """What one party of an agreement gives (`is_assignor`) or gets, as parts of each right."""

    line: int
    is_assignor: bool
    party: Party
    shares: tuple[tuple[Right, Fraction], ...]
    societies: tuple[Affiliation, ...]


@dataclass(frozen=True, slots=True)
class AgreementPart:
    """The parties of an agreement for some territories."""

    territories: Territories
    parties: tuple[AgreementShare, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement on which registrations rely; they name its `number`.

    `kind` is OS or OG (between a writer and a publisher), PS or PG (between publishers); S is for
    the works named, G in general. `until_on` is the last day, `retained_until_on` the last day of
    the time after it in which the acquirer still collects.
    """

    source_line: int
    number: str
    society_number: str
    kind: str
    from_on: date | None
    until_on: date | None
    retained_until_on: date | None
    signed_on: date | None
    works_count: int
    parts: tuple[AgreementPart, ...]
    acknowledgement: Acknowledgement | None = None
    not_kept: tuple[NotKept, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_omitted: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether a finding keeps the agreement from being recorded."""
        return any(finding.level == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class FileReport:
    """The last thing that a reader gives: what holds for the file as a whole.

    If it `is_refused`, nothing that was read before it may stand: lines are missing or moved.
    `not_kept` counts what the store does not record, as (record, field, how often), in the works
    and agreements too.
    """

    records: int
    transactions: int
    works: int
    works_refused: int
    not_kept: tuple[tuple[str, str, int], ...]
    findings: tuple[Finding, ...]
    findings_omitted: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether a finding refuses the whole file."""
        return any(finding.level == "error" for finding in self.findings)
