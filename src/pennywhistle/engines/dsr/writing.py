"""Writing the flat file: records of tab-separated cells, UTF-8 (DSR Part 1, clauses 7 and 8)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from pennywhistle.engines.dsr.layouts import LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from pennywhistle.engines.dsr.facts import Heading
    from pennywhistle.kernel.money import Money

_FOREIGN_TO_CELLS = re.compile(r"[\t\r\n|]+")
_FOREIGN_TO_NAMES = re.compile(r"[^A-Za-z0-9.-]+")
# What tells one message from another and says nothing about sales.
_VARYING = {"MessageId", "MessageCreatedDateTime"}


def text_cell(text: str) -> str:
    """A text without what ends a cell, a value or a record; those cannot be escaped."""
    plain = "".join(
        each if each.isprintable() else " " for each in _FOREIGN_TO_CELLS.sub(" ", text)
    )
    return " ".join(plain.split())


def list_cell(texts: Iterable[str]) -> str:
    """Several texts in one cell."""
    return "|".join(text_cell(text) for text in texts)


def amount_cell(money: Money) -> str:
    """An amount with all six decimals."""
    return f"{money.decimal:f}"


def flag_cell(*, flag: bool) -> str:
    """A boolean."""
    return "true" if flag else "false"


def duration_cell(duration_ms: int) -> str:
    """A playing time as ISO 8601 has it, in whole seconds: PT3M30S."""
    seconds = round(duration_ms / 1000)
    minutes, rest = divmod(seconds, 60)
    return f"PT{minutes}M{rest}S" if minutes else f"PT{rest}S"


def record(kind: str, cells: Mapping[str, str]) -> str:
    """A record as a line: its cells in the order of its layout, empty where nothing is said."""
    layout = LAYOUTS[kind]
    unknown = cells.keys() - set(layout)
    assert not unknown, f"{kind} has no {sorted(unknown)}"
    return "\t".join([kind, *(cells.get(name, "") for name in layout[1:])])


@dataclass
class Sheet:
    """The lines of a report while it is written; what its footer counts."""

    lines: list[str] = field(default_factory=list)
    summary_count: int = 0
    block_count: int = 0

    def add(self, kind: str, cells: Mapping[str, str]) -> None:
        """Write a record."""
        self.lines.append(record(kind, cells))
        self.summary_count += kind.startswith("SY")

    def end(self) -> bytes:
        """The file of a report in blocks, with its footer."""
        count = str(len(self.lines) + 1)
        blocks = str(self.block_count)
        self.add(
            "FOOT",
            {
                "NumberOfLinesInFile": count,
                "NumberOfLinesInReport": count,
                "NumberOfSummaryRecords": str(self.summary_count),
                "NumberOfBlocksInFile": blocks,
                "NumberOfBlocksInReport": blocks,
            },
        )
        return self._bytes()

    def end_single(self) -> bytes:
        """The file of a report of single records, with its footer."""
        count = str(len(self.lines) + 1)
        summaries = str(self.summary_count)
        self.add("SRFO", {"NumberOfLinesInReport": count, "NumberOfSummaryRecords": summaries})
        return self._bytes()

    def _bytes(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()


def head_cells(heading: Heading, profile: str, version: str, message: str) -> dict[str, str]:
    """The header of a report in one file; `message` is its MessageVersion."""
    return {
        "MessageVersion": message,
        "Profile": profile,
        "ProfileVersion": version,
        "MessageId": text_cell(heading.message_id),
        "MessageCreatedDateTime": f"{heading.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "FileNumber": "1",
        "NumberOfFiles": "1",
        "UsageStartDate": heading.first.isoformat(),
        "UsageEndDate": heading.last.isoformat(),
        "SenderPartyId": heading.sender.dpid,
        "SenderName": text_cell(heading.sender.name),
        "ServiceDescription": name_part(heading.service),
        "RecipientPartyId": heading.recipient.dpid,
        "RecipientName": text_cell(heading.recipient.name),
    }


def name_part(text: str) -> str:
    """A text as a part of a file's name: no spaces, no underscores."""
    return _FOREIGN_TO_NAMES.sub("-", text).strip("-")


def file_name(heading: Heading, *, territory: str) -> str:
    """The name of the report's one file (Part 1, 8.1)."""
    parts = (
        "DSR",
        name_part(heading.recipient.dpid),
        name_part(heading.sender.dpid),
        name_part(heading.service),
        _period(heading.first, heading.last),
        name_part(territory),
        "1of1",
        f"{heading.created_at.astimezone(UTC):%Y%m%dT%H%M%S}",
    )
    return f"{'_'.join(parts)}.tsv"


def _period(first: date, last: date) -> str:
    """A month as such; other days by the first and the last."""
    after = last + timedelta(days=1)
    if first.day == after.day == 1 and (after - first).days <= 31:  # noqa: PLR2004 (a month)
        return f"{first:%Y-%m}"
    return f"{first}--{last}"


def figures_digest(document: bytes) -> bytes:
    """SHA-256 of what a report says, without its id and the time: the same for the same figures."""
    head, _, rest = document.partition(b"\n")
    cells = zip(LAYOUTS["HEAD"], head.decode().split("\t"), strict=True)
    kept = "\t".join(cell for name, cell in cells if name not in _VARYING)
    return hashlib.sha256(kept.encode() + b"\n" + rest).digest()
