"""Mails to the claimants of a dispute: each person once, tried until a mail server takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext

from pennywhistle.apps.claims.areas import contested_areas
from pennywhistle.apps.claims.dossier import claims_in
from pennywhistle.apps.claims.notices import (
    mailings_due,
    note_claimants,
    note_failed,
    note_sent,
)
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.disputes import letter_of, letter_subject
from pennywhistle.interfaces.common.language import language_of

if TYPE_CHECKING:
    from pennywhistle.apps.claims.models import Dispute
    from pennywhistle.apps.claims.notices import Mailing

_BETWEEN_LETTERS = "\n\n" + "-" * 40 + "\n\n"


def tell_claimants() -> int:
    """Note who is to be told, and send what waits; answers how many mails went out.

    No transaction is open while a mail is sent. What was taken is noted at once; if even that is
    lost, the mail comes twice with the same Message-ID, and a reader's server drops one.
    """
    note_claimants(now=now())
    return send_waiting(
        mailings_due(now=now()),
        mail_of=mail_of,
        note_sent=lambda mailing: note_sent(notice_ids=mailing.notice_ids, now=now()),
        note_failed=lambda mailing: note_failed(notice_ids=mailing.notice_ids),
    )


def mail_of(mailing: Mailing) -> EmailMessage:
    """The letters of a mailing in the language of the reader's country."""
    with translation.override(language_of(mailing.user.country)):
        letters = [_letter(dispute) for dispute in mailing.disputes]
        opening = gettext("You act for one of the claimants, so that we write to you.")
        return EmailMessage(
            subject=letter_subject(mailing.disputes[0]),
            body=_BETWEEN_LETTERS.join([f"{opening}\n\n{letters[0]}", *letters[1:]]),
            to=[mailing.user.email],
            headers={"Message-ID": f"<dispute-{mailing.key}@{urlsplit(settings.ORIGIN).hostname}>"},
        )


def _letter(dispute: Dispute) -> str:
    shares = claims_in(dispute)
    return letter_of(
        dispute,
        shares,
        contested_areas(shares),
        store=the_store().name,
        url=settings.ORIGIN + reverse("studio-claim", args=[dispute.pk]),
    )
