"""An agreement of a CWR file (2.2 revision 2, sections 4.1, 5.1 and 5.2)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.works.cwr_interests import read_shares, read_societies
from pennywhistle.engines.works.cwr_territories import (
    TerritoryLine,
    read_territory,
    territories_of,
)
from pennywhistle.engines.works.findings import percent
from pennywhistle.engines.works.registration import Party, Right
from pennywhistle.engines.works.transmission import Agreement, AgreementPart, AgreementShare
from pennywhistle.kernel.identifiers import IpiBase, IpiName
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.works.cwr_record import Record
    from pennywhistle.engines.works.findings import Log
    from pennywhistle.engines.works.registration import Acknowledgement

_NOTHING = Fraction(0)
_KINDS = ("OS", "OG", "PS", "PG")


def read_agreement(
    records: Sequence[Record], acknowledgement: Acknowledgement | None = None
) -> Agreement:
    """Read an agreement; the first record is AGR. Territories and their parties alternate."""
    header, *details = records
    parts = _parts(details, header.log)
    _check(header, parts)
    from_on, until_on = header.day("from_on"), header.day("until_on")
    retained_until_on = header.day("retained_until_on")
    if from_on and until_on and until_on < from_on:
        _refuse(header, "dates", f"It ends on {until_on} and starts on {from_on}", "until_on")
    return Agreement(
        source_line=header.line,
        number=header.text("agreement"),
        society_number=header.text("society_agreement"),
        kind=header.code("kind", _KINDS),
        from_on=from_on,
        until_on=until_on,
        retained_until_on=retained_until_on,
        signed_on=header.day("signed_on"),
        works_count=header.number("works_count") or 0,
        parts=parts,
        acknowledgement=acknowledgement,
    )


def _parts(details: Sequence[Record], log: Log) -> tuple[AgreementPart, ...]:
    parts: list[AgreementPart] = []
    lines: list[TerritoryLine] = []
    parties: list[AgreementShare] = []
    for record in details:
        if record.type == "TER":
            if parties:
                parts.append(AgreementPart(territories_of(lines, log), tuple(parties)))
                lines, parties = [], []
            is_included, territories = read_territory(record)
            lines.append(TerritoryLine(record, is_included, territories, {}))
        elif record.type == "IPA":
            parties.append(_read_party(record))
        elif record.type not in {"NPA", "MSG"}:
            _refuse(record, "record-misplaced", f"{record.type} is no record of an agreement")
    if lines or parties:
        parts.append(AgreementPart(territories_of(lines, log), tuple(parties)))
    return tuple(parts)


def _read_party(record: Record) -> AgreementShare:
    shares = read_shares(record)
    return AgreementShare(
        record.line,
        is_assignor=record.code("agreement_role", ("AS", "AC")) == "AS",
        party=Party(
            record.text("name"),
            record.text("first_name"),
            record.text("number"),
            record.identifier("ipi_name", IpiName),
            record.identifier("ipi_base", IpiBase),
        ),
        shares=tuple((right, share) for right, share in shares.items() if share),
        societies=read_societies(record),
    )


def _check(header: Record, parts: tuple[AgreementPart, ...]) -> None:
    if not parts:
        _refuse(header, "agreement-parties", "The agreement has no territories and no parties")
    for part in parts:
        if not part.territories:
            _refuse(header, "agreement-territories", "Parties of the agreement have no territory")
        if {party.is_assignor for party in part.parties} != {True, False}:
            _refuse(header, "agreement-parties", "An agreement has an assignor and an acquirer")
        for right in Right:
            total = sum(
                (dict(party.shares).get(right, _NOTHING) for party in part.parties), _NOTHING
            )
            if total and abs(total - 1) > SHARE_TOLERANCE:
                _refuse(
                    header,
                    "agreement-sum",
                    f"The {right} shares in {part.territories.describe()} add up to "
                    f"{percent(total)}, not to 100 % or 0 % (±{percent(SHARE_TOLERANCE)})",
                )


def _refuse(record: Record, rule: str, sentence: str, name: str = "") -> None:
    record.log.refuse(
        record, name, rule=rule, sentence=sentence, remedy="Correct the agreement and send it again"
    )
