"""What suppliers do in the studio: publish on terms, change the terms, withdraw and put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from pennywhistle.apps.catalog.actions import publish_release, withdraw_release
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake.actions import Terms, publish_delivery
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.intake.sizing import price_by_size
from pennywhistle.apps.parties.actions import party_meant
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    GrantTerms,
    Share,
    close_grant,
    lift_stop,
    record_grant,
    stop_sale,
)
from pennywhistle.apps.rights.models import Grant, Stop
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

_WITHDRAWN = "Its supplier has withdrawn this track."


@dataclass(frozen=True, slots=True)
class SplitLine:
    """A payee as a supplier writes it.

    `said` is a name or a party's public id. `party` is the public id of the party that the form
    showed under that name, so that saving a form unchanged pays whom it paid before.
    """

    said: str
    role: str
    fraction: Fraction
    party: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Terms as a supplier fills them in, for a release and its tracks.

    `split` None: each track keeps its price and its split. Without price and code, a thing is not
    sold by itself. A code is a tier of the supplier's; where the price is open, it is the least,
    and the buyer may be told what is suggested. With a `rate` for a megabyte each track costs what
    its size says, and so does the release, unless it has a price or a code.
    """

    currency: str
    territories: Territories
    valid: Period
    album_price: Money | None = None
    track_price: Money | None = None
    split: tuple[SplitLine, ...] | None = None
    album_code: str = ""
    track_code: str = ""
    album_is_open: bool = False
    track_is_open: bool = False
    album_suggested: Money | None = None
    track_suggested: Money | None = None
    rate: Money | None = None

    @property
    def album(self) -> _Price:
        """What a release is to cost as a whole."""
        return _Price(self.album_price, self.album_code, self.album_is_open, self.album_suggested)

    @property
    def track(self) -> _Price:
        """What a track is to cost."""
        return _Price(self.track_price, self.track_code, self.track_is_open, self.track_suggested)


class _Price(NamedTuple):
    """A price or a tier, and whether it is the least."""

    price: Money | None
    code: str = ""
    is_open: bool = False
    suggested: Money | None = None

    @property
    def is_sold(self) -> bool:
        """Whether there is one."""
        return self.price is not None or bool(self.code)


@transaction.atomic
def publish_on(*, delivery_id: int, sheet: Sheet, now: datetime) -> Delivery:
    """Publish what a delivery holds, on these terms; raises what `publish_delivery` raises."""
    supplier_id = Delivery.objects.values_list("supplier_id", flat=True).get(id=delivery_id)
    return publish_delivery(
        delivery_id=delivery_id,
        terms=Terms(
            currency=sheet.currency,
            territories=sheet.territories,
            valid=sheet.valid,
            album_price=sheet.album_price,
            track_price=sheet.track_price,
            shares=_shares(sheet.split or (), supplier_id),
        ),
        now=now,
    )


@transaction.atomic
def offer_release(*, release_id: int, sheet: Sheet, now: datetime) -> None:
    """Record new terms of a release as a whole and, with them, of each of its tracks.

    A track is sold with its release only where its own grant holds too, so territories and period
    are always set on both. Raises GrantError, or SharesInvalidError of the kernel.
    """
    release = Release.objects.select_for_update(no_key=True).get(id=release_id)
    tracks = list(release.tracks.filter(left_at__isnull=True).select_related("recording"))
    for track in tracks:
        _offer_track(track, release.supplier_id, sheet, now)
    if sheet.rate is not None and not sheet.album.is_sold:
        lengths = [track.recording.duration_ms for track in tracks]
        sheet = replace(sheet, album_price=price_by_size(sheet.rate, lengths))
    if sheet.album.is_sold:
        record_grant(
            licensor_id=release.supplier_id,
            release_id=release.pk,
            track_id=None,
            terms=_terms(sheet, sheet.album, ()),
            now=now,
        )
        return
    for grant in _own_grants(release.supplier_id, release.pk, None):
        close_grant(grant_id=grant.pk, now=now)


