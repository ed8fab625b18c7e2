"""Mails to the two suppliers of a conflict over a copy: each person once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext

from pennywhistle.apps.intake.telling.copies import (
    letters_due,
    note_failed,
    note_sent,
    tell_of_copies,
    title_in,
)
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.copies import verdict_text
from pennywhistle.interfaces.common.language import language_of

if TYPE_CHECKING:
    from pennywhistle.apps.copies.models import Letter, News


def tell_suppliers_of_copies() -> int:
    """Fill the mailboxes, note who is to be told, send what waits; answers how many mails went."""
    tell_of_copies(now=now())
    return send_waiting(
        letters_due(now=now()),
        mail_of=mail_of,
        note_sent=lambda letter: note_sent(letter_id=letter.pk, now=now()),
        note_failed=lambda letter: note_failed(letter_id=letter.pk),
    )


def mail_of(letter: Letter) -> EmailMessage:
    """What happened, in the language of the reader's country."""
    host = urlsplit(settings.ORIGIN).hostname
    with translation.override(language_of(letter.user.country)):
        title = _plain(title_in(letter.news.conflict))
        return EmailMessage(
            subject=gettext("Whose recording is “%(title)s”?") % {"title": title[:120]},
            body=_body(letter.news, title),
            to=[letter.user.email],
            headers={"Message-ID": f"<copy-{letter.pk}@{host}>"},
        )


def _body(news: News, title: str) -> str:
    conflict = news.conflict
    said = {
        "supplier": _plain(news.supplier.name),
        "title": title,
        "newcomer": _plain(conflict.newcomer.name),
        "holder": _plain(conflict.holder.name) if conflict.holder else "",
        "newcomer_at": f"{conflict.newcomer_at:%Y-%m-%d %H:%M}",
        "holder_at": f"{conflict.holder_at:%Y-%m-%d %H:%M}" if conflict.holder_at else "",
    }
    opening = gettext("You act for %(supplier)s, so that we write to you.") % said
    url = settings.ORIGIN + reverse("studio-copy", args=[conflict.pk])
    closing = gettext("Listen to both, and say whose the recording is: %(url)s") % {"url": url}
    parts = [opening, _what(news) % said]
    if news.ruling is not None:
        reason = gettext("Reason: %(reason)s") % {"reason": news.ruling.reason}
        return "\n\n".join([opening, f"{verdict_text(news.ruling)}.", reason, url])
    if conflict.block is not None:
        parts.append(gettext("Reason: %(reason)s") % {"reason": conflict.block.reason})
    return "\n\n".join([*parts, closing])


def _what(news: News) -> str:
    if news.conflict.block is not None:
        return gettext(
            "“%(title)s” sounds like a recording that the store does not sell. It is held."
        )
    return gettext(
        "“%(title)s”, delivered by %(newcomer)s at %(newcomer_at)s UTC, sounds like a recording "
        "that %(holder)s delivered at %(holder_at)s UTC. It is held until the store decides."
    )


def _plain(text: str) -> str:
    """On one line: a title with a line break in it breaks no mail."""
    return " ".join(text.split())
