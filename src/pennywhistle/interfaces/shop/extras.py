"""What comes with a release besides its tracks: named on pages, and handed to its owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404
from django.views.decorators.http import require_safe

from pennywhistle.apps.catalog.queries import extras_of
from pennywhistle.apps.delivery.extras import owned_extra
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.common.extra_words import extra_text
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.inert import extra_sent
from pennywhistle.interfaces.shop.addresses import served
from pennywhistle.interfaces.shop.leaving import note_extra_leaving
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.orders.shelf import OwnedItem


@dataclass(frozen=True, slots=True)
class ExtraLine:
    """An extra in one line; `url` is empty for who does not own it."""

    text: str
    size_bytes: int
    url: str = ""


@require_safe
@tells_delays
def extra(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A booklet, a picture or a text, for who owns its release; never shown as a page of ours."""
    buyer = buyer_of(request)
    owned = owned_extra(user=buyer, public_id=public_id)
    if owned is None:
        raise Http404
    note_extra_leaving(request, user=buyer, release_id=owned.extra.release_id)
    sent = extra_sent(owned.extra.name, owned.extra.mime_type)
    return hand_over(request, owned.kept, sent, person=buyer.pk)


def lines_of_release(release_id: int) -> list[ExtraLine]:
    """What comes with a release that somebody may buy."""
    return [
        ExtraLine(extra_text(each), each.size_bytes)
        for each in extras_of([release_id]).get(release_id, ())
        if each.left_at is None
    ]


def lines_of_items(items: Sequence[OwnedItem]) -> dict[int, list[ExtraLine]]:
    """What comes with owned releases, to be fetched; by entitlement, in one query for all."""
    whole = [item for item in items if item.track_id is None]
    found = extras_of(item.release_id for item in whole) if whole else {}
    return {
        item.entitlement_id: [
            ExtraLine(extra_text(each), each.size_bytes, served("delivery:extra", each.public_id))
            for each in found.get(item.release_id, ())
            if each.is_in_what_was_bought(at=item.granted_at)
        ]
        for item in whole
    }
