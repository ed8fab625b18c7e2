"""Everything about one dispute: claims, positions, money, releases, and the books since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.claims.areas import ContestedArea, contested_areas
from pennywhistle.apps.claims.queries import held_accounts, standing_shares
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.claims.models import Dispute, Notice, Position

releases_shown_max = 20
postings_shown_max = 200
positions_shown_max = 100


@dataclass(frozen=True, slots=True)
class Held:
    """What one account holds of the contested money."""

    account: int
    territory: str
    year: str
    money: Money


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dispute as an operator reads it.

    `claims` are what stands now or, once it is over, what stood before; `settled` what stands
    since. `releases` are the first few of `release_count`.
    """

    dispute: Dispute
    claims: list[OwnershipShare]
    settled: list[OwnershipShare]
    areas: tuple[ContestedArea, ...]
    positions: list[Position]
    held: tuple[Held, ...]
    releases: list[Release]
    release_count: int
    postings: list[Posting]
    notices: list[Notice]


def dossier_of(dispute: Dispute) -> Dossier:
    """Everything about a dispute, in as many queries for a thousand claims as for two."""
    claims, settled = _claims_of(dispute)
    releases = _releases_with(dispute)
    return Dossier(
        dispute=dispute,
        claims=claims,
        settled=settled,
        areas=contested_areas(claims),
        positions=positions_in(dispute),
        held=held_by(dispute),
        releases=list(releases[:releases_shown_max]),
        release_count=releases.count(),
        postings=_postings_since(dispute),
        notices=list(dispute.notices.select_related("user").order_by("id")),
    )


def claims_in(dispute: Dispute) -> list[OwnershipShare]:
    """What stands against each other now or, once the dispute is over, what stood before."""
    return _claims_of(dispute)[0]


def positions_in(dispute: Dispute) -> list[Position]:
    """What was said, the first first."""
    return list(dispute.positions.select_related("party", "evidence")[:positions_shown_max])


def held_by(dispute: Dispute) -> tuple[Held, ...]:
    """What is held over the work, by territory, year and currency; two queries."""
    accounts = held_accounts(dispute)
    sums = dict(
        Posting.objects.on([account.number for account in accounts])
        .values_list("account")
        .annotate(total=Sum("amount_micro"))
        .order_by("account")
    )
    found = []
    for account in accounts:
        micro = int(sums.get(account.pk, 0))
        if micro:
            _, _, territory, year = account.code.split(":")
            found.append(Held(account.number, territory, year, Money(micro, account.currency)))
    return tuple(sorted(found, key=lambda held: (held.year, held.territory, held.account)))


def _claims_of(dispute: Dispute) -> tuple[list[OwnershipShare], list[OwnershipShare]]:
    if dispute.settled_at is None:
        return standing_shares(dispute), []
    # Where claimants made them fit, what they had claimed is what opened the dispute.
    stood_at = dispute.settled_at if dispute.settlement else dispute.opened_at
    return (
        _standing(dispute, stood_at, is_before=bool(dispute.settlement)),
        _standing(dispute, dispute.settled_at),
    )


def _standing(dispute: Dispute, at: datetime, *, is_before: bool = False) -> list[OwnershipShare]:
    """The shares as the store believed at an instant, or just before it."""
    known = (
        Q(recorded_at__lt=at) & (Q(closed_at__isnull=True) | Q(closed_at__gte=at))
        if is_before
        else Q(recorded_at__lte=at) & (Q(closed_at__isnull=True) | Q(closed_at__gt=at))
    )
    shares = (
        OwnershipShare.objects.standing()
        .of_subject(work_id=dispute.work_id, recording_id=dispute.recording_id)
        .filter(known, right=dispute.right)
    )
    return list(shares.select_related("party", "territories", "evidence").order_by("id"))


def _releases_with(dispute: Dispute) -> QuerySet[Release]:
    about = (
        Q(tracks__recording__works=dispute.work_id)
        if dispute.work_id
        else Q(tracks__recording=dispute.recording_id)
    )
    ids = Release.objects.filter(about).values("id")
    return Release.objects.filter(id__in=ids).order_by("-id")


def _postings_since(dispute: Dispute) -> list[Posting]:
    """What was moved for the work since the dispute began, the newest entry first."""
    own = Q(entry__key__startswith=f"claims:{dispute.subject}:")
    # What the work earned before it was known that a recording plays it moves by itself.
    of_recordings = Q(
        entry__key__startswith="claims:recording-", entry__key__contains=f":{dispute.subject}:"
    )
    postings = Posting.objects.filter(
        own | of_recordings, entry__occurred_at__gte=dispute.opened_at
    )
    return list(
        postings.select_related("entry", "account", "account__party").order_by(
            "-entry__occurred_at", "entry_id", "line"
        )[:postings_shown_max]
    )
