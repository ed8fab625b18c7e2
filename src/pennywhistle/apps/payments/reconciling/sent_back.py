"""Refunds that a report says came back, though they were done: found out without any webhook."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from pennywhistle.apps.payments.abilities import MovementKind
from pennywhistle.apps.payments.models import Payback, ProviderMovement
from pennywhistle.apps.payments.paying_back import refresh_payback
from pennywhistle.apps.payments.provider import ProviderError

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

# Cards fail refunds for a month; banks are slower.
looked_back = timedelta(days=120)


def ask_about_sent_back(*, code: str, now: datetime) -> None:
    """Ask the provider about each payback that was done and whose refund its report says failed.

    What the report says is not believed either: the answer puts the money on the balance again.
    """
    came_back = ProviderMovement.objects.filter(
        provider=code, kind=MovementKind.REFUND_FAILED, moved_at__gte=now - looked_back
    )
    names = [_id(name) for name in came_back.values_list("reference", flat=True)]
    ids = [each for each in names if each is not None]
    done = Payback.objects.filter(id__in=ids, top_up__provider=code, state=Payback.State.DONE)
    for payback_id in done.order_by("created_at", "id").values_list("id", flat=True):
        try:
            refresh_payback(payback_id=payback_id, now=now)
        except ProviderError as error:
            logger.warning("Payback %s came back, as %s reports: %s", payback_id, code, error)


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
