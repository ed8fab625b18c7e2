"""Random edits of a small register, and what it then allows, territory by territory."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from builders import NOON, Shelf, usd
from pennywhistle.apps.catalog.actions import publish_release, withdraw_release
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.models import (
    Availability,
    DueRelease,
    Grant,
    License,
    Mandate,
    OwnershipShare,
    Stop,
    SupplierAgreement,
)
from pennywhistle.apps.rights.queries import ItemRef, items_for, store_terms
from pennywhistle.apps.rights.work import refresh_availability
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.taxes.queries import tax_rates_at
from pennywhistle.engines.clearance import clear
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

Answers = dict[tuple[ItemRef, str], tuple[int, str]]

SOCIETIES = ("GEMA", "SACEM", "ASCAP")
PLACES = (
    Territories.worldwide(),
    Territories.of("DE", "FR", "AT"),
    Territories.of("US", "PR"),
    Territories.worldwide() - Territories.of("US", "DE"),
)
WORKS = ("MECH", "MAKING_AVAILABLE")
_UNTAXED = Fraction(0)


def catch_up(at: datetime) -> None:
    """Refresh until nothing waits."""
    while refresh_availability(now=at).is_waiting:
        pass


def sellable(shelf: Shelf, *, territory: str = "FR") -> list[int | None]:
    """Which items of a shelf may be sold: None for the release, and the ids of tracks."""
    rows = Availability.objects.sellable(territory=territory)
    mine = rows.filter(release=shelf.release)
    return sorted(mine.values_list("track_id", flat=True), key=lambda track_id: track_id or 0)


def everything(shelf: Shelf) -> list[int | None]:
    """All items of a shelf."""
    return [None, *(track.pk for track in shelf.tracks)]


def due(*, at: datetime = NOON) -> set[str]:
    """The titles of the releases that wait."""
    rows = DueRelease.objects.filter(due_at__lte=at)
    return set(
        Release.objects.filter(id__in=rows.values("release")).values_list("title", flat=True)
    )


def as_kept(at: datetime, *, territories: tuple[str, ...] = TERRITORY_CODES) -> Answers:
    """What availability says, spelled out by territory."""
    kept = {}
    for row in Availability.objects.select_related("territories"):
        assert row.holds_until is None or row.holds_until > at
        ref = ItemRef(row.release_id, row.track_id)
        for code in Territories.from_bytes(bytes(row.territories.mask)):
            if code in territories:
                assert (ref, code) not in kept, "two prices for the same item in one place"
                kept[ref, code] = row.price_micro, row.currency
    return kept


def as_cleared(at: datetime, *, territories: tuple[str, ...] = TERRITORY_CODES) -> Answers:
    """What clearance says of every item in every territory, one by one."""
    refs = [ItemRef(pk) for pk in Release.objects.values_list("id", flat=True)]
    refs += [ItemRef(*row) for row in Track.objects.values_list("release_id", "id")]
    rates, terms, cleared = tax_rates_at(at), store_terms(), {}
    for ref, item in items_for(refs, at=at).items():
        for code in territories:
            question = terms.question(territory=code, at=at, tax_rate=rates.get(code, _UNTAXED))
            price = clear(item, question).price
            if price is not None:
                cleared[ref, code] = price.micro, price.currency
    return cleared


class Editor:
    """Changes something of the register at random, by the store's own actions."""

    def __init__(self, random: Random, shelves: list[Shelf]) -> None:
        self.random = random
        self.shelves = shelves
        self.at = NOON
        self.edits: list[Callable[[], object]] = [
            *(self.stop, self.lift, self.publish, self.withdraw, self.regrant, self.close_grant),
            *(self.share, self.revoke_share, self.mandate, self.revoke_mandate),
            *(self.license, self.close_license, self.free, self.agree, self.disagree, self.tax),
            self.tariff,
        ]

    def edit(self) -> None:
        """Change one thing; what the register refuses, it refuses."""
        with suppress(actions.RegisterError):
            self.random.choice(self.edits)()

    def someday(self) -> Period:
        """Always, or for some time around now."""
        hours = self.random.choice([None, None, 1, 5])
        start = self.random.choice([None, None, self.at + timedelta(hours=1)])
        end = self.at + timedelta(hours=2 + hours) if hours else None
        return Period(start, end)

    def places(self) -> Territories:
        return self.random.choice(PLACES)

    def shelf(self) -> Shelf:
        return self.random.choice(self.shelves)

    def track(self) -> Track:
        return self.random.choice(self.shelf().tracks)

    def party(self) -> int:
        names = [*SOCIETIES, *(f"{shelf.release.title} Label" for shelf in self.shelves)]
        return ensure_party(name=self.random.choice(names)).pk

    def stop(self) -> None:
        actions.stop_sale(
            release_id=(shelf := self.shelf()).release.pk,
            track_id=self.random.choice([None, shelf.tracks[0].pk]),
            kind="operator", sentence="Asked to.", now=self.at,
        )  # fmt: skip

    def lift(self) -> None:
        for stop in Stop.objects.open():
            actions.lift_stop(stop_id=stop.pk, now=self.at)

    def publish(self) -> None:
        publish_release(release_id=self.shelf().release.pk, now=self.at)

    def withdraw(self) -> None:
        withdraw_release(release_id=self.shelf().release.pk, now=self.at)

    def regrant(self) -> None:
        shelf = self.shelf()
        track = self.random.choice([None, *shelf.tracks])
        terms = actions.GrantTerms(
            territories=self.places(),
            valid=self.someday(),
            currency="USD",
            price=usd(self.random.choice(["0.09", "0.20", "0.90"])),
            wholesale=Money.zero("USD"),
            shares=() if track is None else (actions.Share(shelf.payees[0].pk, "A", Fraction(1)),),
        )
        actions.record_grant(
            licensor_id=shelf.release.label_id, release_id=shelf.release.pk,
            track_id=track and track.pk, terms=terms, now=self.at,
        )  # fmt: skip

    def close_grant(self) -> None:
        grant = self.random.choice(list(Grant.objects.open()))
        actions.close_grant(grant_id=grant.pk, now=self.at)

    def share(self) -> None:
        track = self.track()
        is_work = self.random.random() < 0.7
        work = track.recording.works.get()
        subject = (
            actions.Subject(work_id=work.pk)
            if is_work
            else actions.Subject(recording_id=track.recording_id)
        )
        part = Fraction(1, self.random.choice([1, 2]))
        rights = WORKS if is_work else ("MASTER",)
        role = "Composer" if is_work else "Producer"
        party, places, valid = self.party(), self.places(), self.someday()
        claims = [actions.Claim(party, right, role, part, places, valid) for right in rights]
        actions.record_shares(subject=subject, claims=claims, now=self.at)

    def revoke_share(self) -> None:
        share = self.random.choice(list(OwnershipShare.objects.open()))
        actions.revoke_share(share_id=share.pk, now=self.at)

    def mandate(self) -> None:
        rights = self.random.choice([WORKS, ("MASTER",), ("MASTER", *WORKS)])
        terms = actions.MandateTerms(
            self.party(), self.party(), rights, self.places(), self.someday(),
            is_exclusive=self.random.random() < 0.3,
        )  # fmt: skip
        actions.record_mandate(terms=terms, now=self.at)

    def revoke_mandate(self) -> None:
        for mandate in Mandate.objects.open()[:1]:
            actions.close_mandate(mandate_id=mandate.pk, now=self.at)

    def license(self) -> None:
        law = self.random.choice(["", "", "17 U.S.C. 115"])
        terms = actions.LicenseTerms(
            ensure_party(name=self.random.choice(SOCIETIES)).pk,
            self.places(), self.someday(), unidentified_by=law,
        )  # fmt: skip
        actions.record_license(terms=terms, now=self.at)

    def close_license(self) -> None:
        license_ = self.random.choice(list(License.objects.open()))
        actions.close_license(license_id=license_.pk, now=self.at)

    def tariff(self) -> None:
        licensor = ensure_party(name=self.random.choice(SOCIETIES)).pk
        tariff = actions.record_tariff(licensor_id=licensor, name="Downloads", now=self.at)
        minimum = self.random.choice([70_000, 150_000, 500_000])
        rule = Tariff(0, "Downloads", "USD", track_minimum_micro=minimum)
        line = actions.LineTerms(rule, Period.always(), "A page of the society.")
        actions.record_tariff_line(tariff_id=tariff.pk, terms=line, now=self.at)
        terms = actions.LicenseTerms(licensor, self.places(), Period.always(), tariff_id=tariff.pk)
        actions.record_license(terms=terms, now=self.at)

    def free(self) -> None:
        work = self.track().recording.works.get()
        actions.record_public_domain(
            work_id=work.pk, territories=self.places(), valid=self.someday(), now=self.at
        )

    def agree(self) -> None:
        source = self.random.choice([None, "blanket", "pass_through", "direct"])
        actions.record_agreement(
            supplier_id=self.shelf().release.supplier_id,
            valid=Period.always(), us_source=source, now=self.at,
        )  # fmt: skip

    def disagree(self) -> None:
        agreement = self.random.choice(list(SupplierAgreement.objects.open()))
        actions.close_agreement(agreement_id=agreement.pk, now=self.at)

    def tax(self) -> None:
        rate = Fraction(self.random.choice([7, 19, 95]), 100)
        code = self.random.choice(["DE", "FR", "US"])
        set_tax_rate(territory=code, rate=rate, valid=self.someday(), source="A law.", now=self.at)
