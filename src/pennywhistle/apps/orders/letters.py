"""Letters that the law wants sent: which wait, and how far their sending has come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F

from pennywhistle.apps.orders.models import Letter, Withdrawal

if TYPE_CHECKING:
    from datetime import datetime

letters_at_once_max = 100
# To addresses that are not the account's, and that nobody has shown to be theirs.
other_addresses_max = 3
other_addresses_counted_over = timedelta(days=1)


def letters_waiting() -> list[Letter]:
    """The letters to send now, at most a batch."""
    return list(Letter.objects.waiting()[:letters_at_once_max])


def acknowledged_to(withdrawal: Withdrawal) -> list[str]:
    """Whom the receipt of a withdrawal is acknowledged to: always the account's own address.

    Another that was said as well, but only a few a day: else anybody's mail could be sent by us.
    """
    own, said = withdrawal.user.email, withdrawal.contact
    if said.lower() == own.lower():
        return [own]
    since = withdrawal.stated_at - other_addresses_counted_over
    earlier = (
        Withdrawal.objects.filter(user=withdrawal.user_id, stated_at__gt=since)
        .filter(stated_at__lte=withdrawal.stated_at)
        .exclude(id=withdrawal.id)
        .exclude(contact__iexact=own)
    )
    return [own, said] if earlier.count() < other_addresses_max else [own]


def note_letter_sent(*, letter_id: int, now: datetime) -> None:
    """It went out: from now on it confirms what it says."""
    Letter.objects.filter(id=letter_id, sent_at__isnull=True).update(sent_at=now)


def note_letter_failed(*, letter_id: int) -> None:
    """Nobody took it; others come first next time."""
    Letter.objects.filter(id=letter_id).update(try_count=F("try_count") + 1)
