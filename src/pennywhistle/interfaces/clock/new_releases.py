"""Mails to followers: what is new of what they follow, at most once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext

from pennywhistle.apps.following.actions import mail_secret_of
from pennywhistle.apps.following.models import Follow
from pennywhistle.apps.following.noting import note_news
from pennywhistle.apps.following.work import mailings_due, note_not_told, note_told
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.language import language_of

if TYPE_CHECKING:
    from pennywhistle.apps.following.models import News
    from pennywhistle.apps.following.work import Mailing

_LINES_MAX = 50


def tell_followers() -> int:
    """Note what is new and send the mails that are due; answers how many went out."""
    note_news(now=now())
    return send_waiting(
        mailings_due(now=now()),
        mail_of=mail_of,
        note_sent=lambda mailing: note_told(mailing=mailing, now=now()),
        note_failed=lambda mailing: note_not_told(mailing=mailing),
    )


def mail_of(mailing: Mailing) -> EmailMessage:
    """The new releases with their pages, and how to get no more of these mails."""
    host = urlsplit(settings.ORIGIN).hostname
    secret = mail_secret_of(user_id=mailing.user.pk)
    stop = settings.ORIGIN + reverse("following-no-mails", args=[secret])
    with translation.override(language_of(mailing.user.country)):
        return EmailMessage(
            subject=_subject(mailing),
            body="\n\n".join(_paragraphs(mailing, stop)),
            to=[mailing.user.email],
            headers={
                "Message-ID": f"<news-{mailing.news[0].pk}-{mailing.news[-1].pk}@{host}>",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )


def _subject(mailing: Mailing) -> str:
    count = len(mailing.news)
    if count == 1:
        (only,) = mailing.news
        if only.kind == Follow.Kind.PARTY:
            return gettext("New of %(name)s") % {"name": _plain(only.name)}
        return gettext("New: %(name)s") % {"name": _name_of(only)}
    text = ngettext(
        "%(count)s new release of what you follow",
        "%(count)s new releases of what you follow",
        count,
    )
    return text % {"count": count}


def _paragraphs(mailing: Mailing, stop: str) -> list[str]:
    lines = [_line(each) for each in mailing.news[:_LINES_MAX]]
    if more := len(mailing.news) - len(lines):
        text = ngettext("and %(count)s more", "and %(count)s more", more)
        lines.append("- " + text % {"count": more})
    return [
        gettext("New, of what you follow:"),
        "\n".join(lines),
        gettext("What you follow:") + f" {settings.ORIGIN}{reverse('following')}",
        gettext("No more of these mails:") + f" {stop}",
    ]


def _line(news: News) -> str:
    """The release, why it is told, and its page."""
    release = news.release
    page = reverse("release", args=[(release.slug, release.public_id)])
    return f"- {_name_of(news)}{_why(news)}\n  {settings.ORIGIN}{page}"


def _name_of(news: News) -> str:
    return f"{_plain(news.release.artist_line)}: {_plain(news.release.title)}"


def _why(news: News) -> str:
    """By which of the things that one follows; an artist or a label stands there anyway."""
    if news.kind == Follow.Kind.PARTY:
        return ""
    text = (
        gettext("genre: %(name)s")
        if news.kind == Follow.Kind.GENRE
        else gettext("search: %(name)s")
    )
    return f" ({text % {'name': _plain(news.name)}})"


def _plain(text: str) -> str:
    """On one line: a name with a line break in it breaks no mail."""
    return " ".join(text.split())
