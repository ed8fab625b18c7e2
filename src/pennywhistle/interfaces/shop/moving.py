"""Addresses as people write them down: other case, a slash too many; they lead to the one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.reach.queries import genre_called, page_led_to
from pennywhistle.interfaces.shop.addresses import Named, page_of
from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

# As Crockford's base 32 is read: what looks like another sign is that one.
_LOOKALIKES = str.maketrans("ilo", "110")


@require_safe
@login_not_required
def corrected(request: HttpRequest, kind: str, rest: str) -> HttpResponse:
    """To the page of a release, track, artist or label, whose address is written a little wrong."""
    kind, name = kind.lower(), rest.rstrip("/")
    public_id = name[-PUBLIC_ID_LENGTH:].lower().translate(_LOOKALIKES)
    if len(public_id) != PUBLIC_ID_LENGTH or not set(public_id) <= set(ALPHABET):
        raise Http404
    named = _named(kind, at=now()).filter(public_id=public_id)
    found = named.values_list("slug", "public_id").first()
    if found is None:
        raise Http404
    return _leading(request, page_of(kind, Named(*found)))


def _named(kind: str, *, at: datetime) -> QuerySet[Any]:
    """What may be led to; what is not on the shelves tells nobody its title by an address."""
    on_shelves = Release.objects.published(at=at)
    if kind == "release":
        return on_shelves
    if kind == "track":
        return Track.objects.present().filter(release__in=on_shelves)
    return Party.objects.all()


@require_safe
@login_not_required
def genre_corrected(request: HttpRequest, slug: str) -> HttpResponse:
    """To a genre's page, from an address in another case."""
    found = genre_called(slug.rstrip("/"))
    if found is None:
        raise Http404
    return _leading(request, reverse("genre", args=[found.slug]))


def led_on(kind: str, party: Party) -> HttpResponse | None:
    """To the page that a party's became, if it is another's now."""
    elsewhere = page_led_to(party.pk)
    return HttpResponsePermanentRedirect(page_of(kind, elsewhere)) if elsewhere else None


def _leading(request: HttpRequest, path: str) -> HttpResponse:
    """Only ever to one of our own pages, and never to where somebody comes from."""
    if path == request.get_full_path_info().partition("?")[0]:
        raise Http404
    return HttpResponsePermanentRedirect(path)
