"""Mails to payees: other bank details were entered, money was sent, money came back."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext
from procrastinate.contrib.django import app

from pennywhistle.apps.payouts.letters import letters_due, note_failed, note_sent
from pennywhistle.apps.payouts.models import Letter
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.language import language_of


@app.periodic(cron="* * * * *", periodic_id="tell-payees")
@app.task(queue="clock", queueing_lock="tell-payees", lock="tell-payees")
def tell_payees(timestamp: int) -> None:
    """Every minute: write to payees about bank details and payouts. One run at a time."""
    del timestamp
    send_letters()


def send_letters() -> int:
    """Send what waits; answers how many mails went out."""
    return send_waiting(
        letters_due(now=now()),
        mail_of=mail_of,
        note_sent=lambda letter: note_sent(letter_id=letter.pk, now=now()),
        note_failed=lambda letter: note_failed(letter_id=letter.pk),
    )


def mail_of(letter: Letter) -> EmailMessage:
    """What happened, in the language of the reader's country; no account number stands in it."""
    host = urlsplit(settings.ORIGIN).hostname
    with translation.override(language_of(letter.user.country)):
        subject, body = _words(letter)
        return EmailMessage(
            subject=subject,
            body="\n\n".join([body, settings.ORIGIN + reverse("studio-payouts")]),
            to=[letter.email],
            headers={"Message-ID": f"<payout-letter-{letter.pk}@{host}>"},
        )


def _words(letter: Letter) -> tuple[str, str]:
    party = " ".join(letter.party.name.split())
    said = {
        "party": party,
        "account": letter.details.masked,
        "by": letter.details.entered_by.email,
        "at": f"{letter.details.usable_at:%Y-%m-%d %H:%M}",
    }
    if letter.about == Letter.About.DETAILS:
        return gettext("Other bank details for %(party)s") % said, gettext(
            "%(by)s entered bank details for %(party)s: %(account)s. Money goes there from "
            "%(at)s UTC on. If that is not right, sign in, enter the right ones, and write to the "
            "store at once: until then nothing goes to the new account."
        ) % said
    assert letter.payout is not None, "other letters are about a payout"
    said |= {
        "amount": price_text(letter.payout.paid),
        "reference": letter.payout.end_to_end_id,
        "reason": " ".join(letter.payout.reason.split()),
    }
    if letter.about == Letter.About.SENT:
        return gettext("A payout to %(party)s is on its way") % said, gettext(
            "%(amount)s for %(party)s go to %(account)s. Your bank shows the reference "
            "%(reference)s."
        ) % said
    return gettext("A payout to %(party)s did not arrive") % said, gettext(
        "%(amount)s for %(party)s did not arrive at %(account)s: %(reason)s. They are on the "
        "account again. Look at the bank details; what came back from an account goes there no "
        "more."
    ) % said
