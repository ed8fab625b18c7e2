"""Letters that the law wants sent: which wait, and how far their sending has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from pennywhistle.apps.orders.models import Letter

if TYPE_CHECKING:
    from datetime import datetime

letters_at_once_max = 100


def letters_waiting() -> list[Letter]:
    """The letters to send now, at most a batch."""
    return list(Letter.objects.waiting()[:letters_at_once_max])


def note_letter_sent(*, letter_id: int, now: datetime) -> None:
    """It went out: from now on it confirms what it says."""
    Letter.objects.filter(id=letter_id, sent_at__isnull=True).update(sent_at=now)


def note_letter_failed(*, letter_id: int) -> None:
    """Nobody took it; others come first next time."""
    Letter.objects.filter(id=letter_id).update(try_count=F("try_count") + 1)
