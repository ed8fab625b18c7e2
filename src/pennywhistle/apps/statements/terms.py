"""Announcing each published item's terms in the log: who gets which share where, at which price.

Not in the till's path: the keeper goes round the shelves while it has nothing else to do, works out
what is sold by, and announces what differs from the last announcement.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import DatabaseError

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.proof.announcing import announce
from pennywhistle.apps.proof.models import Announcement
from pennywhistle.apps.rights.queries import StoreNotSetUpError, everything_of, store_terms
from pennywhistle.apps.taxes.queries import tax_rates_at
from pennywhistle.engines.clearance.survey import Area, survey
from pennywhistle.engines.tlog.merkle import tree_root
from pennywhistle.engines.tlog.terms import TermsArea, terms_salt, territories_text
from pennywhistle.engines.tlog.tiles import encode_bundle
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.proof.log import AnyLog
    from pennywhistle.apps.rights.queries import StoreTerms
    from pennywhistle.engines.clearance import Item

logger = logging.getLogger(__name__)
RELEASES_A_STEP = 20
_UNSALTED = bytes(32)


@dataclass
class TermsRound:
    """Where the round of the shelves stands; it begins anew with each process."""

    last_id: int = 0
    # So many announcements were made in all.
    announced: int = field(default=0)

    def step(self, *, log: AnyLog, now: datetime) -> bool:
        """Look at the next releases; tells whether the round is at its end.

        Raises StoreNotSetUpError.
        """
        shelved = Release.objects.filter(id__gt=self.last_id, published_at__lte=now)
        ids = list(shelved.order_by("id").values_list("id", flat=True)[:RELEASES_A_STEP])
        for release_id in ids:
            try:
                self.announced += announce_terms(log=log, release_id=release_id, now=now)
            except (DatabaseError, StoreNotSetUpError):
                raise
            except Exception:  # one release stops no other, nor the keeper
                logger.exception("The terms of release %s cannot be worked out.", release_id)
        self.last_id = ids[-1] if ids else 0
        return len(ids) < RELEASES_A_STEP


def announce_terms(*, log: AnyLog, release_id: int, now: datetime) -> int:
    """Announce the terms of a release and of its tracks, where they changed; answers how many.

    Accounts of payees who have none yet are opened, as the till does: terms name accounts.
    """
    terms = store_terms()
    rates = tax_rates_at(now)
    question = terms.question(territory="", at=now)
    count = 0
    for item in everything_of(release_id=release_id, at=now).values():
        areas = [area for area in survey(item, question, rates) if area.verdict.allowed]
        if areas:
            count += _announce(log, item, areas, terms, now)
    return count


def _announce(log: AnyLog, item: Item, areas: list[Area], terms: StoreTerms, now: datetime) -> int:
    """Announce one item's areas; 0 where they are those of the last announcement."""
    found = sorted(
        (
            _salted(log, _area(item, each, places, terms.currency))
            for each in areas
            for places in _places(each)
        ),
        key=lambda area: area.territories,
    )
    digest = tree_root([area.hash() for area in found])
    last = (
        Announcement.objects.filter(kind=Announcement.Kind.TERMS, subject=item.ref)
        .order_by("-id")
        .values_list("digest", flat=True)
        .first()
    )
    if last is not None and bytes(last) == digest:
        return 0
    announce(
        kind=Announcement.Kind.TERMS,
        subject=item.ref,
        digest=digest,
        document=encode_bundle([area.encode() for area in found]),
        now=now,
    )
    return 1


def _places(area: Area) -> list[tuple[str, ...]]:
    """An area's territories; each by itself where a tax is owed, for each has its own account."""
    is_taxed = any(part.purse.kind == PurseKind.TAX for part in area.verdict.parts)
    return [(code,) for code in area.territories.codes] if is_taxed else [area.territories.codes]


def _area(item: Item, area: Area, places: tuple[str, ...], currency: str) -> TermsArea:
    terms = area.verdict.terms
    assert terms is not None, "only areas in which the item is sold have terms"
    total_micro = terms.price.micro + terms.subsidy.micro
    shares: dict[Purse, Fraction] = {}
    for part in terms.parts:
        is_tax = part.purse.kind == PurseKind.TAX
        purse = Purse(PurseKind.TAX, code=places[0]) if is_tax else part.purse
        shares[purse] = shares.get(purse, Fraction(0)) + part.share
    if terms.subsidy:
        shares[Purse(PurseKind.SUBSIDY)] = Fraction(-terms.subsidy.micro, total_micro)
    numbers = account_numbers(shares, currency=currency)
    return TermsArea(
        salt=_UNSALTED,
        item=item.ref,
        territories=territories_text(places, TERRITORY_CODES),
        currency=currency,
        price_micro=terms.price.micro,
        total_micro=total_micro,
        parts=tuple(sorted((numbers[purse], share) for purse, share in shares.items())),
    )


def _salted(log: AnyLog, area: TermsArea) -> TermsArea:
    return TermsArea(
        terms_salt(log.page_secret, area), area.item, area.territories, area.currency,
        area.price_micro, area.total_micro, area.parts,
    )  # fmt: skip
