"""The writers and publishers of a CWR work, gathered from the records that follow each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.works.cwr_territories import (
    TerritoryLine,
    collections_of,
    read_territory,
)
from pennywhistle.engines.works.limits import TERRITORIES_OF_PARTY_MAX
from pennywhistle.engines.works.registration import (
    Affiliation,
    Collection,
    Interest,
    Ownership,
    Party,
    PublisherLink,
    Right,
)
from pennywhistle.kernel.identifiers import IpiBase, IpiName
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from fractions import Fraction

    from pennywhistle.engines.works.cwr_record import Record

WRITER_ROLES = frozenset({"CA", "C", "A", "AR", "AD", "SR", "SA", "TR", "PA"})
PUBLISHER_ROLES = frozenset({"E", "AQ", "AM", "SE", "ES", "PA"})
# Only these own; administrators, sub-publishers and income participants collect.
OWNING_ROLES = frozenset({"E", "AQ"})


@dataclass(slots=True)
class Draft:
    """A writer or publisher while its records are read; `stated` are its ownership shares."""

    record: Record
    is_writer: bool
    is_controlled: bool
    name: str
    first_name: str
    number: str
    role: str
    ipi_name: IpiName | None
    ipi_base: IpiBase | None
    stated: dict[Right, Fraction]
    societies: tuple[Affiliation, ...]
    chain: int | None = None
    agreement: str = ""
    society_agreement: str = ""
    other_names: list[str] = field(default_factory=list)
    territories: list[TerritoryLine] = field(default_factory=list)
    other_territories: list[TerritoryLine] = field(default_factory=list)
    publishers: list[PublisherLink] = field(default_factory=list)

    def collection(self) -> tuple[Collection, ...]:
        """What it collects, and what somebody else does in its place."""
        log = self.record.log
        return collections_of(
            self.territories, log, is_controlled=self.is_controlled
        ) + collections_of(self.other_territories, log, is_controlled=False)

    def freeze(self, totals: dict[Right, Fraction], collection: tuple[Collection, ...]) -> Interest:
        """Return it with ownership shares over their totals, which are close to one."""
        return Interest(
            line=self.record.line,
            is_writer=self.is_writer,
            party=Party(
                self.name,
                self.first_name,
                self.number,
                self.ipi_name,
                self.ipi_base,
                tuple(self.other_names),
            ),
            role=self.role,
            is_controlled=self.is_controlled,
            ownership=tuple(
                Ownership(right, stated / totals[right], stated, Territories.worldwide())
                for right, stated in self.stated.items()
                if stated
            ),
            collection=collection,
            societies=self.societies,
            publishers=tuple(self.publishers),
            chain=self.chain,
            agreement=self.agreement,
            society_agreement=self.society_agreement,
        )


def read_publisher(record: Record) -> Draft:
    """Read SPU or OPU."""
    draft = _read_party(record, PUBLISHER_ROLES, is_writer=False)
    draft.chain = record.number("chain")
    draft.agreement = record.text("agreement")
    draft.society_agreement = record.text("society_agreement")
    # CWR: the role of another publisher that is missing or unknown is E.
    draft.role = draft.role or "E"
    if draft.role not in OWNING_ROLES and any(draft.stated.values()):
        record.log.refuse(
            record,
            "role",
            rule="owner-role",
            sentence="Only original publishers (E) and acquirers (AQ) own; the others collect",
            remedy="Write ownership shares of 00000, and what is collected on SPT",
        )
    return draft


def read_writer(record: Record) -> Draft:
    """Read SWR or OWR."""
    return _read_party(record, WRITER_ROLES, is_writer=True)


def add_territory(draft: Draft, record: Record) -> None:
    """Read SPT, OPT, SWT or OWT and give it to the party that it follows."""
    if len(draft.territories) + len(draft.other_territories) >= TERRITORIES_OF_PARTY_MAX:
        record.log.refuse(
            record,
            "territory_number",
            rule="too-many-territories",
            sentence=f"A party has more than {TERRITORIES_OF_PARTY_MAX} territories",
            remedy="Name groups of territories, and what is excluded from them",
        )
        return
    is_included, territories = read_territory(record)
    shares = read_shares(record)
    _check_place(draft, record)
    if not is_included and any(shares.values()):
        record.log.doubt(
            record,
            "inclusion",
            rule="excluded-with-share",
            sentence="An excluded territory has shares; they are not kept",
            remedy="Write 00000, or include the territory",
        )
    if is_included and not any(shares.values()):
        # It shows a place in the chain of agreements and gives nothing.
        record.log.pass_over(record.line, record.type, "territory", record.raw("territory"))
    entry = TerritoryLine(record, is_included, territories, shares)
    is_own = record.type in {"SPT", "SWT", "OWT"}
    (draft.territories if is_own else draft.other_territories).append(entry)


def read_link(record: Record) -> PublisherLink:
    """Read PWR."""
    return PublisherLink(
        record.line,
        record.text("publisher_number"),
        record.text("publisher_name"),
        record.number("chain"),
        record.text("agreement"),
        record.text("society_agreement"),
    )


def read_shares(record: Record) -> dict[Right, Fraction]:
    """Read the three shares of a record."""
    return {right: record.share(right) for right in Right}


def read_societies(record: Record) -> tuple[Affiliation, ...]:
    """Read the three societies of a record."""
    found = ((right, record.society(right)) for right in Right)
    everywhere = Territories.worldwide()
    return tuple(Affiliation(right, society, everywhere) for right, society in found if society)


def _read_party(record: Record, roles: frozenset[str], *, is_writer: bool) -> Draft:
    is_controlled = record.type in {"SPU", "SWR"}
    draft = Draft(
        record,
        is_writer,
        is_controlled,
        name=record.text("name"),
        first_name=record.text("first_name") if is_writer else "",
        number=record.text("number"),
        role=record.code("role", roles),
        ipi_name=record.identifier("ipi_name", IpiName),
        ipi_base=record.identifier("ipi_base", IpiBase),
        stated=read_shares(record),
        societies=read_societies(record),
    )
    is_unknown = record.flag("is_unknown")
    _check_known(draft, is_unknown=is_unknown)
    return draft


def _check_known(draft: Draft, *, is_unknown: bool) -> None:
    record = draft.record
    if record.is_lenient:
        return
    missing = [
        name
        for name, value in (("number", draft.number), ("name", draft.name), ("role", draft.role))
        if not value and draft.is_controlled
    ]
    if not draft.name and not draft.is_controlled and not is_unknown:
        missing.append("name")
    for name in missing:
        record.log.refuse(
            record,
            name,
            rule="missing",
            sentence="A party of the submitter has a number, a name and a role; another party has "
            "a name, or is marked as unknown",
            remedy="Fill it in",
        )


def _check_place(draft: Draft, record: Record) -> None:
    number = record.text("number")
    if number != draft.number:
        record.log.refuse(
            record,
            "number",
            rule="party-differs",
            sentence=f"The record belongs to party {number!r} and follows {draft.number!r}",
            remedy="Write territories right behind their party, with the same number",
        )
    place = len(draft.territories) + len(draft.other_territories) + 1
    if record.number("territory_number") not in {None, 0, place}:
        record.log.refuse(
            record,
            "territory_number",
            rule="territory-order",
            sentence=f"This is territory {place} of its party",
            remedy="Number the territories of a party from 001; none may be missing",
        )
