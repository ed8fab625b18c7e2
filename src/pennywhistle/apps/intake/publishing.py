"""Publishes a planned release: its rows, what it is warranted and granted on, the shelf."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.actions import publish_release
from pennywhistle.apps.catalog.models import Release, Role
from pennywhistle.apps.intake.writing import person_meant, write_release
from pennywhistle.apps.rights.actions import GrantTerms, Share, record_grant
from pennywhistle.apps.rights.actions.warranty import warrant_recordings
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.intake.models import DeliveryFile
    from pennywhistle.apps.intake.report import PlannedRelease, PlannedTrack
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories


class NotPublishableError(Exception):
    """The delivery is still being checked, or nothing of it may be published."""

    code = "not-publishable"


class HeldError(NotPublishableError):
    """Every release of it has a file about which the store has not decided yet."""

    code = "held"


@dataclass(frozen=True, slots=True)
class TrackTerms:
    """What differs for one track: its price (None: with the album only) and its split."""

    price: Money | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms the supplier lets a delivery be sold.

    Attributes:
        album_price: None: the release is not sold as a whole.
        track_price: of each track by itself; None: with the album only.
        shares: whom each track pays, besides its writers; what is left goes to the supplier.
        writers_share: what of each track goes to those who wrote it, in even parts.
        own: what differs, by disc and number of the track.
    """

    currency: str
    territories: Territories
    valid: Period
    album_price: Money | None
    track_price: Money | None
    shares: tuple[Share, ...] = ()
    writers_share: Fraction = Fraction(0)
    own: Mapping[tuple[int, int], TrackTerms] = field(default_factory=dict)


def shelve(
    planned: PlannedRelease,
    *,
    supplier: Party,
    files: Mapping[str, DeliveryFile],
    terms: Terms,
    now: datetime,
) -> Release:
    """Write one release with everything that belongs to it; part of its caller's transaction.

    A release that the supplier delivered before is brought up to date: it is known by its UPC, or
    else by its title and artists.
    """
    known = known_release(supplier.pk, planned)
    release, tracks = write_release(planned, supplier=supplier, files=files, known=known, now=now)
    warrant_recordings(
        supplier_id=supplier.pk, recording_ids=[track.recording_id for track in tracks], now=now
    )
    for row, written in zip(tracks, planned.tracks, strict=True):
        own = _track_terms(written, terms, supplier)
        _record(release, row.pk, _terms(terms, own.price, own.shares), supplier, now)
    if terms.album_price is not None:
        _record(release, None, _terms(terms, terms.album_price, ()), supplier, now)
    publish_release(release_id=release.pk, now=now)
    return release


def known_release(supplier_id: int, planned: PlannedRelease) -> Release | None:
    """The release of this supplier that a planned one brings up to date, if there is one."""
    own = Release.objects.filter(supplier_id=supplier_id).order_by("id")
    if planned.upc and (by_upc := own.filter(upc=planned.upc).first()):
        return by_upc
    named = own.filter(title=planned.title, artist_line=planned.artist_line)
    # Another barcode is another release, whatever it is called.
    return named.filter(upc__in=["", planned.upc]).first() if planned.upc else named.first()


def _track_terms(track: PlannedTrack, terms: Terms, supplier: Party) -> TrackTerms:
    """The track's own terms, or those of all with the writers named and the rest given out."""
    own = terms.own.get((track.disc_number, track.track_number))
    if own is not None:
        return own
    shares = list(terms.shares)
    if terms.writers_share and track.writers:
        part = terms.writers_share / len(track.writers)
        shares += [
            Share(person_meant(credit.name, supplier).pk, credit.role, part)
            for credit in track.writers
        ]
    rest = 1 - sum((share.fraction for share in shares), Fraction(0))
    # Shares that are a little beside one are scaled, and others refused, where they are granted.
    if not shares or rest > SHARE_TOLERANCE:
        shares.append(Share(supplier.pk, Role.LABEL, rest))
    return TrackTerms(terms.track_price, tuple(shares))


def _record(
    release: Release, track_id: int | None, terms: GrantTerms, supplier: Party, now: datetime
) -> None:
    record_grant(
        licensor_id=supplier.pk, release_id=release.pk, track_id=track_id, terms=terms, now=now
    )


def _terms(terms: Terms, price: Money | None, shares: tuple[Share, ...]) -> GrantTerms:
    return GrantTerms(
        territories=terms.territories,
        valid=terms.valid,
        currency=terms.currency,
        price=price,
        wholesale=Money.zero(terms.currency),
        shares=shares,
    )
