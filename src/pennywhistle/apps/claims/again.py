"""Clearing sales again: as the register stood at their instant, with a work's shares of now."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.rights.closing import territories_of
from pennywhistle.apps.rights.facts.parties import party_row, register_of
from pennywhistle.apps.rights.facts.statement import read_rows
from pennywhistle.apps.rights.models import OwnershipShare, Verdict
from pennywhistle.apps.rights.queries import load_items
from pennywhistle.engines.clearance import Question, Right, Share, clear
from pennywhistle.kernel.money import Money, micro_per_minor_unit
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.engines.clearance import Item

# By purse, exact, in micro-units.
Dues = dict[Purse, Fraction]


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of something that the work is in."""

    id: UUID
    verdict: bytes
    ref: ItemRef
    at: datetime
    price_micro: int


def purse_of(licensor_id: int, subject: str, apart: str, territory: str, year: int) -> Purse:
    """Where a part of a sale went: to a licensor, or apart for the work, there and in that year."""
    if not apart:
        return Purse(PurseKind.PAYEE, licensor_id)
    kind = PurseKind.HELD if apart == "claims" else PurseKind.UNCLAIMED
    return Purse(kind, code=f"{apart}:{subject}:{territory}:{year}")


class SalesAgain:
    """Clears sales again with a work's shares of now; equal sales once."""

    def __init__(self, work_id: int, subject: str) -> None:
        self._work_id, self._subject = work_id, subject
        self._documents: dict[bytes, dict[str, Any]] = {}
        self._parts: dict[tuple[bytes, int, int], Dues | None] = {}
        self._shares = _shares_of(work_id)
        _, parties = read_rows(
            [], [], is_wide=False, party_ids={share.party_id for share in self._shares}
        )
        self._register = register_of({key: party_row(key, row) for key, row in parties.items()})
        ends = {end for each in self._shares for end in (each.valid.starts_at, each.valid.ends_at)}
        self._ends = sorted(end for end in ends if end is not None)

    def document(self, digest: bytes) -> dict[str, Any]:
        """What was decided for a sale."""
        if digest not in self._documents:
            self._documents[digest] = Verdict.objects.get(digest=digest).document
        return self._documents[digest]

    def parts(self, sold: Sold) -> Dues | None:
        """Whose the work's money is now, in parts of one; None where it may not be sold so."""
        key = (sold.verdict, sold.at.year, bisect_right(self._ends, sold.at))
        if key not in self._parts:
            self._parts[key] = self._cleared(sold)
        return self._parts[key]

    def _cleared(self, sold: Sold) -> Dues | None:
        then = load_items([sold.ref], at=sold.at, known_at=sold.at)[sold.ref].item
        document = self.document(sold.verdict)
        verdict = clear(
            self._with_shares(then),
            _question(document, sold.at),
            price=Money(sold.price_micro, document["currency"]),
        )
        found: Dues = defaultdict(Fraction)
        for each in verdict.usage:
            if each.subject == self._subject:
                territory, year = document["territory"], sold.at.year
                purse = purse_of(each.licensor_id, self._subject, each.apart, territory, year)
                found[purse] += each.share
        whole = sum(found.values(), Fraction(0))
        return {purse: share / whole for purse, share in found.items()} if whole else None

    def _with_shares(self, then: Item) -> Item:
        """An item as it stood, with the work's shares of now and the parties that they bring."""
        tracks = []
        for track in then.tracks:
            works = tuple(
                replace(work, shares=self._shares) if work.id == self._work_id else work
                for work in track.recording.works
            )
            tracks.append(replace(track, recording=replace(track.recording, works=works)))
        now = self._register
        register = replace(
            then.register,
            names={**now.names, **then.register.names},
            mandates={**now.mandates, **then.register.mandates},
            licenses={**now.licenses, **then.register.licenses},
        )
        return replace(then, tracks=tuple(tracks), register=register)


def _shares_of(work_id: int) -> tuple[Share, ...]:
    """A work's shares as they are claimed now."""
    standing = OwnershipShare.objects.open().standing().filter(work_id=work_id)
    return tuple(
        Share(
            id=row.pk,
            party_id=row.party_id,
            right=Right(row.right),
            role=row.role,
            part=row.part,
            territories=territories_of(row),
            valid=row.valid,
        )
        for row in standing.select_related("territories").order_by("id")
    )


def _question(document: Mapping[str, Any], at: datetime) -> Question:
    """What was asked at a sale."""
    currency = document["currency"]
    return Question(
        territory=document["territory"],
        at=at,
        currency=currency,
        store_share=Fraction(document["store_share"]),
        least_price=Money(micro_per_minor_unit(currency), currency),
        tax_rate=Fraction(document["tax_rate"]),
        # The price is paid: that it would be too low by today's claims is no reason to leave the
        # money where it is.
        has_subsidy=True,
        use=document["use"],
        owned=frozenset(document["owned"]),
        paid=Money(document["paid_micro"], currency),
    )
