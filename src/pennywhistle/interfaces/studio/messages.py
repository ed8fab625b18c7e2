"""A release message's page: its state, what it did, what is wrong, its files; and the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.intake.telling.mailbox import message_of, siblings_of
from pennywhistle.interfaces.common.sent_document import sent_document
from pennywhistle.interfaces.common.world import regions_of, territories_text
from pennywhistle.interfaces.studio.findings import groups_of, kept_row_of
from pennywhistle.interfaces.studio.limits import MESSAGE_ROWS_SHOWN_MAX, SIBLINGS_SHOWN_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

_EXCEPT = "Worldwide except "


@require_GET
@members_only
def message(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything about one message, for the parties that it is of."""
    mine = _mine(request, public_id)
    opened, closed = (_places(mine.change.get(name)) for name in ("opened", "closed"))
    siblings = list(siblings_of(mine)[:SIBLINGS_SHOWN_MAX])
    not_kept = mine.change.get("not_kept") or []
    context = {
        "message": mine,
        "opened": opened[:MESSAGE_ROWS_SHOWN_MAX],
        "closed": closed[:MESSAGE_ROWS_SHOWN_MAX],
        "regions": _regions(opened),
        "groups": groups_of([kept_row_of(each) for each in mine.findings]),
        "notices": mine.notices.order_by("id")[:MESSAGE_ROWS_SHOWN_MAX],
        "files": mine.delivery.files.all()[:MESSAGE_ROWS_SHOWN_MAX] if mine.delivery else (),
        "arrivals": mine.arrivals.select_related("parcel__mailbox").order_by("id"),
        "siblings": [
            {"message": each, "state_text": gettext(each.get_state_display())} for each in siblings
        ],
        "replaced_by": _replaced_by(mine, siblings),
        "not_kept": not_kept,
        "not_kept_count": mine.change.get("not_kept_count", len(not_kept)),
    }
    return render(request, "studio/message.html", context)


@require_GET
@members_only
def message_document(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The message as it was sent, for its supplier."""
    return sent_document(_mine(request, public_id))


def _mine(request: HttpRequest, public_id: str) -> Message:
    mine = message_of(user=person_of(request), public_id=public_id)
    if mine is None:
        raise Http404
    return mine


def _replaced_by(mine: Message, siblings: list[Message]) -> Message | None:
    """The message that took its place: the next one of the release that ever was in force."""
    if mine.state != Message.State.SUPERSEDED or mine.created_at is None:
        return None
    in_force = {Message.State.APPLIED, Message.State.SUPERSEDED}
    newer = [
        each
        for each in siblings
        if each.state in in_force and each.created_at and each.created_at > mine.created_at
    ]
    return newer[-1] if newer else None


def _places(kept: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (JSON)
    """What a message opened or closed, as it is kept: a key, and where in the engine's words."""
    rows = []
    for each in kept or []:
        where = territories_of(str(each.get("where", "")))
        rows.append(
            {
                "key": each.get("key", ""),
                "territories": where,
                "where": territories_text(where) if where else each.get("where", ""),
                "count": len(where),
            }
        )
    return rows


def territories_of(text: str) -> Territories:
    """What `Territories.describe` said, read back; nothing where it is something else."""
    try:
        if text.startswith(_EXCEPT):
            missing = Territories.of(*text.removeprefix(_EXCEPT).split(", "))
            return Territories.worldwide() - missing
        if text == "Worldwide":
            return Territories.worldwide()
        return Territories.of(*text.split(", "))
    except (TerritoryUnknownError, KeyError):
        return Territories.none()


def _regions(opened: list[dict[str, Any]]) -> Any:  # noqa: ANN401 (parts/_world.html)
    live = Territories.none()
    for row in opened:
        live |= row["territories"]
    return regions_of([(live, True), (Territories.worldwide() - live, False)]) if live else ()
