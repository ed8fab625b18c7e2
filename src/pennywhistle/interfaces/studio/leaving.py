"""Taking one's catalog along: what there is of it, and the archives to fetch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_safe

from pennywhistle.apps.intake.leaving.limits import PART_HOURS
from pennywhistle.apps.intake.leaving.parts import part_archive, parts_of
from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.common.ranged import Sent, ranged_response
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_GET
@members_only
def leaving(request: HttpRequest) -> HttpResponse:
    """What each of one's parties can take along."""
    catalogs = []
    for party in Party.objects.acted_for_by(user=person_of(request)).order_by("name", "id"):
        parts = parts_of(party.pk)
        catalogs.append(
            {
                "supplier": party,
                "parts": parts,
                "releases": sum(part.releases for part in parts),
                "size_bytes": sum(part.master_bytes for part in parts),
            }
        )
    # It stands in the addresses, so that a download that broke off can go on.
    return render(request, "studio/leaving.html", {"catalogs": catalogs, "at": _seconds(now())})


@require_safe
@members_only
def leaving_part(request: HttpRequest, public_id: str, at: int, number: int) -> HttpResponseBase:
    """A part of a catalog as a zip, or any stretch of it."""
    own = Party.objects.acted_for_by(user=person_of(request))
    supplier = get_object_or_404(own, public_id=public_id)
    drawn_at = _drawn_at(at)
    part = next((part for part in parts_of(supplier.pk) if part.number == number), None)
    if part is None:
        raise Http404
    name, archive = part_archive(supplier=supplier, part=part, at=drawn_at)
    return ranged_response(request, archive, Sent("application/zip", "private, no-store", name))


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _drawn_at(seconds: int) -> datetime:
    """When the page was drawn; an address that is too old, or of the future, leads nowhere."""
    today = now()
    if not _seconds(today - timedelta(hours=PART_HOURS)) <= seconds <= _seconds(today):
        raise Http404
    return datetime.fromtimestamp(seconds, tz=UTC)
