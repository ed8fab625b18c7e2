"""Mails that bring gifts, on the day that their givers chose."""

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

from pennywhistle.apps.gifts.actions import (
    leave_out_unwanted,
    note_failed,
    note_sent,
    renew_secret,
)
from pennywhistle.apps.gifts.queries import address_of, gifts_due, stop_secret_of
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.interfaces.clock.mailing import send_waiting
from pennywhistle.interfaces.common.format import price_text

if TYPE_CHECKING:
    from pennywhistle.apps.gifts.models import Gift
    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class _Due:
    """A gift to be sent; if nobody takes its mail, that is about its giver's gift."""

    gift: Gift

    @property
    def user(self) -> User:
        """Its giver."""
        return self.gift.giver


def send_gifts() -> int:
    """Send the gifts that are due; answers how many went out. No transaction is open meanwhile."""
    due = [gift for gift in gifts_due(now=now()) if not leave_out_unwanted(gift_id=gift.id)]
    return send_waiting(
        [_Due(gift) for gift in due],
        mail_of=lambda each: mail_of(each.gift, secret=renew_secret(gift_id=each.gift.id)),
        note_sent=lambda each: note_sent(gift_id=each.gift.id, now=now()),
        note_failed=lambda each: note_failed(gift_id=each.gift.id),
    )


def mail_of(gift: Gift, *, secret: str) -> EmailMessage:
    """What somebody gives, their words, the link, and how to want no more of these mails."""
    host = urlsplit(settings.ORIGIN).hostname
    link = settings.ORIGIN + reverse("gift-open", args=[secret])
    stop = settings.ORIGIN + reverse("gift-no-mails", args=[stop_secret_of(gift)])
    with translation.override(gift.language):
        name = _plain(gift.from_name)
        return EmailMessage(
            subject=gettext("%(name)s has a gift for you") % {"name": name},
            body="\n\n".join(_paragraphs(gift, name, link, stop)),
            to=[address_of(gift)],
            headers={
                "Message-ID": f"<gift-{gift.id}@{host}>",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )


def _paragraphs(gift: Gift, name: str, link: str, stop: str) -> list[str]:
    thing = gift.track or gift.release
    said = {"name": name, "store": _plain(the_store().name)}
    if thing is None:
        opening = gettext("%(name)s gives you %(amount)s for music at %(store)s.") % (
            said | {"amount": price_text(gift.held)}
        )
    else:
        opening = gettext("%(name)s gives you “%(title)s” by %(artist)s, from %(store)s.") % (
            said | {"title": _plain(thing.title), "artist": _plain(thing.artist_line)}
        )
    lines = [opening]
    if gift.words:
        lines.append("\n".join(f"> {line}" for line in gift.words.splitlines()))
    lines.append(gettext("Open this link to take it. It is for you alone, and never expires:"))
    lines.append(link)
    lines.append(
        gettext("%(name)s gave us your address for this one mail. If you want no gift mails:")
        % {"name": name}
        if gift.to_email
        else gettext("It comes from your wish list. If you want no gift mails:")
    )
    lines.append(stop)
    return lines


def _plain(text: str) -> str:
    """On one line: a name with a line break in it breaks no mail."""
    return " ".join(text.split())
