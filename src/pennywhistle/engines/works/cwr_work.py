"""A work of a CWR file, from its header and the records that follow."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.works.cwr_details import (
    read_note,
    read_other_identifier,
    read_performer,
    read_recording,
    read_related_work,
    read_title,
)
from pennywhistle.engines.works.cwr_interests import (
    Draft,
    add_territory,
    read_link,
    read_publisher,
    read_writer,
)
from pennywhistle.engines.works.registration import WorkRegistration
from pennywhistle.engines.works.work_rules import check_collection, check_work, totals_of
from pennywhistle.kernel.identifiers import Iswc
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pennywhistle.engines.works.cwr_record import Record
    from pennywhistle.engines.works.registration import (
        Acknowledgement,
        Interest,
        Note,
        OtherIdentifier,
        Party,
        Recording,
        RelatedWork,
        Right,
        Title,
    )

# What may stand before a record that belongs to a party.
_FOLLOWS = {
    "SPT": {"SPU"},
    "OPT": {"SPU", "OPU"},
    "NPN": {"SPU", "OPU"},
    "SWT": {"SWR"},
    "OWT": {"OWR"},
    "NWN": {"SWR", "OWR"},
    "PWR": {"SWR", "OWR"},
}
_PARTIES = {"SPU", "OPU", "SWR", "OWR"}
# Where in the gathering they go, and how they are read.
_DETAILS: dict[str, tuple[str, Callable[[Record], object]]] = {
    "ALT": ("titles", read_title),
    "NAT": ("titles", read_title),
    "PER": ("performers", read_performer),
    "REC": ("recordings", read_recording),
    "VER": ("related", read_related_work),
    "EWT": ("related", read_related_work),
    "COM": ("related", read_related_work),
    "XRF": ("identifiers", read_other_identifier),
    "ARI": ("notes", read_note),
}
_ONLY_ONCE = {"EWT", "VER"}
# They say something about the work that the store has no use for; each field is told.
_PASSED_OVER = {"NET", "NCT", "NVT", "NOW", "NPR", "ORN", "INS", "IND"}
# Read with the acknowledgement.
_OF_ACKNOWLEDGEMENT = {"MSG"}


def read_work(
    records: Sequence[Record], acknowledgement: Acknowledgement | None = None
) -> WorkRegistration:
    """Read a work; the first record is its header (NWR, REV, ISW or EXC)."""
    header, *details = records
    if header.type == "EXC":
        for record in records:
            record.is_lenient = True
    work = _Gathering(header)
    for record in details:
        work.add(record)
    return work.finish(acknowledgement)


class _Gathering:
    """What was read of a work so far."""

    def __init__(self, header: Record) -> None:
        self.header = header
        self.party: Draft | None = None
        self.writers: list[Draft] = []
        self.publishers: list[Draft] = []
        self.titles: list[Title] = []
        self.recordings: list[Recording] = []
        self.performers: list[Party] = []
        self.related: list[RelatedWork] = []
        self.identifiers: list[OtherIdentifier] = []
        self.notes: list[Note] = []
        self.seen: set[str] = set()

    def add(self, record: Record) -> None:
        """Read a record that follows the header."""
        kind = record.type
        if kind in _OF_ACKNOWLEDGEMENT:
            return
        if kind in _ONLY_ONCE & self.seen:
            _misplaced(record, f"A work has one {kind} at most")
        self.seen.add(kind)
        if kind in _FOLLOWS:
            self._of_party(record)
            return
        if kind in _PARTIES:
            self._begin_party(record)
            return
        self.party = None
        if kind in _DETAILS:
            gathered, read = _DETAILS[kind]
            getattr(self, gathered).append(read(record))
        elif kind not in _PASSED_OVER:
            _misplaced(record, f"{kind} is no record of a work")

    def finish(self, acknowledgement: Acknowledgement | None) -> WorkRegistration:
        """Check the rules on the whole and return it."""
        header, drafts = self.header, [*self.writers, *self.publishers]
        collections = [draft.collection() for draft in drafts]
        if header.type != "EXC":
            check_work(header, self.writers, self.publishers)
            check_collection(header, [one for group in collections for one in group])
        totals = _divisors(drafts)
        interests = [
            draft.freeze(totals, collection)
            for draft, collection in zip(drafts, collections, strict=True)
        ]
        return self._with(interests, acknowledgement)

    def _with(
        self, interests: list[Interest], acknowledgement: Acknowledgement | None
    ) -> WorkRegistration:
        header, count = self.header, len(self.writers)
        return WorkRegistration(
            source_line=header.line,
            transaction=header.type,
            title=header.text("title"),
            submitter_work_number=header.text("work_number"),
            iswc=header.identifier("iswc", Iswc),
            writers=tuple(interests[:count]),
            publishers=tuple(interests[count:]),
            alternative_titles=tuple(self.titles),
            recordings=tuple(self.recordings),
            performers=tuple(self.performers),
            related_works=tuple(self.related),
            other_identifiers=tuple(self.identifiers),
            notes=tuple(self.notes),
            language=header.text("language"),
            version_type=header.code("version_type", ("ORI", "MOD")),
            category=header.text("category"),
            duration_s=header.duration("duration"),
            acknowledgement=acknowledgement,
        )

    def _begin_party(self, record: Record) -> None:
        is_publisher = record.type in {"SPU", "OPU"}
        self.party = read_publisher(record) if is_publisher else read_writer(record)
        (self.publishers if is_publisher else self.writers).append(self.party)

    def _of_party(self, record: Record) -> None:
        party = self.party
        if party is None or party.record.type not in _FOLLOWS[record.type]:
            expected = " or ".join(sorted(_FOLLOWS[record.type]))
            _misplaced(record, f"{record.type} stands behind {expected}")
        elif record.type in {"NPN", "NWN"}:
            names = (record.raw("first_name"), record.text("name"))
            record.skip("first_name", "number", "chain")
            party.other_names.append(" ".join(filter(None, names)))
        elif record.type == "PWR":
            self._link(party, record)
        else:
            add_territory(party, record)

    def _link(self, party: Draft, record: Record) -> None:
        link = read_link(record)
        party.publishers.append(link)
        number = record.text("writer_number")
        if number and number != party.number:
            record.log.refuse(
                record,
                "writer_number",
                rule="party-differs",
                sentence=f"The record belongs to writer {number!r} and follows {party.number!r}",
                remedy="Write PWR right behind its writer, with the same number",
            )


def _divisors(drafts: Sequence[Draft]) -> dict[Right, Fraction]:
    # Shares that are not accepted are shown as they are.
    return {
        right: total if total and abs(total - 1) <= SHARE_TOLERANCE else Fraction(1)
        for right, total in totals_of(drafts).items()
    }


def _misplaced(record: Record, sentence: str) -> None:
    record.log.refuse(
        record,
        "",
        rule="record-misplaced",
        sentence=sentence,
        remedy="Write the records in the order of CWR; a damaged file is sent again",
    )
