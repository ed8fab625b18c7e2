"""Why a work cannot be sold in some place, for its writers, its publishers and their societies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.prospects import outlook_of, tracks_playing
from pennywhistle.apps.rights.reach import WorksAsked, works_reached_by
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.studio.mandates import DIGITS_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.interfaces.studio.where import drawn

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

works_per_page = 50
_TEXT_LENGTH_MAX = 200


@require_GET
@members_only
def own_works(request: HttpRequest) -> HttpResponse:
    """A page of the works in which one's parties, or who mandated them, have a share."""
    query = request.GET.get("q", "").strip()[:_TEXT_LENGTH_MAX].replace("\0", "")
    after_id = _number(request.GET.get("after", ""))
    found = _reached(request, after_id=after_id, text=query, count_max=works_per_page + 1)
    page = found[:works_per_page]
    titles = Work.objects.in_bulk(page)
    address = reverse("studio-own-works")
    following = urlencode({"q": query, "after": page[-1]}) if len(found) > len(page) else ""
    context = {
        "query": query,
        "works": [titles[work_id] for work_id in page],
        "pager": {
            "previous_url": f"{address}?{urlencode({'q': query})}" if after_id else "",
            "next_url": f"{address}?{following}" if following else "",
        },
    }
    return render(request, "studio/own_works.html", context)


@require_GET
@members_only
def own_work(request: HttpRequest, number: int) -> HttpResponse:
    """The map and the table of one track that plays a work; 404 where no share is one's own."""
    if number >= 10**DIGITS_MAX or number not in _reached(
        request, after_id=number - 1, text="", count_max=1
    ):
        raise Http404
    now = timezone.now()
    tracks = tracks_playing(work_id=number, at=now)
    asked = _number(request.GET.get("item", ""))
    shown = next((track for track in tracks if track.pk == asked), tracks[0] if tracks else None)
    context: dict[str, Any] = {
        "work": get_object_or_404(Work, id=number),
        "items": [{"track": track, "is_shown": track is shown} for track in tracks],
        "shown": shown,
    }
    if shown is not None:
        outlook = outlook_of(release_id=shown.release_id, track_id=shown.pk, at=now)
        assert outlook is not None
        context |= drawn(outlook, store_of(request).name)
    return render(request, "studio/own_work.html", context)


def _reached(request: HttpRequest, *, after_id: int, text: str, count_max: int) -> list[int]:
    mine = Party.objects.acted_for_by(user=person_of(request)).values_list("id", flat=True)
    asked = WorksAsked(list(mine), WORK_RIGHTS, after_id, text, count_max)
    return works_reached_by(asked, now=timezone.now())


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) <= DIGITS_MAX else 0
