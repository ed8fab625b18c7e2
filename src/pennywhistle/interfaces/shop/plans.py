"""What else one may do with an item: order it ahead, wish for it, give it; follow who made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.http import urlencode

from pennywhistle.apps.following.queries import (
    is_followed,
    is_genre_followed,
    is_search_followed,
)
from pennywhistle.apps.preorders.queries import waiting_of
from pennywhistle.apps.wishes.queries import is_wished
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.ahead import pre_order_offer
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.catalog.models import Genre
    from pennywhistle.apps.discovery.offers import Offer
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.engines.search import Query
    from pennywhistle.interfaces.shop.addresses import HasName


@dataclass(frozen=True, slots=True)
class Plans:
    """For `shop/_plans.html` and `shop/_offer.html`."""

    pre_order: object
    is_waiting: bool
    is_wished: bool
    can_wish: bool
    wish_url: str
    gift_url: str


def plans_of(request: HttpRequest, offer: Offer, thing: HasName) -> Plans:
    """What the visitor may do with a release or a track on its page."""
    kind = "release" if offer.ref.track_id is None else "track"
    here, public_id = page_of(kind, thing), thing.public_id
    user = request.user if request.user.is_authenticated else None
    ahead = pre_order_offer(offer, kind=kind, public_id=public_id, shopper=shopper_of(request))
    wished = user is not None and is_wished(user=user, ref=offer.ref)
    change = reverse("wish-drop" if wished else "wish-add", args=[kind, public_id])
    asked = urlencode({"item": f"{kind}:{public_id}"})
    return Plans(
        pre_order=ahead,
        is_waiting=ahead is not None
        and user is not None
        and waiting_of(user=user, ref=offer.ref) is not None,
        is_wished=wished,
        can_wish=user is not None and not offer.is_owned,
        wish_url=f"{change}?{urlencode({'next': here})}",
        gift_url=f"{reverse('gift-new')}?{asked}" if offer.is_owned or offer.is_for_sale else "",
    )


def follow_of(request: HttpRequest, party: Party, *, kind: str) -> dict[str, object] | None:
    """The button on the page of an artist or a label; None for who is not signed in."""
    if not request.user.is_authenticated:
        return None
    if is_followed(user_id=request.user.pk, party=party):
        return {"is_followed": True, "url": reverse("unfollow", args=[party.public_id])}
    return {"is_followed": False, "url": reverse("follow", args=[kind, party.public_id])}


def follow_of_genre(request: HttpRequest, genre: Genre) -> dict[str, object] | None:
    """The button on the page of a genre; None for who is not signed in."""
    if not request.user.is_authenticated:
        return None
    is_on = is_genre_followed(user_id=request.user.pk, genre_id=genre.pk)
    # What is followed is ended where all that one follows stands.
    url = reverse("following") if is_on else reverse("follow-genre", args=[genre.slug])
    return {"is_followed": is_on, "url": url, "is_link": is_on, "is_thing": True}


def follow_of_search(request: HttpRequest, query: Query) -> dict[str, object] | None:
    """The button under a search; None for who is not signed in, or searches for nothing."""
    if not request.user.is_authenticated or query.is_empty:
        return None
    is_on = is_search_followed(user_id=request.user.pk, text=query.text)
    url = reverse("following" if is_on else "follow-search")
    return {"is_followed": is_on, "url": url, "is_link": is_on, "text": query.text}
