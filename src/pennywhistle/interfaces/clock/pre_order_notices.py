"""Mails to buyers whose pre-order could not be sold: why, and that the money is theirs again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext

from pennywhistle.apps.preorders.actions import note_not_told, note_told
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.work import STORE_CLOSES
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.language import language_of

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

tried_for = timedelta(days=7)
mails_per_run_max = 500


@dataclass(frozen=True, slots=True)
class _Ended:
    """A pre-order whose money went back, and whom to tell."""

    pre_order: PreOrder

    @property
    def user(self) -> User:
        """Its buyer."""
        return self.pre_order.buyer


def tell_buyers() -> int:
    """Write to the buyers who know nothing of it yet; answers how many mails went out."""
    rows = PreOrder.objects.to_be_told(since=now() - tried_for)
    waiting = rows.select_related("buyer", "release", "track")[:mails_per_run_max]
    return send_waiting(
        [_Ended(pre_order) for pre_order in waiting],
        mail_of=mail_of,
        note_sent=lambda ended: note_told(pre_order_id=ended.pre_order.id, now=now()),
        note_failed=lambda ended: note_not_told(pre_order_id=ended.pre_order.id),
    )


def mail_of(ended: _Ended) -> EmailMessage:
    """What was ordered, why it was not sold, and where the money is."""
    pre_order = ended.pre_order
    host = urlsplit(settings.ORIGIN).hostname
    with translation.override(language_of(ended.user.country)):
        title = _plain(str(pre_order.track or pre_order.release))
        lines = [
            gettext("You ordered “%(title)s” ahead of its release.") % {"title": title},
            _why(pre_order.reason),
            gettext("The %(amount)s that were set aside for it are on your balance again.")
            % {"amount": price_text(pre_order.held)},
            settings.ORIGIN + reverse("balance"),
        ]
        return EmailMessage(
            subject=gettext("Your pre-order of “%(title)s” was not sold") % {"title": title},
            body="\n\n".join(lines),
            to=[ended.user.email],
            headers={"Message-ID": f"<pre-order-{pre_order.id}@{host}>"},
        )


def _why(reason: str) -> str:
    return {
        "price-changed": gettext("It costs more now than when you ordered it."),
        "already-owned": gettext("It stands on your shelf already."),
        STORE_CLOSES: gettext("The store closes."),
    }.get(reason, gettext("It could not be sold to you when it came out; its page says why."))


def _plain(text: str) -> str:
    """On one line: a name with a line break in it breaks no mail."""
    return " ".join(text.split())
