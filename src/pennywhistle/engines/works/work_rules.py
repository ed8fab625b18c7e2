"""What CWR demands of the shares of a work (2.2 revision 2, section 4.2, by rule number)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.works.findings import percent, summed
from pennywhistle.engines.works.registration import Collection, Right
from pennywhistle.kernel.split import SHARE_TOLERANCE
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pennywhistle.engines.works.cwr_interests import Draft
    from pennywhistle.engines.works.cwr_record import Record

_WHOLE = Fraction(1)
_HALF = Fraction(1, 2)
_PARTS = 10_000
_CREATORS = {"CA", "C", "A"}
_ARRANGERS = {"AR", "AD", "SR", "SA", "TR"}
_TOLERANCE = percent(SHARE_TOLERANCE)


def totals_of(drafts: Iterable[Draft]) -> dict[Right, Fraction]:
    """Add up what parties own, by right."""
    totals = dict.fromkeys(Right, Fraction(0))
    for draft in drafts:
        for right, share in draft.stated.items():
            totals[right] += share
    return totals


def check_work(record: Record, writers: Sequence[Draft], publishers: Sequence[Draft]) -> None:
    """Check the rules on ownership, roles and publisher chains; `record` is the work's header."""
    _check_totals(record, [*writers, *publishers])
    _check_publishers(record, publishers)
    _check_writers(record, writers)
    _check_roles(record, writers)
    _check_chains(publishers)
    _check_links(writers, publishers)


def check_collection(record: Record, collection: Iterable[Collection]) -> None:
    """Rules 14 and 44: nobody collects more than there is, anywhere, for any right."""
    # In hundredths of a percent, as CWR writes them: whole numbers add up fast.
    by_right: dict[Right, dict[int, int]] = {right: defaultdict(int) for right in Right}
    for one in collection:
        by_right[one.right][one.territories.mask] += int(one.share * _PARTS)
    for right, by_mask in by_right.items():
        parts, mask = _largest_total(by_mask)
        total = Fraction(parts, _PARTS)
        if total > _WHOLE + SHARE_TOLERANCE:
            _refuse(
                record,
                "collection-sum",
                f"Of the {right} right {percent(total)} are collected in "
                f"{Territories(mask).describe()}",
                f"Let the collection shares of a territory add up to 100 % (+{_TOLERANCE}) or less",
            )


def _largest_total(by_mask: dict[int, int]) -> tuple[int, int]:
    parts = [(Territories.worldwide().mask, 0)]
    for mask, share in by_mask.items():
        divided = []
        for part, total in parts:
            if inside := part & mask:
                divided.append((inside, total + share))
            if outside := part & ~mask:
                divided.append((outside, total))
        parts = divided
    mask, total = max(parts, key=lambda part: part[1])
    return total, mask


def _check_totals(record: Record, drafts: Sequence[Draft]) -> None:
    for right, total in totals_of(drafts).items():
        # Rule 11.
        if total and abs(total - _WHOLE) > SHARE_TOLERANCE:
            shares = [share for draft in drafts if (share := draft.stated[right])]
            _refuse(
                record,
                "ownership-sum",
                f"The {right} shares {summed(shares)} add up to {percent(total)}",
                f"Let them add up to 100 % (±{_TOLERANCE} is scaled), or to 0 %",
            )


def _check_publishers(record: Record, publishers: Sequence[Draft]) -> None:
    # Rule 4; the whole of a right is rule 11's.
    total = totals_of(publishers)[Right.PERFORMING]
    if total > _HALF + SHARE_TOLERANCE:
        _refuse(
            record,
            "publishers-performing",
            f"The publishers own {percent(total)} of the performing right",
            f"Publishers own at most 50 % (+{_TOLERANCE}) of it",
        )


def _check_writers(record: Record, writers: Sequence[Draft]) -> None:
    if not writers:
        # Rule 12.
        _refuse(record, "no-writer", "The work has no writer", "Name its writers on SWR or OWR")
        return
    # Rule 9.
    total = totals_of(writers)[Right.PERFORMING]
    if total and total < _HALF - SHARE_TOLERANCE:
        _refuse(
            record,
            "writers-performing",
            f"The writers own {percent(total)} of the performing right",
            f"Writers own at least 50 % (-{_TOLERANCE}) of it, or nothing",
        )


def _check_roles(record: Record, writers: Sequence[Draft]) -> None:
    roles = {draft.role for draft in writers}
    if writers and not roles & _CREATORS:
        # Rule 15.
        _refuse(
            record,
            "no-creator",
            f"The writers' roles are {', '.join(sorted(roles)) or 'not told'}",
            "Name who wrote it: CA, C or A",
        )
    version = record.raw("version_type")
    if version == "MOD" and not roles & _ARRANGERS:
        # Rule 10.
        _refuse(
            record,
            "version-without-arranger",
            "The work is a modified version, and nobody modified it",
            "Name the AR, AD, SR, SA or TR, or write ORI",
        )
    if version == "ORI" and roles & _ARRANGERS:
        # Rule 23.
        _refuse(
            record,
            "original-with-arranger",
            f"An original work has a {', '.join(sorted(roles & _ARRANGERS))}",
            "Write MOD, or another role",
        )


def _check_chains(publishers: Sequence[Draft]) -> None:
    originals: set[int | None] = set()
    heads: dict[int | None, Draft] = {}
    for draft in publishers:
        head = heads.setdefault(draft.chain, draft)
        if head is draft and draft.role not in {"E", "PA"}:
            _refuse(
                draft.record,
                "chain-start",
                f"The chain {draft.chain} starts with a publisher of role {draft.role}",
                "Start it with the original publisher (E) or an income participant (PA)",
                "role",
            )
        if head.is_controlled and not draft.is_controlled:
            # Rule 16.
            _refuse(
                draft.record,
                "chain-mixed",
                f"Another publisher stands in the submitter's chain {draft.chain}",
                "Give it a chain of its own",
                "chain",
            )
        if draft.role == "E":
            if draft.chain in originals:
                # Rule 17.
                _refuse(
                    draft.record,
                    "chain-originals",
                    f"The chain {draft.chain} has two original publishers",
                    "Give each a chain of its own",
                    "chain",
                )
            originals.add(draft.chain)


def _check_links(writers: Sequence[Draft], publishers: Sequence[Draft]) -> None:
    numbers = {draft.number for draft in publishers}
    for writer in writers:
        for link in writer.publishers:
            if link.publisher_number and link.publisher_number not in numbers:
                writer.record.log.doubt(
                    writer.record,
                    "number",
                    rule="publisher-unknown",
                    sentence=f"Line {link.line} names publisher {link.publisher_number}, "
                    "who is not in this work",
                    remedy="Write the number of a publisher of the work on PWR",
                )


def _refuse(record: Record, rule: str, sentence: str, remedy: str, name: str = "") -> None:
    record.log.refuse(record, name, rule=rule, sentence=sentence, remedy=remedy)
