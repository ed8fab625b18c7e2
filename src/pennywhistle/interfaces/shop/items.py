"""Pages of single things: release, track, artist, label, and the chain of authority of an item."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.discovery import browsing, pages
from pennywhistle.apps.discovery.offers import offers_for, offers_of_release
from pennywhistle.apps.offers.queries import bundles_of_release, discographies_of
from pennywhistle.apps.rights.sales import price_before
from pennywhistle.engines.clearance import Grant
from pennywhistle.interfaces.common.authority import reasons_of
from pennywhistle.interfaces.common.format import date_text, duration_text, price_text
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.shop.addresses import moved, page_of
from pennywhistle.interfaces.shop.around import around_of
from pennywhistle.interfaces.shop.asking import asker_of
from pennywhistle.interfaces.shop.bundles import bundle_boxes
from pennywhistle.interfaces.shop.drawing import (
    cart_add_url,
    pictures_of,
    rows_of,
    split_bar,
)
from pennywhistle.interfaces.shop.evidence import badge_of
from pennywhistle.interfaces.shop.extras import lines_of_release
from pennywhistle.interfaces.shop.formats import forms_of_owned
from pennywhistle.interfaces.shop.heads import party_head, release_head, track_head
from pennywhistle.interfaces.shop.lists import after_of, listed, pager_of
from pennywhistle.interfaces.shop.moving import led_on
from pennywhistle.interfaces.shop.personal import entitlements_in, in_cart
from pennywhistle.interfaces.shop.plans import follow_of, plans_of
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.offers import Offer
    from pennywhistle.apps.discovery.pages import Credit
    from pennywhistle.apps.discovery.queries import ReleaseStretch
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.interfaces.shop.addresses import Named


@require_GET
@login_not_required
def release(request: HttpRequest, name: Named) -> HttpResponse:
    """A release with its tracks, its price here, and where the price goes."""
    shopper = shopper_of(request)
    page = pages.release_page(name.public_id, at=shopper.at, user_id=shopper.user_id)
    if page is None:
        raise Http404
    line = page.line
    if (elsewhere := moved("release", name, line)) is not None:
        return elsewhere
    offer = (offers := offers_of_release(line.id, shopper=shopper))[line.ref]
    entitlements = entitlements_in(request, [line.id])
    here, mine = page_of("release", line), in_cart(request)
    owned = forms_of_owned(request, line.id, track_id=None)
    rows = rows_of(
        page.tracks,
        offers,
        in_cart=mine,
        entitlements=entitlements,
        artist_of_release=line.artist_line,
    )
    pictures = pictures_of([line.id])
    context = {
        "page": page,
        "head": release_head(page, pictures.get(line.id), at=shopper.at),
        "offer": _drawn(offer, "release", line.public_id, here, is_in_cart=line.ref in mine),
        "plans": plans_of(request, offer, line),
        "tracks": rows,
        "playing": _playing(page, here, pictures),
        "artists": [(each.name, page_of("artist", each)) for each in page.artists],
        "label": (page.label.name, page_of("label", page.label)),
        "released_on": date_text(line.released_on),
        "length": _length(page),
        "sound": badge_of(page.tracks, kind="release", public_id=line.public_id),
        "credits": _by_role(page.credits),
        "owned": owned,
        "extras": owned.extras if owned else lines_of_release(line.id),
        "cart_url": reverse("cart"),
        "bundles": bundle_boxes(bundles_of_release(line.id, asker=asker_of(request))),
        "around": around_of(line.id, shopper),
    }
    return render(request, "shop/release.html", context)


@require_GET
@login_not_required
def track(request: HttpRequest, name: Named) -> HttpResponse:
    """A track by itself: who made it, what it costs here."""
    shopper = shopper_of(request)
    page = pages.track_page(name.public_id, at=shopper.at, user_id=shopper.user_id)
    if page is None:
        raise Http404
    line = page.line
    if (elsewhere := moved("track", name, line)) is not None:
        return elsewhere
    offers = offers_for([line.ref], shopper=shopper)
    entitlements = entitlements_in(request, [line.release.id])
    (row,) = rows_of([line], offers, in_cart=in_cart(request), entitlements=entitlements)
    here, cover = page_of("track", line), pictures_of([line.release.id]).get(line.release.id)
    context = {
        "page": page,
        "head": track_head(page, cover, has_preview=bool(row.preview_url), at=shopper.at),
        "offer": _drawn(offers[line.ref], "track", line.public_id, here, is_in_cart=row.in_cart),
        "plans": plans_of(request, offers[line.ref], line),
        "row": row,
        "sound": badge_of([line], kind="track", public_id=line.public_id),
        "playing": {
            "title": line.release.title,
            "url": page_of("release", line.release),
            "artist_names": line.artist_line,
            "cover": cover,
        },
        "artists": [(each.name, page_of("artist", each)) for each in page.artists],
        "credits": _by_role(page.credits),
        "owned": forms_of_owned(request, line.release.id, track_id=line.id),
        "compare_url": page_of("compare", line),
        "cart_url": reverse("cart"),
    }
    return render(request, "shop/track.html", context)


@require_GET
@login_not_required
def artist(request: HttpRequest, name: Named) -> HttpResponse:
    """An artist's releases."""
    party = _party(name)
    if (elsewhere := moved("artist", name, party)) is not None:
        return elsewhere
    stretch = browsing.newest_of_artist(party.pk, at=timezone.now(), after=after_of(request))
    return _party_page(request, party, "artist", stretch)


