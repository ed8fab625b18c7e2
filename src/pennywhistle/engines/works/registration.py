"""What a works file says, in the store's words: one shape for CWR and CSV."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from fractions import Fraction

    from pennywhistle.engines.works.findings import Finding, NotKept
    from pennywhistle.kernel.identifiers import Gtin, IpiBase, IpiName, Isrc, Iswc
    from pennywhistle.kernel.territories import Territories


class Right(StrEnum):
    """The rights that works files divide."""

    PERFORMING = "performing"
    MECHANICAL = "mechanical"
    SYNCHRONIZATION = "synchronization"

    @property
    def in_store(self) -> str | None:
        """The right that a download needs: MAKING_AVAILABLE, MECH, or None for synchronization.

        CWR has no word for making available: societies administer it with the performing
        right, whose shares and society therefore stand for it.
        """
        return _IN_STORE.get(self)


_IN_STORE = {Right.PERFORMING: "MAKING_AVAILABLE", Right.MECHANICAL: "MECH"}


@dataclass(frozen=True, slots=True)
class Party:
    """A person or company; `number` is the sender's own number for it, or empty.

    An IPI number whose check digits are wrong is left out. `name` is empty where the sender
    does not know who it is.
    """

    name: str
    first_name: str = ""
    number: str = ""
    ipi_name: IpiName | None = None
    ipi_base: IpiBase | None = None
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Affiliation:
    """A party is with a society for a right; `society` is CISAC's number of three digits.

    In CWR this is so everywhere and without end. `until_on` is the last day.
    """

    right: Right
    society: str
    territories: Territories
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """A part of a right that a party owns.

    `stated` is what the file says; `share` is scaled so that all shares of the right add up to
    exactly one (within ±0.06 %). `until_on` is the last day, and None has no end.
    """

    right: Right
    share: Fraction
    stated: Fraction
    territories: Territories
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A part of what a right earns in territories that is to be paid to a party.

    Where `is_controlled` is false it was told of somebody else, and is no claim.
    """

    line: int
    right: Right
    share: Fraction
    territories: Territories
    is_controlled: bool = True


@dataclass(frozen=True, slots=True)
class PublisherLink:
    """A writer is published by a publisher; the numbers of their agreement, or empty."""

    line: int
    publisher_number: str
    publisher_name: str
    chain: int | None
    agreement: str = ""
    society_agreement: str = ""


@dataclass(frozen=True, slots=True)
class Interest:
    """What one writer or publisher has in a work.

    `role` is CWR's code: CA, C, A, AR, AD, SR, SA, TR, PA for writers; E, AQ, AM, SE, ES, PA for
    publishers; empty if the sender does not say. `chain` numbers the publishers that belong
    together: an original publisher and who administers for it. `publishers` is filled for
    writers only. A party without an ownership share of a right owns nothing of it. In CSV, where
    nobody says for whom the sender speaks, all `is_controlled`.
    """

    line: int
    is_writer: bool
    party: Party
    role: str
    is_controlled: bool
    ownership: tuple[Ownership, ...] = ()
    collection: tuple[Collection, ...] = ()
    societies: tuple[Affiliation, ...] = ()
    publishers: tuple[PublisherLink, ...] = ()
    chain: int | None = None
    agreement: str = ""
    society_agreement: str = ""


@dataclass(frozen=True, slots=True)
class Title:
    """Another title; `kind` is CWR's code (AT, TE, OL, AL ...), `language` ISO 639-1, or empty."""

    text: str
    kind: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of the work; what is not known is empty or None."""

    line: int
    isrc: Isrc | None = None
    title: str = ""
    version_title: str = ""
    artist: str = ""
    label: str = ""
    album_title: str = ""
    album_label: str = ""
    catalog_number: str = ""
    gtin: Gtin | None = None
    released_on: date | None = None
    duration_s: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class RelatedWork:
    """Another work: `relation` is "version-of", "excerpt-of" or "component"."""

    line: int
    relation: str
    title: str
    iswc: Iswc | None
    number: str
    writers: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class OtherIdentifier:
    """A number that an organization gave.

    `kind` is W (work), R (recording), P (product) or V (video).
    """

    line: int
    organization: str
    identifier: str
    kind: str
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A remark to a society ("000": to all), or its own number for the work."""

    line: int
    society: str
    work_number: str
    right: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a society found wrong; `refuses` is F(ield), R(ecord), T(ransaction), G(roup), E."""

    line: int
    refuses: str
    record_number: int
    record: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A society's answer to an earlier registration; `status` is CWR's: AC, AS, CO, RJ ..."""

    line: int
    status: str
    original_type: str
    original_group: int
    original_transaction: int
    original_created_at: datetime | None
    title: str
    submitter_work_number: str
    recipient_work_number: str
    processed_on: date | None
    messages: tuple[Message, ...] = ()
    not_kept: tuple[NotKept, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkRegistration:
    """A work with everybody who has a part in it.

    `transaction` is "NWR" (new), "REV" (revised, and complete in itself), "ISW" (a society tells
    the ISWC), "EXC" (a society tells of a work in conflict) or "CSV". `acknowledgement` is set
    where a society sends back what it was told: that is an answer, and nobody's claim.
    `version_type` is "ORI" or "MOD", `category` CWR's for distribution (POP, SER ...), or empty.
    """

    source_line: int
    transaction: str
    title: str
    submitter_work_number: str
    iswc: Iswc | None
    writers: tuple[Interest, ...]
    publishers: tuple[Interest, ...]
    alternative_titles: tuple[Title, ...] = ()
    recordings: tuple[Recording, ...] = ()
    performers: tuple[Party, ...] = ()
    related_works: tuple[RelatedWork, ...] = ()
    other_identifiers: tuple[OtherIdentifier, ...] = ()
    notes: tuple[Note, ...] = ()
    language: str = ""
    version_type: str = ""
    category: str = ""
    duration_s: int | None = None
    acknowledgement: Acknowledgement | None = None
    not_kept: tuple[NotKept, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_omitted: int = 0

    @property
    def interests(self) -> tuple[Interest, ...]:
        """The writers, then the publishers."""
        return self.writers + self.publishers

    @property
    def is_refused(self) -> bool:
        """Whether a finding keeps the work from being recorded."""
        return any(finding.level == "error" for finding in self.findings)
