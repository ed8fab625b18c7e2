"""The sample's society: three writers of one label, their mandates, a tariff, and a dispute."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release, Role, Work
from pennywhistle.apps.parties.actions import ensure_party, let_act
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
    record_share,
    record_shares,
    record_tariff,
    record_tariff_line,
)
from pennywhistle.apps.rights.models import OwnershipShare, ShareRole
from pennywhistle.apps.societies.actions import SocietyTerms, join_society, set_up_society
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.interfaces.console.sample.labels.hollow_kettle import (
    COLM,
    HOLLOW_KETTLE,
    ILSE,
    MAEVE,
)
from pennywhistle.kernel.identifiers import Gtin
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SOCIETY = "Kestrel Society of Composers"
MEMBERS = (MAEVE, COLM, ILSE)
# Where the society licenses; everywhere else the members let their label do it.
TERRITORIES = Territories.of("DE", "FR", "GB", "IE", "US")
# Ilse says that half of it is hers: that half is held with every sale.
DISPUTED = "Nobody's Gate"
_SOURCE = "invented for this demonstration, 2026-11-22"


def found_society(*, user_id: int, now: datetime) -> Party:
    """Make the society and give it its members' works; what is there already is left alone."""
    society = ensure_party(
        name=SOCIETY, kind=Party.Kind.ORGANIZATION, about="A society of three, and of no country."
    )
    let_act(party_id=society.pk, user_id=user_id)
    set_up_society(
        party_id=society.pk,
        terms=SocietyTerms(
            deduction=Fraction(1, 8),
            deduction_for="administration",
            about="An invented society. Its members write for one small label.",
            rules="Every member gets what its works earned, by its shares, less the deduction.",
        ),
    )
    _license_the_store(society, now)
    for name in MEMBERS:
        _let_join(ensure_party(name=name), society, now)
    for work, writers in _works():
        _hand_over(work, writers, now)
    return society


def _license_the_store(society: Party, now: datetime) -> None:
    tariff = record_tariff(licensor_id=society.pk, name="Downloads", now=now)
    rule = Tariff(
        id=0,
        name="Downloads",
        currency="USD",
        percent=Fraction(9, 100),
        track_minimum_micro=10_500,
    )
    record_tariff_line(
        tariff_id=tariff.pk, terms=LineTerms(rule, Period.always(), _SOURCE), now=now
    )
    terms = LicenseTerms(
        licensor_id=society.pk,
        territories=TERRITORIES,
        valid=Period.always(),
        tariff_id=tariff.pk,
    )
    record_license(terms=terms, now=now)


def _let_join(member: Party, society: Party, now: datetime) -> None:
    join_society(
        society_id=society.pk,
        terms=MandateTerms(
            from_party_id=member.pk,
            to_party_id=society.pk,
            rights=WORK_RIGHTS,
            territories=TERRITORIES,
            valid=Period.always(),
            is_exclusive=True,
            notice_days=90,
        ),
        now=now,
    )
    record_mandate(
        terms=MandateTerms(
            from_party_id=member.pk,
            to_party_id=ensure_party(name=HOLLOW_KETTLE.name).pk,
            rights=WORK_RIGHTS,
            territories=Territories.worldwide() - TERRITORIES,
            valid=Period.always(),
        ),
        now=now,
    )


def _works() -> Iterator[tuple[Work, list[Party]]]:
    """The works that members alone wrote, with their writers."""
    upcs = [Gtin.parse(release.upc).value for release in HOLLOW_KETTLE.releases]
    releases = Release.objects.filter(upc__in=upcs)
    works = Work.objects.filter(recordings__tracks__release__in=releases).distinct()
    for work in works.order_by("id"):
        written = work.credits.filter(role=Role.COMPOSER).select_related("party").order_by("id")
        writers = [credit.party for credit in written]
        if writers and {writer.name for writer in writers} <= set(MEMBERS):
            yield work, writers


def _hand_over(work: Work, writers: list[Party], now: datetime) -> None:
    """What the label warranted belongs to who wrote it."""
    label_id = ensure_party(name=HOLLOW_KETTLE.name).pk
    for share in OwnershipShare.objects.open().of_subject(work_id=work.pk, recording_id=None):
        if share.party_id == label_id:
            close_share(share_id=share.pk, now=now)
    part = Fraction(1, len(writers))
    record_shares(
        subject=Subject(work_id=work.pk),
        claims=[_claim(writer, right, part) for writer in writers for right in WORK_RIGHTS],
        now=now,
    )
    if work.title == DISPUTED:
        rival = ensure_party(name=ILSE)
        for right in WORK_RIGHTS:
            claim = _claim(rival, right, Fraction(1, 2))
            record_share(subject=Subject(work_id=work.pk), claim=claim, now=now)


def _claim(party: Party, right: str, part: Fraction) -> Claim:
    return Claim(
        party_id=party.pk,
        right=right,
        role=ShareRole.COMPOSER,
        part=part,
        territories=Territories.worldwide(),
        valid=Period.always(),
    )
