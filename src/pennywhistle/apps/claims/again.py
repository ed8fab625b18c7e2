"""Clearing sales again: as the register stood at their instant, with a work's shares of now."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.rights.models import Verdict
from pennywhistle.apps.rights.queries import load_items
from pennywhistle.engines.clearance import Question, clear
from pennywhistle.kernel.money import Money, micro_per_minor_unit
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.engines.clearance import Item, Share

# By purse, exact, in micro-units.
Dues = dict[Purse, Fraction]


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of something that the work is in."""

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
        self._now: Item | None = None

    def document(self, digest: bytes) -> dict[str, Any]:
        """What was decided for a sale."""
        if digest not in self._documents:
            self._documents[digest] = Verdict.objects.get(digest=digest).document
        return self._documents[digest]

    def parts(self, sold: Sold) -> Dues | None:
        """Whose the work's money is now, in parts of one; None where it may not be sold so."""
        if self._now is None:
            self._now = load_items([sold.ref], at=sold.at)[sold.ref].item
        ends = sorted(
            {
                end
                for share in _shares_in(self._now, self._work_id)
                for end in (share.valid.starts_at, share.valid.ends_at)
                if end is not None
            }
        )
        key = (sold.verdict, sold.at.year, bisect_right(ends, sold.at))
        if key not in self._parts:
            self._parts[key] = self._cleared(sold, self._now)
        return self._parts[key]

    def _cleared(self, sold: Sold, now: Item) -> Dues | None:
        then = load_items([sold.ref], at=sold.at, known_at=sold.at)[sold.ref].item
        document = self.document(sold.verdict)
        verdict = clear(
            _with_shares(then, now, self._work_id),
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


def _shares_in(item: Item, work_id: int) -> tuple[Share, ...]:
    works = (work for track in item.tracks for work in track.recording.works)
    return next(work.shares for work in works if work.id == work_id)


def _with_shares(then: Item, now: Item, work_id: int) -> Item:
    """An item as it stood, with the work's shares of now and those parties that came with them."""
    shares = _shares_in(now, work_id)
    tracks = []
    for track in then.tracks:
        works = tuple(
            replace(work, shares=shares) if work.id == work_id else work
            for work in track.recording.works
        )
        tracks.append(replace(track, recording=replace(track.recording, works=works)))
    register = replace(
        then.register,
        names={**now.register.names, **then.register.names},
        mandates={**now.register.mandates, **then.register.mandates},
        licenses={**now.register.licenses, **then.register.licenses},
    )
    return replace(then, tracks=tuple(tracks), register=register)


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
