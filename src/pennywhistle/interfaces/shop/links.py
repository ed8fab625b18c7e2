"""A link that a download program takes, for somebody who owns what it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from pennywhistle.apps.delivery.links import LINK_LIFE, make_link
from pennywhistle.apps.delivery.queries import owned_item
from pennywhistle.apps.users.models import User
from pennywhistle.engines.audio import Recipe, UnknownRecipeError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
def make_a_link(request: HttpRequest, entitlement_id: int, recipe: str) -> HttpResponse:
    """Show a signed address of a track; of an album, of the track that `track` names."""
    assert isinstance(request.user, User)
    owned = owned_item(user=request.user, entitlement_id=entitlement_id)
    track = request.POST.get("track", "")
    if owned is None or not (track or owned.track_id):
        raise Http404
    try:
        Recipe.parse(recipe)
    except UnknownRecipeError as error:
        raise Http404 from error
    at = now()
    token = make_link(owned=owned, recipe=recipe, track=track, now=at)
    context = {
        "address": settings.ORIGIN + reverse("delivery:by-link", args=[token]),
        "expires_at": at + LINK_LIFE,
    }
    response = render(request, "delivery/link.html", context, status=201)
    response["Cache-Control"] = "private, no-store"
    return response
