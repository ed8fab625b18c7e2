"""One release as its supplier sees it: files, terms and their history, stops and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.intake.supplied import is_published, releases_of
from pennywhistle.apps.rights.models import Grant, Stop
from pennywhistle.apps.rights.queries import everything_of, store_terms
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.engines.clearance import clear
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from pennywhistle.apps.catalog.models import Release, Track
    from pennywhistle.apps.media.models import Master
    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.clearance import Verdict

ENDED_GRANTS_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class ShareNow:
    """A payee of a track's grant."""

    name: str
    public_id: str
    role: str
    fraction: Fraction


@dataclass(frozen=True, slots=True)
class TermsNow:
    """A grant as it stands, or stood: `closed_at` None is what the store goes by now."""

    item: str
    track_id: int | None
    licensor_id: int
    licensor: str
    price: Money | None
    territories: Territories
    valid: Period
    shares: tuple[ShareNow, ...]
    recorded_at: datetime
    closed_at: datetime | None
    price_code: str = ""
    is_local: bool = False
    is_pre_order: bool = False
    is_at_floor: bool = False
    is_minimum: bool = False
    suggested: Money | None = None
    is_sale: bool = False


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """A track with what its master file is; `terms` None: nobody granted its sale."""

    id: int
    public_id: str
    slug: str
    disc_number: int
    track_number: int
    title: str
    artist_line: str
    isrc: str
    duration_ms: int
    master: Master | None
    terms: TermsNow | None
    is_stopped_by_supplier: bool
    stopped_by_others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """A release with everything that its supplier may see of it."""

    id: int
    public_id: str
    slug: str
    title: str
    artist_line: str
    label: str
    supplier_id: int
    supplier: str
    supplier_public_id: str
    upc: str
    released_on: date
    is_published: bool
    tracks: tuple[TrackFacts, ...]
    terms: TermsNow | None
    stopped_by_others: tuple[str, ...]
    history: tuple[TermsNow, ...]
    # The message whose deals its supplier's grants are; empty: they were made in the studio.
    message_public_id: str = ""
    offers_original: bool = False

    @property
    def standing(self) -> tuple[TermsNow, ...]:
        """All that its supplier grants now: several grants of an item where they differ."""
        return tuple(
            terms
            for terms in self.history
            if terms.closed_at is None and terms.licensor_id == self.supplier_id
        )


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """What clearance says of an item; `track_id` None is the release as a whole."""

    track_id: int | None
    title: str
    verdict: Verdict


def release_facts(*, user: User, public_id: str, now: datetime) -> ReleaseFacts | None:
    """One release, in ten queries; None if it is not one that this person may see."""
    release = (
        releases_of(user=user).select_related("supplier", "label").filter(public_id=public_id)
    ).first()
    if release is None:
        return None
    ever = list(release.tracks.select_related("recording__master"))
    tracks = [track for track in ever if track.left_at is None]
    history = _history(release, ever)
    standing = {
        terms.track_id: terms
        for terms in reversed(history)
        if terms.closed_at is None
        and terms.licensor_id == release.supplier_id
        and not terms.is_sale
    }
    stops = list(Stop.objects.open().filter(release=release))
    return ReleaseFacts(
        id=release.pk,
        public_id=release.public_id,
        slug=release.slug,
        title=release.title,
        artist_line=release.artist_line,
        label=release.label.name,
        supplier_id=release.supplier_id,
        supplier=release.supplier.name,
        supplier_public_id=release.supplier.public_id,
        upc=release.upc,
        released_on=release.released_on,
        is_published=is_published(release, now),
        tracks=tuple(_track(track, standing.get(track.pk), stops) for track in tracks),
        terms=standing.get(None),
        stopped_by_others=tuple(stop.sentence for stop in stops if stop.track_id is None),
        history=tuple(history),
        message_public_id=_message_in_force(release),
        offers_original=release.offers_original,
    )


def _message_in_force(release: Release) -> str:
    applied = Message.objects.filter(
        release=release, supplier=release.supplier_id, state=Message.State.APPLIED
    )
    newest = applied.order_by("-created_at", "-id")
    return newest.values_list("public_id", flat=True).first() or ""


def _track(track: Track, terms: TermsNow | None, stops: Iterable[Stop]) -> TrackFacts:
    own = [stop for stop in stops if stop.track_id == track.pk]
    by_supplier = [stop for stop in own if stop.kind == Stop.Kind.TAKEDOWN]
    return TrackFacts(
        id=track.pk,
        public_id=track.public_id,
        slug=track.slug,
        disc_number=track.disc_number,
        track_number=track.track_number,
        title=track.title,
        artist_line=track.artist_line,
        isrc=track.recording.isrc,
        duration_ms=track.recording.duration_ms,
        master=getattr(track.recording, "master", None),
        terms=terms,
        is_stopped_by_supplier=bool(by_supplier),
        stopped_by_others=tuple(stop.sentence for stop in own if stop not in by_supplier),
    )


def _history(release: Release, tracks: Iterable[Track]) -> list[TermsNow]:
    """What is granted, then what was; each the newest first."""
    titles = {track.pk: track.title for track in tracks}
    grants = (
        Grant.objects.filter(release=release)
        .select_related("territories", "licensor")
        .prefetch_related("shares__party")
        .order_by("-recorded_at", "-id")
    )
    ended = grants.filter(closed_at__isnull=False)[:ENDED_GRANTS_SHOWN_MAX]
    return [
        _terms(grant, titles.get(grant.track_id or 0, release.title))
        for grant in (*grants.filter(closed_at__isnull=True), *ended)
    ]


def _terms(grant: Grant, item: str) -> TermsNow:
    price, hoped = grant.price_micro, grant.suggested_micro
    return TermsNow(
        item=item,
        track_id=grant.track_id,
        licensor_id=grant.licensor_id,
        licensor=grant.licensor.name,
        price=None if price is None else Money(price, grant.currency),
        territories=Territories.from_bytes(bytes(grant.territories.mask)),
        valid=Period(grant.valid_from, grant.valid_until),
        shares=tuple(
            ShareNow(
                share.party.name,
                share.party.public_id,
                share.role,
                Fraction(share.numerator, share.denominator),
            )
            for share in grant.shares.all()
        ),
        recorded_at=grant.recorded_at,
        closed_at=grant.closed_at,
        price_code=grant.price_code,
        is_local=grant.is_local,
        is_pre_order=grant.is_pre_order,
        is_at_floor=grant.is_at_floor,
        is_minimum=grant.is_minimum,
        suggested=None if hoped is None else Money(hoped, grant.currency),
        is_sale=grant.is_sale,
    )


def verdicts_of(*, release_id: int, territory: str, now: datetime) -> list[ItemVerdict]:
    """What clearance answers to a buyer in a territory, for the release and each of its tracks."""
    question = store_terms().question(
        territory=territory, at=now, tax_rate=tax_rate_at(territory, now)
    )
    items = everything_of(release_id=release_id, at=now)
    return [
        ItemVerdict(ref.track_id, item.title, clear(item, question)) for ref, item in items.items()
    ]
