"""Withdrawing from a contract: the statement is kept, carried out at once, and acknowledged.

Directive 2011/83/EU, article 11a (by directive (EU) 2023/2673), in force since 19 June 2026.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import Letter, Refund, Withdrawal
from pennywhistle.apps.payments.paying_back import (
    PaybackAsked,
    intend_payback,
    refresh_payback,
)
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody confirmed: who they are, from what they withdraw, in which words.

    `sale_id` None: from what was paid in and not spent, in `currency`.
    """

    user_id: int
    key: str
    name: str
    contact: str
    sale_id: UUID | None
    currency: str
    statement: str


def withdraw(*, stated: Stated, now: datetime) -> Withdrawal:
    """Keep a statement of withdrawal and carry it out; its acknowledgment waits to be sent.

    The same key again answers with the same withdrawal.

    Raises:
        RefundError: the purchase cannot be withdrawn from; nothing is kept.
        PaybackError: there is no unspent money; nothing is kept.
    """
    withdrawal, payback_ids = _keep(stated, now)
    for payback_id in payback_ids:
        try:
            refresh_payback(payback_id=payback_id, now=now)
        except ProviderError as error:
            logger.warning("Payback %s waits: %s", payback_id, error)
    return withdrawal


@transaction.atomic
def _keep(stated: Stated, now: datetime) -> tuple[Withdrawal, list[UUID]]:
    # Two clicks come one after the other.
    User.objects.select_for_update(no_key=True).get(pk=stated.user_id)
    known = Withdrawal.objects.filter(user=stated.user_id, key=stated.key).first()
    if known is not None:
        return known, []
    payback_ids = _carry_out(stated, now)
    withdrawal = Withdrawal.objects.create(
        user_id=stated.user_id,
        key=stated.key,
        name=stated.name,
        contact=stated.contact,
        line_id=stated.sale_id,
        statement=stated.statement,
        outcome=Withdrawal.Outcome.REFUNDED if stated.sale_id else Withdrawal.Outcome.PAID_BACK,
        stated_at=now,
    )
    Letter.objects.create(user_id=stated.user_id, withdrawal=withdrawal)
    return withdrawal, payback_ids


def _carry_out(stated: Stated, now: datetime) -> list[UUID]:
    if stated.sale_id is not None:
        why = Refund.Why.WITHDRAWAL
        refund_sale(asked=RefundAsked(stated.sale_id, stated.user_id, why), now=now)
        return []
    asked = PaybackAsked(stated.user_id, stated.currency, None, f"withdraw-{stated.key}"[:64])
    return [payback.id for payback in intend_payback(asked=asked, now=now)]
