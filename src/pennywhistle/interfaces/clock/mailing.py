"""Sending mails that wait: each tried until a mail server takes it."""

from __future__ import annotations

import logging
from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.core.mail import EmailMessage

    from pennywhistle.apps.users.models import User

logger = logging.getLogger(__name__)


class ToSomebody(Protocol):
    """What is to be told, and whom."""

    @property
    def user(self) -> User: ...


Told = TypeVar("Told", bound=ToSomebody)


def send_waiting(
    waiting: Iterable[Told],
    *,
    mail_of: Callable[[Told], EmailMessage],
    note_sent: Callable[[Told], None],
    note_failed: Callable[[Told], None],
) -> int:
    """Send a mail for each; answers how many went out. No transaction is open meanwhile."""
    sent = 0
    for each in waiting:
        try:
            mail_of(each).send()
        except SMTPRecipientsRefused:
            # About this address only; the others are tried.
            note_failed(each)
            logger.warning("Nobody takes mail for user %s.", each.user.pk)
        except OSError as error:
            note_failed(each)
            logger.warning("Mails wait: %s", error)
            break
        else:
            note_sent(each)
            sent += 1
    return sent
