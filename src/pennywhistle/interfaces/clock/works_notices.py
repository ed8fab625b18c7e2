"""Mails to suppliers of whose recordings somebody else's works file speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext

from pennywhistle.apps.intake.works.notices import (
    note_failed,
    note_sent,
    note_suppliers,
    notices_due,
)
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.language import language_of

if TYPE_CHECKING:
    from pennywhistle.apps.intake.models import WorksNews, WorksNotice


def tell_suppliers_of_works() -> int:
    """Note who is to be told, and send what waits; answers how many mails went out."""
    note_suppliers(now=now())
    return send_waiting(
        notices_due(now=now()),
        mail_of=mail_of,
        note_sent=lambda notice: note_sent(notice_id=notice.pk, now=now()),
        note_failed=lambda notice: note_failed(notice_id=notice.pk),
    )


def mail_of(notice: WorksNotice) -> EmailMessage:
    """What a file says of a supplier's recordings, in the language of the reader's country."""
    host = urlsplit(settings.ORIGIN).hostname
    with translation.override(language_of(notice.user.country)):
        sender = _plain(notice.news.works_file.submitter.name)
        return EmailMessage(
            subject=gettext("%(sender)s told us of works that you sell") % {"sender": sender},
            body=_letter(notice.news),
            to=[notice.user.email],
            headers={"Message-ID": f"<works-{notice.pk}@{host}>"},
        )


def _letter(news: WorksNews) -> str:
    file = news.works_file
    said = {
        "supplier": _plain(news.supplier.name),
        "sender": _plain(file.submitter.name),
        "file": _plain(file.source_name),
    }
    opening = gettext(
        "You act for %(supplier)s, so that we write to you. %(sender)s sent a file of works "
        "(%(file)s) that the store has recorded, and it speaks of recordings of yours:"
    )
    lines = [_line(each) for each in news.lines]
    if more := news.line_count - len(lines):
        lines.append("- " + gettext("and %(count)s more") % {"count": more})
    closing = gettext(
        "Shares that are claimed count for what is sold from now on. If you know better, write to "
        "the operator of the store. All your releases: %(url)s"
    )
    url = settings.ORIGIN + reverse("studio-releases")
    return "\n\n".join([opening % said, "\n".join(lines), closing % {"url": url}])


def _line(each: dict[str, str]) -> str:
    """What happened to one recording, and where to look."""
    if each["what"] == "claimed":
        text = gettext("“%(recording)s” (%(isrc)s): a share of its work “%(work)s” is claimed.")
    else:
        text = gettext(
            "“%(recording)s” (%(isrc)s) is said to play the work “%(work)s”. It is not tied to it "
            "on their word; you, or the operator of the store, say whether it does."
        )
    said = {name: _plain(each[name]) for name in ("recording", "isrc", "work")}
    said["isrc"] = said["isrc"] or "-"
    where = reverse("studio-where", args=[each["release"]]) if each["release"] else ""
    return f"- {text % said}" + (f"\n  {settings.ORIGIN}{where}" if where else "")


def _plain(text: str) -> str:
    """On one line: a title with a line break in it breaks no mail."""
    return " ".join(text.split())
