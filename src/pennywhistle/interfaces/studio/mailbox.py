"""The mailbox: everything that one's parties sent, what needs somebody, and the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.intake.models import Notice
from pennywhistle.apps.intake.telling.feed import feed_at
from pennywhistle.apps.intake.telling.limits import ALERTS_SHOWN_MAX, ROWS_PER_PAGE
from pennywhistle.apps.intake.telling.mailbox import STATES, alerts_of, mail_rows
from pennywhistle.apps.intake.telling.registering import mark_seen
from pennywhistle.interfaces.studio.not_taken import incomplete_rows, refused_rows
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from pennywhistle.apps.intake.models import Message

STATE_WORDS = {
    "work": _("Being worked on"),
    "held": _("Waits for the operator"),
    "refused": _("Refused"),
    "ready": _("Ready to be published"),
    "in-force": _("In force"),
    "replaced": _("Replaced"),
    "nothing": _("Changed nothing"),
}


@require_GET
@members_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """A page of what was sent, newest first, and what needs somebody."""
    person = person_of(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("state", "q")}
    after = request.GET.get("after", "")
    found = mail_rows(user=person, state=asked["state"], text=asked["q"], after=after)
    rows, alerts = found[:ROWS_PER_PAGE], alerts_of(user=person)
    filters = {name: value for name, value in asked.items() if value}
    is_more = len(found) > ROWS_PER_PAGE
    context = {
        "rows": [{"mail": row, "state_text": STATE_WORDS[row.state]} for row in rows],
        "states": [
            {"value": value, "label": STATE_WORDS[value], "is_chosen": value == asked["state"]}
            for value in STATES
        ],
        "query": asked["q"],
        "is_filtered": bool(filters),
        "alerts": alerts[:ALERTS_SHOWN_MAX],
        "alerts_more": len(alerts) > ALERTS_SHOWN_MAX,
        "pager": {
            "previous_url": _here(filters) if after else "",
            "next_url": _here(filters | {"after": rows[-1].key}) if is_more else "",
        },
        "empty": _empty(),
        "incomplete": incomplete_rows(person),
        "refused": refused_rows(person, timezone.now()),
    }
    return render(request, "studio/mailbox.html", context)


def _here(query: dict[str, str]) -> str:
    return f"{reverse('studio-mailbox')}?{urlencode(query)}" if query else reverse("studio-mailbox")


def _empty() -> dict[str, object]:
    return {
        "title": gettext("Nothing was sent yet"),
        "text": gettext("Every delivery shows up here, with what is wrong and how to cure it."),
        "icon": "upload",
        "steps": [
            gettext("Check a message of yours: nothing is kept, and you see what would be sold."),
            gettext("Make a key, and upload by HTTPS; or ask the operator for a folder."),
            gettext("Without DDEX: upload the music itself in the studio."),
        ],
        "action_url": reverse("studio-ern-check"),
        "action_label": gettext("Check a message"),
        "more_url": reverse("studio-ways"),
        "more_label": gettext("Ways to deliver"),
    }


@require_POST
@members_only
def seen(request: HttpRequest) -> HttpResponse:
    """Mark one alert as seen, or all that the page showed; those of others are not there."""
    mine = Notice.objects.sent_to(user=person_of(request))
    ids = list(
        mine.filter(public_id__in=request.POST.getlist("notice")[:ALERTS_SHOWN_MAX])
        .order_by("id")
        .values_list("id", flat=True)
    )
    if not ids:
        raise Http404
    mark_seen(notice_ids=ids, now=timezone.now())
    messages.success(request, gettext("Marked as seen."))
    return redirect("studio-mailbox")


@login_not_required
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The newest news of a supplier as Atom (RFC 4287), for whoever has the secret address."""
    found = feed_at(token=token, now=timezone.now())
    if found is None:
        raise Http404
    home = request.build_absolute_uri(reverse("studio-mailbox"))
    atom = Atom1Feed(
        title=_plain(gettext("Mailbox of %(name)s") % {"name": found.supplier.name}),
        link=home,
        description="",
        feed_guid=f"urn:pennywhistle:mailbox:{found.supplier.public_id}",
    )
    for at, message, notice in found.entries:
        if message is not None:
            _add_message(request, atom, message, at)
        if notice is not None:
            _add_notice(request, atom, notice, at, home)
    response = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml")
    # A secret address: kept out of caches and search engines.
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _add_message(request: HttpRequest, atom: Atom1Feed, message: Message, at: datetime) -> None:
    word = gettext(message.get_state_display())
    what = message.release.title if message.release else message.message_id or message.source_name
    atom.add_item(
        title=_plain(f"{word}: {what}"),
        link=_absolute(request, message),
        description=_plain(message.message_id or message.source_name),
        unique_id=f"urn:pennywhistle:message:{message.public_id}:{message.state}",
        pubdate=at,
        updateddate=at,
    )


def _add_notice(
    request: HttpRequest, atom: Atom1Feed, notice: Notice, at: datetime, home: str
) -> None:
    about = notice.message
    atom.add_item(
        title=_plain(notice.sentence),
        link=_absolute(request, about) if about else home,
        description=_plain(notice.cure or notice.sentence),
        unique_id=f"urn:pennywhistle:notice:{notice.public_id}",
        pubdate=at,
        updateddate=at,
    )


def _absolute(request: HttpRequest, message: Message) -> str:
    return request.build_absolute_uri(reverse("studio-message", args=[message.public_id]))


def _plain(text: str) -> str:
    """Without what XML cannot hold; a supplier's text comes from anywhere."""
    return "".join(each for each in text if each.isprintable())
