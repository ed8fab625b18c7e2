"""Open prices, codes and bundles for tests, made by the store's own actions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from builders import NOON, Shelf, usd
from pennywhistle.apps.offers.actions import (
    BundleAsked,
    CampaignAsked,
    PurchaseAsked,
    add_code,
    buy,
    make_bundle,
    make_campaign,
)
from pennywhistle.apps.offers.asking import Wish
from pennywhistle.apps.offers.models import Bundle, Campaign, Code
from pennywhistle.apps.rights.actions import record_all_grants
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.kernel.period import Period


def open_up(shelf: Shelf, *, suggested: str | None = None) -> None:
    """Let buyers of the release and of its tracks name the price, from the present one on."""
    change(
        shelf,
        lambda terms: replace(
            terms, is_minimum=True, suggested=usd(suggested) if suggested else None
        ),
    )


def change(shelf: Shelf, changed) -> None:
    """Grant a shelf anew, on other terms."""
    release = shelf.release
    standing = standing_terms(release.supplier_id, release.pk)
    record_all_grants(
        licensor_id=release.supplier_id,
        release_id=release.pk,
        terms={track_id: [changed(each) for each in given] for track_id, given in standing.items()},
        now=NOON,
    )


def a_campaign(
    shelf: Shelf | None, *, part: str = "1/5", releases: tuple[Shelf, ...] = (), **period
) -> Campaign:
    """A campaign of the shelf's supplier, or of the store."""
    asked = CampaignAsked(
        supplier_id=shelf.release.supplier_id if shelf else None,
        title="Spring",
        part=Fraction(part),
        valid=Period(period.get("starts_at"), period.get("ends_at")),
        release_ids=tuple(each.release.pk for each in releases),
        limits=None if shelf else (usd(period.get("of_one", "5")), usd(period.get("of_all", "50"))),
    )
    return make_campaign(asked=asked, now=NOON)


def a_code(
    shelf: Shelf | None, text: str = "SPRING26", *, uses: int | None = None, **kwargs
) -> Code:
    """A code of a campaign of its own."""
    campaign = a_campaign(shelf, **kwargs)
    return add_code(campaign_id=campaign.pk, text=text, uses=uses, now=NOON)


def a_bundle(*shelves: Shelf, price: str | None = None, part: str | None = None) -> Bundle:
    """Shelves of one supplier, together."""
    asked = BundleAsked(
        supplier_id=shelves[0].release.supplier_id,
        title="All of it",
        kind=Bundle.Kind.LIST,
        valid=Period.always(),
        release_ids=tuple(each.release.pk for each in shelves),
        price=usd(price) if price else None,
        part=Fraction(part) if part else None,
    )
    return make_bundle(asked=asked, now=NOON)


def purchase(
    user, refs, shown: str, *, key: str = "key-1", codes=(), offered=None, has_offers=True, now=NOON
):
    """Buy as the checkout page does."""
    asked = PurchaseAsked(
        buyer_id=user.pk,
        territory="US",
        wish=Wish(tuple(refs), offered or {}, tuple(codes)),
        shown=usd(shown),
        key=key,
        has_offers=has_offers,
    )
    return buy(asked=asked, now=now)
