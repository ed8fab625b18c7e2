"""Societies for tests: with members, mandates, a tariff, and a license to the store."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from builders import NOON, Shelf
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    Claim,
    LicenseTerms,
    LineTerms,
    MandateTerms,
    Subject,
    close_share,
    record_license,
    record_mandate,
    record_shares,
    record_tariff,
    record_tariff_line,
)
from pennywhistle.apps.rights.models import OwnershipShare, ShareRole
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# SACEM's tariff of unit downloads (rights.md 1.6), here in the store's currency.
NINE_PERCENT = Tariff(
    id=0,
    name="Unit downloads",
    currency="USD",
    percent=Fraction(9, 100),
    track_minimum_micro=70_000,
    album_minimum_micro=700_000,
    album_tracks=15,
    extra_track_micro=43_500,
)


def a_society(
    name: str = "Society of Authors",
    *,
    territories: Territories | None = None,
    tariff: Tariff = NINE_PERCENT,
    unidentified_by: str = "",
) -> Party:
    """A society that licenses this store by its tariff; nobody has mandated it yet."""
    society = ensure_party(name=name, kind=Party.Kind.ORGANIZATION)
    kept = record_tariff(licensor_id=society.pk, name=tariff.name, now=NOON)
    record_tariff_line(
        tariff_id=kept.pk,
        terms=LineTerms(replace(tariff, id=0), Period.always(), "test, 2026-11-21"),
        now=NOON,
    )
    record_license(
        terms=LicenseTerms(
            licensor_id=society.pk,
            territories=territories or Territories.worldwide(),
            valid=Period.always(),
            tariff_id=kept.pk,
            unidentified_by=unidentified_by,
        ),
        now=NOON,
    )
    return society


def written_by(shelf: Shelf, parts: Mapping[str, Fraction], *, track: int = 1) -> dict[str, Party]:
    """The track's work belongs to these writers, and no longer to the label that asserted it."""
    work = shelf.tracks[track - 1].recording.works.get()
    for share in OwnershipShare.objects.open().filter(work=work):
        close_share(share_id=share.pk, now=NOON)
    writers = {name: ensure_party(name=name) for name in parts}
    record_shares(
        subject=Subject(work_id=work.pk),
        claims=[
            Claim(
                party_id=writers[name].pk,
                right=right,
                role=ShareRole.COMPOSER,
                part=part,
                territories=Territories.worldwide(),
                valid=Period.always(),
            )
            for name, part in parts.items()
            for right in WORK_RIGHTS
        ],
        now=NOON,
    )
    return writers


def mandate(member: Party, society: Party, *, ends_at: datetime | None = None) -> int:
    """The member lets the society license all its works everywhere; answers the mandate's id."""
    terms = MandateTerms(
        from_party_id=member.pk,
        to_party_id=society.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period(None, ends_at),
        is_exclusive=True,
    )
    return record_mandate(terms=terms, now=NOON).pk
