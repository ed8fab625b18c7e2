"""Mails with the receipts of orders: sealed within seconds, or provisional at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext

from pennywhistle.apps.delivery.receipts import (
    PROMISE_MIME_TYPE,
    RECEIPT_MIME_TYPE,
    promise_of,
    receipt_of,
)
from pennywhistle.apps.letters.work import (
    letters_due,
    note_letter_failed,
    note_letter_sent,
    note_orders,
)
from pennywhistle.apps.orders.returns import waits_until
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.format import country_name, date_text, price_text
from pennywhistle.interfaces.common.language import language_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.letters.work import Letter
    from pennywhistle.apps.orders.models import Order

# Of a longer order the receipts are on its page; a mail stays small.
receipts_attached_max = 20


@dataclass(frozen=True, slots=True)
class _Due:
    """A letter, and whom it is for."""

    letter: Letter
    user: User


def send_receipts() -> int:
    """Note new orders and send the letters that are due; answers how many mails went out."""
    note_orders(now=now())
    letters = letters_due(now=now())
    buyers = User.objects.in_bulk([letter.buyer_id for letter in letters])
    return send_waiting(
        [_Due(letter, buyers[letter.buyer_id]) for letter in letters],
        mail_of=mail_of,
        note_sent=lambda due: note_letter_sent(letter=due.letter, now=now()),
        note_failed=lambda due: note_letter_failed(order_ids=[due.letter.order_id]),
    )


def mail_of(due: _Due) -> EmailMessage:
    """What was bought, for how much, and its receipts, or where they will be."""
    letter, host = due.letter, urlsplit(settings.ORIGIN).hostname
    kind = "sealed" if letter.is_sealed else "provisional"
    with translation.override(language_of(due.user.country)):
        mail = EmailMessage(
            subject=gettext("Your order at %(store)s") % {"store": _plain(the_store().name)},
            body="\n\n".join(_paragraphs(letter)),
            to=[due.user.email],
            headers={"Message-ID": f"<order-{letter.order_id}-{kind}@{host}>"},
        )
    if letter.is_sealed:
        _attach_receipts(mail, letter)
    else:
        _attach_promises(mail, letter)
    return mail


def _paragraphs(letter: Letter) -> list[str]:
    order = letter.lines[0].order
    lines = [
        f"- {_plain(thing.title)}, {_plain(thing.artist_line)}: "
        f"{price_text(Money(line.price_micro, order.currency))}"
        for line in letter.lines
        for thing in [line.track or line.release]
    ]
    begins = waits_until(order.id, now=now())
    return [
        gettext("Thank you. It is yours, in every format, for ever:"),
        "\n".join(lines),
        _sum(order),
        settings.ORIGIN + reverse("order", args=[order.id]),
        *([_about_downloads(begins)] if begins else []),
        _about_receipts(letter),
    ]


def _sum(order: Order) -> str:
    return gettext("Total %(total)s, paid from your balance on %(day)s; sold in %(country)s.") % {
        "total": price_text(Money(order.total_micro, order.currency)),
        "day": date_text(order.placed_at),
        "country": country_name(order.territory),
    }


def _about_downloads(begins: datetime) -> str:
    return gettext(
        "Your downloads begin on %(day)s, when the fourteen days of withdrawal are over, or as"
        " soon as you ask for them on that page."
    ) % {"day": date_text(begins)}


def _about_receipts(letter: Letter) -> str:
    if not letter.is_sealed:
        return gettext(
            "This is provisional: the sale is in the books, and not yet in the public log. Attached"
            " is a signed promise of when it will be; the receipt follows as soon as it is."
        )
    return gettext(
        "The receipts prove the sale to anybody who checks them, without asking the store: on the"
        " page “Verify”, or with `pennywhistle verify`."
    )


def _attach_receipts(mail: EmailMessage, letter: Letter) -> None:
    for number, line in enumerate(letter.lines[:receipts_attached_max], 1):
        receipt = receipt_of(line)
        if receipt is not None:
            name = f"receipt-{number}.tlog-proof"
            mail.attach(name, receipt.decode(), RECEIPT_MIME_TYPE.partition(";")[0])


def _attach_promises(mail: EmailMessage, letter: Letter) -> None:
    for number, line in enumerate(letter.lines[:receipts_attached_max], 1):
        promise = promise_of(line)
        if promise is not None:
            mail.attach(f"receipt-{number}.tlog-promise", promise.decode(), PROMISE_MIME_TYPE)


def _plain(text: str) -> str:
    """On one line: a name with a line break in it breaks no mail."""
    return " ".join(text.split())
