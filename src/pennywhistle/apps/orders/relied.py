"""What cleared purchases rely on, as the database looks at it once more (migration 0008)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.facts import (
    Agreement,
    Discount,
    Grant,
    License,
    Mandate,
    Rate,
    Share,
    Transfer,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pennywhistle.apps.orders.purchases import Cleared
    from pennywhistle.engines.clearance import Verdict
    from pennywhistle.engines.clearance.facts import Row

# The table of each kind of row; a work that is free rests on rows of its own.
TABLES: dict[type[Row], str] = {
    Agreement: "rights_supplieragreement",
    Grant: "rights_grant",
    License: "rights_license",
    Mandate: "rights_mandate",
    Rate: "rights_ratecardline",
    Share: "rights_ownershipshare",
    Transfer: "rights_transfer",
}
TARIFF_LINES = "rights_tariffline"


def relied_on(cleared: Sequence[Cleared]) -> str:
    """For each kind of thing, rows that begin with the place of their order; as JSON."""
    facts: dict[str, dict[tuple[object, ...], None]] = {}
    for n, each in enumerate(cleared, 1):
        for sale in each.sales:
            for kind, *values in _facts(sale.verdict):
                facts.setdefault(kind, {})[n, *values] = None
    return json.dumps({kind: list(rows) for kind, rows in facts.items()})


def _facts(verdict: Verdict) -> Iterator[tuple[str, *tuple[int | bool | None, ...]]]:
    question = verdict.question
    yield (
        "terms",
        question.tax_rate.numerator,
        question.tax_rate.denominator,
        question.store_share.numerator,
        question.store_share.denominator,
        question.has_subsidy,
    )
    recordings = [track.recording for track in verdict.item.tracks]
    for recording in recordings:
        yield "plays", recording.id, len(recording.works)
        for work in recording.works:
            yield "played", recording.id, work.id, work.part.numerator, work.part.denominator
    subjects: dict[str, tuple[int | None, int | None]] = {
        recording.ref: (None, recording.id) for recording in recordings
    }
    subjects |= {work.ref: (work.id, None) for each in recordings for work in each.works}
    yield from _rows(verdict, subjects)


def _rows(
    verdict: Verdict, subjects: dict[str, tuple[int | None, int | None]]
) -> Iterator[tuple[str, *tuple[int | None, ...]]]:
    for _, row, _ in verdict.basis:
        if isinstance(row, Work):
            yield "free", row.id, len(row.public_domain)
            continue
        if isinstance(row, Discount):
            # Whoever sells for less keeps it from changing until the sale is written.
            continue
        yield TABLES[type(row)], row.id
        if isinstance(row, License) and row.tariff is not None:
            yield TARIFF_LINES, row.tariff.id
        if isinstance(row, Mandate):
            for ref in _listed(row, subjects):
                yield "listed", row.id, *subjects[ref]


def _listed(row: Mandate, refs: Iterable[str]) -> list[str]:
    """The item's own works and recordings on the list to which a mandate is limited."""
    return [ref for ref in refs if row.repertoire is not None and ref in row.repertoire]
