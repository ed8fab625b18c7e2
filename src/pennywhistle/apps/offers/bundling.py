"""Bundles: which releases they are of, and what each of them costs in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.expressions import RawSQL

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.offers.limits import releases_in_bundle_max
from pennywhistle.apps.offers.models import Bundle
from pennywhistle.apps.rights.refs import ItemRef
from pennywhistle.engines.clearance import Discount
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import split, weights_to_shares

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.orders.queries import Buyer
    from pennywhistle.apps.rights.queries import Loaded
    from pennywhistle.engines.clearance import Reason

BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Member:
    """A release in a bundle: what it costs by itself, and its part of the bundle's price."""

    ref: ItemRef
    title: str
    alone: Money
    floor: Money
    within: Money

    @property
    def is_below_floor(self) -> bool:
        """Whether somebody would go unpaid at its part of the price."""
        return self.within < self.floor


@dataclass(frozen=True, slots=True)
class Divided:
    """A bundle in one place at one time; `refused` says which release keeps it from being sold."""

    bundle: Bundle
    members: tuple[Member, ...] = ()
    refused: tuple[tuple[str, tuple[Reason, ...]], ...] = ()

    @property
    def below_floor(self) -> tuple[Member, ...]:
        """The releases whose floors are above their parts of the price."""
        return tuple(each for each in self.members if each.is_below_floor)

    @property
    def is_sold(self) -> bool:
        """Whether it can be bought at all."""
        is_bundle = len(self.members) > 1
        return is_bundle and not self.refused and not self.below_floor


# Each kind by its own index: a page of every release asks.
_AROUND = """
SELECT bundle_id FROM offers_bundledrelease WHERE release_id = ANY (%s)
UNION
SELECT b.id FROM catalog_release r
JOIN catalog_releaseartist a ON a.release_id = r.id
JOIN offers_bundle b ON b.party_id = a.party_id AND b.closed_at IS NULL
  AND b.kind = 'artist' AND b.supplier_id = r.supplier_id
WHERE r.id = ANY (%s)
UNION
SELECT b.id FROM catalog_release r
JOIN offers_bundle b ON b.party_id = r.label_id AND b.closed_at IS NULL
  AND b.kind = 'label' AND b.supplier_id = r.supplier_id
WHERE r.id = ANY (%s)
"""


def bundles_around(release_ids: Collection[int], *, at: datetime) -> list[Bundle]:
    """The bundles on offer that any of these releases is in, in one query."""
    ids = list(release_ids)
    around = Bundle.objects.holding(at=at).filter(id__in=RawSQL(_AROUND, [ids] * 3))  # noqa: S611
    return list(around.select_related("supplier", "party").order_by("id"))


def members_of(bundles: Sequence[Bundle], *, at: datetime) -> dict[int, list[int]]:
    """The releases of bundles by the bundle's id, those on the shelves only, the newest first."""
    return {bundle.pk: _releases_of(bundle, at) for bundle in bundles}


def _releases_of(bundle: Bundle, at: datetime) -> list[int]:
    mine = Release.objects.filter(supplier=bundle.supplier_id)
    if bundle.kind == Bundle.Kind.LIST:
        # Of a list nothing is left out: what is not sold any more ends the bundle.
        mine = mine.filter(id__in=bundle.named.values("release"))
        return list(mine.order_by("-released_on", "-id").values_list("id", flat=True))
    mine = mine.filter(published_at__lte=at).filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at)
    )
    if bundle.kind == Bundle.Kind.ARTIST:
        mine = mine.filter(releaseartist__party=bundle.party_id)
    else:
        mine = mine.filter(label=bundle.party_id)
    ids = mine.order_by("-released_on", "-id").values_list("id", flat=True)
    return list(ids[:releases_in_bundle_max])


def divide(
    bundle: Bundle, release_ids: Sequence[int], loaded: Mapping[ItemRef, Loaded], buyer: Buyer
) -> Divided:
    """What each release costs in the bundle, for this buyer's place and time.

    The bundle's price is divided by what the releases cost by themselves there. Of a bundle that
    grows, what is not sold there is left out; of a list, it keeps the bundle from being sold.
    """
    priced: list[tuple[ItemRef, str, Money, Money]] = []
    refused = []
    for release_id in release_ids:
        ref = ItemRef(release_id)
        facts = loaded.get(ref)
        if facts is None:
            continue
        question = replace(buyer.question(ref), owned=frozenset(), paid=None)
        terms = (verdict := facts.clear(question)).terms
        if terms is not None:
            priced.append((ref, facts.item.title, terms.least, terms.floor))
        elif bundle.kind == Bundle.Kind.LIST:
            refused.append((facts.item.title, verdict.reasons))
    within = _within(bundle, [each[2] for each in priced])
    members = (Member(*each, min(each[2], part)) for each, part in zip(priced, within, strict=True))
    return Divided(bundle, tuple(members), tuple(refused))


def _within(bundle: Bundle, alone: Sequence[Money]) -> list[Money]:
    """Each release's part of the bundle's price."""
    part = bundle.part
    if part is not None:
        # Down to a whole micro-unit: the buyer saves at least the part.
        return [Money(int(each.micro * (1 - part)), each.currency) for each in alone]
    if not alone or bundle.price_micro is None or alone[0].currency != bundle.currency:
        return list(alone)
    price = Money(bundle.price_micro, bundle.currency)
    shares = weights_to_shares([each.micro for each in alone])
    # The same bundle at the same prices is cut at the same places, whoever asks.
    return split(price, shares=shares, seed=bundle.public_id.encode())


def discount_of(bundle: Bundle, member: Member) -> Discount:
    """What clearance is told of a release that is sold within a bundle."""
    return Discount(
        bundle.pk, BUNDLE, bundle.title, bundle.supplier_id, bundle.supplier.name,
        price=member.within,
    )  # fmt: skip
