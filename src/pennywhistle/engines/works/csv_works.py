"""The rows of one work of a CSV file, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.works.csv_row import Share, identifier_of, read_share, refuse, text_of
from pennywhistle.engines.works.findings import Log
from pennywhistle.engines.works.registration import (
    Affiliation,
    Interest,
    Ownership,
    Recording,
    Right,
    WorkRegistration,
)
from pennywhistle.engines.works.share_cells import DivisionInvalidError, scale_cells
from pennywhistle.kernel.identifiers import Isrc, Iswc

if TYPE_CHECKING:
    from pennywhistle.engines.works.csv_table import Row

_OF_WORK = ("work_number", "work_title", "iswc", "isrc")


@dataclass(slots=True)
class WorkRows:
    """The rows of a work as they come in."""

    first: Row
    log: Log = field(default_factory=Log)
    shares: list[Share] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Check a row and take it in."""
        for name in _OF_WORK:
            if row.raw(name) != self.first.raw(name):
                refuse(
                    row,
                    self.log,
                    name,
                    "work-differs",
                    f"Line {self.first.line} of the same work says {self.first.raw(name)!r}",
                    "Write the same in all rows of a work",
                )
        share = read_share(row, self.log)
        if share is not None:
            self.shares.append(share)

    def finish(self) -> WorkRegistration:
        """Check the sums and return the work."""
        first = self.first
        title = text_of(first, self.log, "work_title")
        iswc = identifier_of(first, self.log, "iswc", first.raw("iswc"), Iswc)
        isrcs = (
            identifier_of(first, self.log, "isrc", text, Isrc)
            for text in dict.fromkeys(first.raw("isrc").split())
        )
        recordings = tuple(Recording(first.line, isrc) for isrc in isrcs if isrc)
        interests = self._interests()
        return WorkRegistration(
            source_line=first.line,
            transaction="CSV",
            title=title,
            submitter_work_number=first.raw("work_number"),
            iswc=iswc,
            writers=tuple(one for one in interests if one.is_writer),
            publishers=tuple(one for one in interests if not one.is_writer),
            recordings=recordings,
            findings=tuple(self.log.findings),
            findings_omitted=self.log.omitted,
        )

    # --- the whole

    def _interests(self) -> list[Interest]:
        ownership = self._ownership()
        together: dict[tuple[str, str], list[int]] = {}
        for index, share in enumerate(self.shares):
            known = share.party.ipi_name.value if share.party.ipi_name else share.party.name
            together.setdefault((known.casefold(), share.role), []).append(index)
        interests = []
        for indexes in together.values():
            mine = [self.shares[index] for index in indexes]
            interests.append(
                Interest(
                    line=mine[0].row.line,
                    is_writer=mine[0].is_writer,
                    party=mine[0].party,
                    role=mine[0].role,
                    is_controlled=True,
                    ownership=tuple(one for index in indexes for one in ownership.get(index, ())),
                    societies=tuple(dict.fromkeys(map(_affiliation, filter(_has_society, mine)))),
                )
            )
        return interests

    def _ownership(self) -> dict[int, list[Ownership]]:
        """Return what each row owns, scaled; as it is stated where a cell was refused."""
        found: dict[int, list[Ownership]] = {}
        # Where a row was refused, the sums would only repeat it.
        is_complete = not self.log.has_error
        for right in Right:
            indexes = [index for index, one in enumerate(self.shares) if one.right is right]
            for index, scaled in self._scaled(indexes, is_complete=is_complete):
                if scaled.share:
                    found.setdefault(index, []).append(scaled)
        return found

    def _scaled(self, indexes: list[int], *, is_complete: bool) -> list[tuple[int, Ownership]]:
        rows = [self.shares[index].stated for index in indexes]
        if not rows:
            return []
        right = self.shares[indexes[0]].right
        if is_complete:
            try:
                return [
                    (
                        indexes[one.index],
                        Ownership(
                            right,
                            one.share,
                            rows[one.index].share,
                            one.territories,
                            one.from_on,
                            one.until_on,
                        ),
                    )
                    for one in scale_cells(rows)
                ]
            except DivisionInvalidError as error:
                row = self.shares[indexes[0]].row
                refuse(
                    row,
                    self.log,
                    "share_percent",
                    error.rule,
                    f"{right}: {error}",
                    "Let the shares of a right add up to 100 % wherever and whenever they hold "
                    "(±0.06 % is scaled)",
                )
        return [
            (
                index,
                Ownership(right, one.share, one.share, one.territories, one.from_on, one.until_on),
            )
            for index, one in zip(indexes, rows, strict=True)
        ]


def _has_society(share: Share) -> bool:
    return bool(share.society)


def _affiliation(share: Share) -> Affiliation:
    stated = share.stated
    return Affiliation(
        share.right, share.society, stated.territories, stated.from_on, stated.until_on
    )