@transaction.atomic
def offer_track(*, track_id: int, sheet: Sheet, now: datetime) -> None:
    """Record new terms of one track."""
    track = Track.objects.select_related("release").get(id=track_id)
    _offer_track(track, track.release.supplier_id, sheet, now)


def _offer_track(track: Track, supplier_id: int, sheet: Sheet, now: datetime) -> None:
    if sheet.rate is not None:
        own = price_by_size(sheet.rate, [track.recording.duration_ms])
        sheet = replace(sheet, track_price=own)
    price, shares = sheet.track, _shares(sheet.split or (), supplier_id)
    if sheet.split is None:
        kept = _own_grants(supplier_id, track.release_id, track.pk)
        if not kept:
            return
        price = _price_of(kept[0])
        shares = tuple(
            Share(each.party_id, each.role, Fraction(each.numerator, each.denominator))
            for each in kept[0].shares.all()
        )
    record_grant(
        licensor_id=supplier_id,
        release_id=track.release_id,
        track_id=track.pk,
        terms=_terms(sheet, price, shares),
        now=now,
    )


def _own_grants(licensor_id: int, release_id: int, track_id: int | None) -> list[Grant]:
    grants = Grant.objects.open().of_item(release_id=release_id, track_id=track_id)
    # Those that a sale stands on come first.
    mine = grants.filter(licensor_id=licensor_id).order_by("is_sale", "-id")
    return list(mine.prefetch_related("shares"))


def _price_of(grant: Grant) -> _Price:
    amounts = [
        None if micro is None else Money(micro, grant.currency)
        for micro in (grant.price_micro, grant.suggested_micro)
    ]
    return _Price(amounts[0], grant.price_code, grant.is_minimum, amounts[1])


def _terms(sheet: Sheet, price: _Price, shares: tuple[Share, ...]) -> GrantTerms:
    return GrantTerms(
        territories=sheet.territories,
        valid=sheet.valid,
        currency=sheet.currency,
        price=price.price,
        wholesale=Money.zero(sheet.currency),
        shares=shares,
        price_code=price.code,
        is_minimum=price.is_open,
        suggested=price.suggested,
    )


def _shares(split: tuple[SplitLine, ...], supplier_id: int) -> tuple[Share, ...]:
    """The shares of parties; who is named twice in one role, by name and by code, has both."""
    fractions: dict[tuple[int, str], Fraction] = {}
    for line in split:
        whose = (_payee(line, supplier_id).pk, line.role)
        fractions[whose] = fractions.get(whose, Fraction(0)) + line.fraction
    return tuple(Share(*whose, fraction) for whose, fraction in fractions.items())


def _payee(line: SplitLine, supplier_id: int) -> Party:
    shown = Party.objects.filter(public_id=line.party, name=line.said).first()
    return shown or party_meant(said=line.said, by_party_id=supplier_id)


@transaction.atomic
def withdraw(*, release_id: int, now: datetime) -> None:
    """Take a release off the shelves and out of the search; whoever bought it keeps it."""
    withdraw_release(release_id=release_id, now=now)
    index_release(release_id=release_id, now=now)


@transaction.atomic
def put_back(*, release_id: int, now: datetime) -> None:
    """Put a withdrawn release back on the shelves; stops by others than its supplier stay."""
    publish_release(release_id=release_id, now=now)
    index_release(release_id=release_id, now=now)


@transaction.atomic
def stop_track(*, track_id: int, now: datetime) -> None:
    """Stop the sale of one track, and of its release as a whole; again: nothing."""
    track = Track.objects.get(id=track_id)
    stop_sale(
        release_id=track.release_id,
        track_id=track.pk,
        kind=Stop.Kind.TAKEDOWN,
        sentence=_WITHDRAWN,
        now=now,
    )


@transaction.atomic
def resume_track(*, track_id: int, now: datetime) -> None:
    """End the supplier's own stop of a track; those of the store and of disputes stay."""
    track = Track.objects.get(id=track_id)
    mine = Stop.objects.open().of_item(release_id=track.release_id, track_id=track.pk)
    for stop in mine.filter(kind=Stop.Kind.TAKEDOWN):
        lift_stop(stop_id=stop.pk, now=now)