@require_GET
@login_not_required
def label(request: HttpRequest, name: Named) -> HttpResponse:
    """A label's releases."""
    party = _party(name)
    if (elsewhere := moved("label", name, party)) is not None:
        return elsewhere
    stretch = browsing.newest_of_label(party.pk, at=timezone.now(), after=after_of(request))
    return _party_page(request, party, "label", stretch)


def _party(name: Named) -> Party:
    party = pages.party_named(name.public_id)
    if party is None:
        raise Http404
    return party


def _party_page(
    request: HttpRequest, party: Party, kind: str, stretch: ReleaseStretch
) -> HttpResponse:
    if not stretch.releases and (elsewhere := led_on(kind, party)) is not None:
        return elsewhere
    context = {
        "title": party.name,
        "head": party_head(party, kind, stretch.releases),
        "about": party.about,
        "follow": follow_of(request, party, kind=kind),
        "cards": listed(stretch, shopper_of(request)),
        "pager": pager_of(page_of(kind, party), stretch),
        "crumbs": [],
        "bundles": bundle_boxes(discographies_of(party.pk, asker=asker_of(request))),
        "empty": {
            "title": gettext("Nothing here yet"),
            "text": gettext("There is no release of this name on the shelves now."),
        },
    }
    return render(request, "shop/list.html", context)


def _drawn(
    offer: Offer, kind: str, public_id: str, here: str, *, is_in_cart: bool
) -> dict[str, object]:
    """An offer with its price, its buttons and its split bar."""
    paid = offer.owned.paid_micro if kind == "release" else 0
    item = urlencode({"item": f"{kind}:{public_id}"})
    return {
        "is_owned": offer.is_owned,
        "is_for_sale": offer.is_for_sale,
        "is_completion": bool(paid) and offer.is_for_sale,
        "is_in_cart": is_in_cart,
        "price_text": price_text(offer.price) if offer.price else "",
        "reasons": reasons_of(offer.verdict),
        **_open_price(offer),
        **_sale(offer),
        "split": split_bar(offer, kind=kind, public_id=public_id),
        "buy_url": f"{reverse('checkout')}?{item}",
        "cart_url": cart_add_url(kind, public_id, back=here),
        "chain_url": reverse("chain", args=[kind, public_id]),
    }


def _sale(offer: Offer) -> dict[str, object]:
    """In a sale: the lowest price of the thirty days before, and how long it lasts.

    No sale is announced without that price (directive 98/6/EC, article 6a), nor to who completes an
    album: what they pay is no reduced price.
    """
    verdict = offer.verdict
    is_whole = offer.ref.track_id is None
    sale = next(
        (row for _, row, _ in verdict.basis
         if isinstance(row, Grant) and row.is_sale and bool(row.payees) != is_whole),
        None,
    )  # fmt: skip
    if sale is None or verdict.terms is None or sale.valid.ends_at is None:
        return {}
    if offer.owned.paid_micro:
        return {}
    before = price_before(offer.ref, sale=sale, territory=verdict.question.territory)
    if before is None or verdict.terms.asked >= before:
        return {}
    last = sale.valid.ends_at - timedelta(microseconds=1)
    return {"sale_until": date_text(last), "before_text": price_text(before)}


def _open_price(offer: Offer) -> dict[str, object]:
    """What the visitor is told who names the price; the suggestion is of the whole."""
    terms = offer.verdict.terms
    if terms is None or not terms.is_open:
        return {"is_open": False}
    hoped = terms.suggested
    is_hoped = hoped is not None and hoped > terms.least
    return {
        "is_open": True,
        "least_text": price_text(terms.least),
        "hoped_text": price_text(hoped) if hoped is not None and is_hoped else "",
        "typed": str(hoped if is_hoped else terms.least).partition(" ")[0],
    }


def _playing(
    page: pages.ReleasePage, here: str, pictures: Mapping[int, object]
) -> dict[str, object]:
    """What the player shows of the release."""
    return {
        "title": page.line.title,
        "url": here,
        "artist_names": page.line.artist_line,
        "cover": pictures.get(page.line.id),
    }


def _length(page: pages.ReleasePage) -> str:
    count = len(page.tracks)
    tracks = ngettext("%(count)s track", "%(count)s tracks", count) % {"count": count}
    return f"{tracks}, {duration_text(page.duration_ms)}"


def _by_role(credited: Sequence[Credit]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Names under each role, roles in the order in which they first come."""
    found: dict[str, list[tuple[str, str]]] = {}
    for credit in credited:
        names = found.setdefault(role_text(credit.role), [])
        names.append((credit.party.name, page_of("artist", credit.party)))
    return list(found.items())
