"""Mails that the law wants sent: a waiver is confirmed, a withdrawal's receipt acknowledged."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext

from pennywhistle.apps.orders.ended import words_length_max
from pennywhistle.apps.orders.letters import (
    acknowledged_to,
    letters_waiting,
    note_letter_failed,
    note_letter_sent,
)
from pennywhistle.apps.orders.models import OrderLine, Withdrawal
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.language import language_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.one_line import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.orders.models import Letter, Waiver


def send_law_letters() -> int:
    """Send what waits; answers how many mails went out.

    What was taken is noted at once; if even that is lost, the mail comes twice with the same
    Message-ID, and a reader's server drops one.
    """
    return send_waiting(
        letters_waiting(),
        mail_of=mail_of,
        note_sent=lambda letter: note_letter_sent(letter_id=letter.pk, now=now()),
        note_failed=lambda letter: note_letter_failed(letter_id=letter.pk),
    )


def mail_of(letter: Letter) -> EmailMessage:
    """The letter in the language of the reader's country; what was said stands in its own words."""
    host = urlsplit(settings.ORIGIN).hostname
    with translation.override(language_of(letter.user.country)):
        if letter.withdrawal is not None:
            subject, body = _acknowledgment(letter.withdrawal)
            to = acknowledged_to(letter.withdrawal)
        else:
            assert letter.waiver is not None, "a letter is about one of both"
            subject, body = _confirmation(letter.waiver)
            to = [letter.user.email]
        return EmailMessage(
            subject=subject,
            body=body,
            to=to,
            headers={"Message-ID": f"<law-letter-{letter.pk}@{host}>"},
        )


def _acknowledgment(withdrawal: Withdrawal) -> tuple[str, str]:
    store = _plain(the_store().name)
    done = (
        gettext("The price is on your balance again. You can have it paid back: %(url)s")
        if withdrawal.outcome == Withdrawal.Outcome.REFUNDED
        else gettext("What you had not spent is on its way back by the way it came: %(url)s")
    ) % {"url": settings.ORIGIN + reverse("payback")}
    received = gettext("%(store)s received your withdrawal on %(time)s. You said:") % {
        "store": store,
        "time": _time(withdrawal.stated_at),
    }
    lines = [
        received,
        f"“{_plain(withdrawal.statement)}”",
        done,
        gettext("Number: %(number)s") % {"number": withdrawal.id},
    ]
    return gettext("Your withdrawal was received"), "\n\n".join(lines) + "\n"


def _confirmation(waiver: Waiver) -> tuple[str, str]:
    order = waiver.order
    lines = OrderLine.objects.filter(order=order).select_related("release", "track")
    bought = "\n".join(
        f"- {_plain(str(line.track or line.release))}: "
        f"{price_text(Money(line.price_micro, order.currency))}"
        for line in lines.order_by("entry")
    )
    opening = gettext("Your order %(number)s of %(time)s at %(store)s:") % {
        "number": order.id,
        "time": _time(order.placed_at),
        "store": _plain(the_store().name),
    }
    total = gettext("Together %(total)s, paid from your balance.") % {
        "total": price_text(Money(order.total_micro, order.currency))
    }
    said = gettext("On %(time)s you said:") % {"time": _time(waiver.given_at)}
    closing = gettext(
        "As long as no download has begun, you can still withdraw within fourteen days: %(url)s"
    ) % {"url": settings.ORIGIN + reverse("withdraw")}
    parts = [
        f"{opening}\n{bought}\n{total}",
        f"{said}\n“{_plain(waiver.words)}”",
        closing,
        gettext("The order and its receipts: %(url)s")
        % {"url": settings.ORIGIN + reverse("order", args=[order.id])},
    ]
    return gettext("Your order, and your downloads at once"), "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    return one_line(text, chars_max=words_length_max)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
