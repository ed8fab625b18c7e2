"""Offers as pages show them: a bundle to its buyer, campaigns and bundles to who made them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.offers.bundling import (
    Divided,
    Member,
    bundles_around,
    discount_of,
    divide,
    members_of,
)
from pennywhistle.apps.offers.models import Bundle, Campaign, Code, Redemption
from pennywhistle.apps.offers.settled import unsettled_of
from pennywhistle.apps.orders.agreed import Agreed
from pennywhistle.apps.orders.queries import AtTill, Buyer, buyer_at_till
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.queries import load_items
from pennywhistle.apps.rights.refs import ItemRef
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.offers.asking import Asker
    from pennywhistle.apps.rights.queries import Loaded
    from pennywhistle.apps.users.models import User

campaigns_shown_max = 200
bundles_shown_max = 200


@dataclass(frozen=True, slots=True)
class BundleLine:
    """A release of a bundle for this buyer: `now` is what is left to pay of it."""

    member: Member
    public_id: str
    slug: str
    title: str
    artist_line: str
    is_owned: bool
    now: Money
    # Owned, but it may still be given back until then.
    unsettled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle for this buyer here and now."""

    bundle: Bundle
    divided: Divided
    lines: tuple[BundleLine, ...]

    @property
    def is_sold(self) -> bool:
        """Whether there is anything of it left to buy."""
        is_settled = all(each.unsettled_until is None for each in self.lines)
        is_wanted = any(not each.is_owned for each in self.lines)
        return self.divided.is_sold and is_settled and is_wanted

    @property
    def now(self) -> Money:
        """What it costs this buyer, who may own some of it."""
        first, *rest = (each.now for each in self.lines if not each.is_owned)
        return sum(rest, first)

    @property
    def alone(self) -> Money:
        """What the releases that are left to buy cost one by one."""
        first, *rest = (each.member.alone for each in self.lines if not each.is_owned)
        return sum(rest, first)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign with its codes as who made it sees them."""

    campaign: Campaign
    code_count: int
    used_count: int
    saved: tuple[Money, ...]


def bundle_view(public_id: str, *, asker: Asker) -> BundleView | None:
    """A bundle that is on offer; None where there is none of that name."""
    holding = Bundle.objects.holding(at=asker.at).select_related("supplier", "party")
    bundle = holding.filter(public_id=public_id).first()
    return None if bundle is None else views_of([bundle], asker=asker)[0]


def bundles_of_release(release_id: int, *, asker: Asker) -> list[BundleView]:
    """The bundles that a release is in and that are sold here; one query where it is in none."""
    found = bundles_around([release_id], at=asker.at)
    return [each for each in views_of(found, asker=asker) if each.is_sold] if found else []


def discographies_of(party_id: int, *, asker: Asker) -> list[BundleView]:
    """The bundles of all of an artist or a label that are sold here; one query for most."""
    holding = Bundle.objects.holding(at=asker.at).filter(party=party_id)
    found = list(holding.select_related("supplier", "party").order_by("id"))
    return [each for each in views_of(found, asker=asker) if each.is_sold] if found else []


def views_of(bundles: Sequence[Bundle], *, asker: Asker) -> list[BundleView]:
    """Bundles with what each of their releases costs this buyer."""
    members = members_of(bundles, at=asker.at)
    release_ids = {each for ids in members.values() for each in ids}
    refs = [ItemRef(each) for each in release_ids]
    buyer = buyer_at_till(AtTill(asker.user_id, asker.territory, asker.at, release_ids))
    if buyer is None:
        return []
    loaded = load_items(refs, at=asker.at) if refs else {}
    unsettled = unsettled_of(release_ids, user_id=asker.user_id, buyer=buyer, at=asker.at)
    shelf = _Shelf(loaded, buyer, Release.objects.in_bulk(release_ids), unsettled)
    return [
        _view(bundle, divide(bundle, members[bundle.pk], loaded, buyer), shelf)
        for bundle in bundles
    ]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is known of releases, and of who asks."""

    loaded: Mapping[ItemRef, Loaded]
    buyer: Buyer
    releases: Mapping[int, Release]
    unsettled: Mapping[int, datetime]


def _view(bundle: Bundle, divided: Divided, shelf: _Shelf) -> BundleView:
    lines = []
    buyer = shelf.buyer
    for member in divided.members:
        release = shelf.releases[member.ref.release_id]
        owned = buyer.owned.get(release.pk)
        asked = Agreed(member.ref, discount=discount_of(bundle, member))
        verdict = shelf.loaded[member.ref].clear(asked.asks(buyer.question(member.ref)))
        lines.append(
            BundleLine(
                member,
                release.public_id,
                release.slug,
                release.title,
                release.artist_line,
                is_owned=owned is not None and owned.has(member.ref),
                now=verdict.price or member.within,
                unsettled_until=shelf.unsettled.get(release.pk),
            )
        )
    return BundleView(bundle, divided, tuple(lines))


def suppliers_of(*, user: User) -> QuerySet[Party]:
    """The parties for which this person may make offers: those that supply releases."""
    supplying = Release.objects.values("supplier")
    return Party.objects.acted_for_by(user=user).filter(id__in=supplying).order_by("name", "id")


def campaigns_of(*, supplier_ids: Collection[int] | None) -> list[CampaignRow]:
    """Campaigns of suppliers, or of the store (None), the newest first, in three queries."""
    whose = Q(supplier__isnull=True) if supplier_ids is None else Q(supplier__in=supplier_ids)
    mine = Campaign.objects.filter(whose).select_related("supplier", "outlay")
    campaigns = list(mine.order_by("closed_at", "-id")[:campaigns_shown_max])
    counted = (
        Code.objects.filter(campaign__in=campaigns)
        .values_list("campaign")
        .annotate(made=Count("id"), used=Sum("used_count"))
    )
    counts = {campaign_id: (made, used) for campaign_id, made, used in counted}
    saved: dict[int, list[Money]] = {}
    sums = (
        Redemption.objects.filter(code__campaign__in=campaigns)
        .values_list("code__campaign", "currency")
        .annotate(total=Sum("saved_micro"))
    )
    for campaign_id, currency, total in sums:
        saved.setdefault(campaign_id, []).append(Money(total, currency))
    return [
        CampaignRow(each, *counts.get(each.pk, (0, 0)), tuple(saved.get(each.pk, ())))
        for each in campaigns
    ]


def campaign_named(public_id: str, *, supplier_ids: Collection[int] | None) -> Campaign | None:
    """A campaign of these suppliers, or of the store (None)."""
    whose = Q(supplier__isnull=True) if supplier_ids is None else Q(supplier__in=supplier_ids)
    mine = Campaign.objects.filter(whose, public_id=public_id)
    return mine.select_related("supplier", "outlay").first()


def bundles_of(*, supplier_ids: Collection[int]) -> list[Bundle]:
    """Bundles of suppliers, the newest first, those that ended last."""
    mine = Bundle.objects.filter(supplier__in=supplier_ids).select_related("supplier", "party")
    return list(mine.order_by("closed_at", "-id")[:bundles_shown_max])


def bundle_named(public_id: str, *, supplier_ids: Collection[int]) -> Bundle | None:
    """A bundle of these suppliers."""
    return Bundle.objects.filter(public_id=public_id, supplier__in=supplier_ids).first()


def is_on_offer(bundle: Bundle, *, at: datetime) -> bool:
    """Whether a bundle is offered at an instant."""
    return Bundle.objects.holding(at=at).filter(id=bundle.pk).exists()
