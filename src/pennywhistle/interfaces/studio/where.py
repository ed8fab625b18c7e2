"""Why an item cannot be sold in some place: its answer for every territory, with cures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from pennywhistle.apps.intake.supplied import releases_of
from pennywhistle.apps.rights.prospects import Outlook, outlooks_of
from pennywhistle.interfaces.common.authority import holds_of, reasons_of
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.world import regions_of, territories_text
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.engines.clearance.survey import Area


@require_GET
@members_only
def where(request: HttpRequest, public_id: str) -> HttpResponse:
    """The map and the table of where a release, or one of its tracks, may be sold."""
    release = get_object_or_404(releases_of(user=person_of(request)), public_id=public_id)
    outlooks = outlooks_of(release_id=release.pk, at=timezone.now())
    shown = _shown(outlooks, request.GET.get("item", ""))
    context = {
        "release": release,
        "shown": shown,
        "items": [
            {
                "value": each.track_id or "",
                "title": each.title,
                "is_release": each.track_id is None,
                "count": _open_count(each),
                "is_shown": each is shown,
            }
            for each in outlooks
        ],
        **drawn(shown, store_of(request).name),
    }
    return render(request, "studio/where.html", context)


def drawn(outlook: Outlook, store: str) -> dict[str, Any]:
    """The map and the table of an item: regions and areas; `store` signs the letters."""
    areas = sorted(outlook.areas, key=lambda area: -len(area.territories))
    return {
        "regions": regions_of([(area.territories, area.verdict.allowed) for area in areas]),
        "areas": [_area(number, area, store) for number, area in enumerate(areas, 1)],
    }


def _shown(outlooks: list[Outlook], asked: str) -> Outlook:
    return next((each for each in outlooks if str(each.track_id) == asked), outlooks[0])


def _open_count(outlook: Outlook) -> int:
    return sum(len(area.territories) for area in outlook.areas if area.verdict.allowed)


def _area(number: int, area: Area, store: str) -> dict[str, Any]:
    verdict, place = area.verdict, territories_text(area.territories)
    return {
        "number": number,
        "territories": place,
        "count": len(area.territories),
        "allowed": verdict.allowed,
        "price": price_text(verdict.price) if verdict.price else "",
        "floor": price_text(verdict.floor) if verdict.floor else "",
        "reasons": reasons_of(verdict, store=store, place=place),
        "holds": holds_of(verdict, store=store, place=place),
    }
