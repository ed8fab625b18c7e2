"""Mails to suppliers about doubts: when something serious was found, and when it was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext

from pennywhistle.apps.intake.doubts.letters import (
    mailings_due,
    note_failed,
    note_sent,
    note_suppliers,
)
from pennywhistle.apps.intake.doubts.showing import page_of
from pennywhistle.apps.intake.models import DoubtWord
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.judgement_words import words_of
from pennywhistle.interfaces.common.language import language_of

if TYPE_CHECKING:
    from pennywhistle.apps.intake.doubts.letters import Mailing
    from pennywhistle.apps.intake.models import DoubtLetter

_LINES_MAX = 50


def tell_suppliers_of_doubts() -> int:
    """Note who is to be told, and send what waits; answers how many mails went out."""
    note_suppliers(now=now())
    return send_waiting(
        mailings_due(now=now()),
        mail_of=mail_of,
        note_sent=lambda mailing: note_sent(letter_ids=mailing.letter_ids, now=now()),
        note_failed=lambda mailing: note_failed(letter_ids=mailing.letter_ids),
    )


def mail_of(mailing: Mailing) -> EmailMessage:
    """What was found or decided, file by file, in the language of the reader's country."""
    host = urlsplit(settings.ORIGIN).hostname
    with translation.override(language_of(mailing.user.country)):
        return EmailMessage(
            subject=_subject(mailing),
            body=_body(mailing),
            to=[mailing.user.email],
            headers={"Message-ID": f"<doubt-{mailing.letter_ids[0]}@{host}>"},
        )


def _subject(mailing: Mailing) -> str:
    count = len({letter.doubt.sha256 for letter in mailing.letters})
    if mailing.is_decided:
        text = ngettext(
            "The store has decided about a file of yours",
            "The store has decided about %(count)s files of yours",
            count,
        )
    else:
        text = ngettext(
            "Something serious was found in a file of yours",
            "Something serious was found in %(count)s files of yours",
            count,
        )
    return text % {"count": count}


def _body(mailing: Mailing) -> str:
    opening = gettext("You act for %(supplier)s, so that we write to you.") % {
        "supplier": _plain(mailing.supplier.name)
    }
    lines = [_line(letter) for letter in mailing.letters[:_LINES_MAX]]
    if more := len(mailing.letters) - len(lines):
        text = ngettext("and %(count)s more", "and %(count)s more", more)
        lines.append("- " + text % {"count": more})
    if mailing.is_decided:
        closing = gettext(
            "What nothing else holds can be published now; release messages are looked at again by "
            "themselves. What the store refuses, a better file can replace."
        )
    else:
        closing = gettext(
            "What they belong to and is not on sale yet is not published before the store has "
            "decided. Look at the findings and answer them, or deliver better files."
        )
    return "\n\n".join([opening, "\n".join(lines), closing])


def _line(letter: DoubtLetter) -> str:
    doubt, word = letter.doubt, letter.word
    text = f"- {_plain(doubt.path)}: {words_of(doubt.code).title}"
    if word is not None:
        reason = gettext("Reason: %(reason)s") % {"reason": _plain(word.text)}
        text += f". {gettext(DoubtWord.Kind(word.kind).label)}. {reason}"
    page = page_of(doubt)
    return (
        text if page is None else f"{text}\n  {settings.ORIGIN}{reverse('studio-file', args=page)}"
    )


def _plain(text: str) -> str:
    """On one line: a name with a line break in it breaks no mail."""
    return " ".join(text.split())
