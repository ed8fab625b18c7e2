"""Contracts by which a payee bears a part of what disputes take; on record, and never by default.

Nothing is taken by it: who sold what was delivered keeps what it earned, until an operator and the
payee settle it between them. The page of a chargeback says what the contract lets them ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.payments.models import LossShare
from pennywhistle.apps.payments.models.chargebacks import reason_length_max

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction


class LossShareError(ValueError):
    """The part is less than nothing or more than all, or no contract is named."""

    code = "loss-share"


@transaction.atomic
def record_loss_share(
    *, party_id: int, part: Fraction, contract: str, user_id: int, now: datetime
) -> None:
    """Say what a contract with a payee holds from now on; a part of 0 ends it.

    What was agreed before stays on record. The same again changes nothing. Raises LossShareError.
    """
    words = contract.strip()[:reason_length_max]
    if not 0 <= part <= 1 or not words:
        raise LossShareError("A part is from 0 to 100 %, and its contract is named.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('payments_lossshare'), %s)", [party_id]
        )
    standing = LossShare.objects.standing().of_parties([party_id])
    same = standing.filter(numerator=part.numerator, denominator=part.denominator, contract=words)
    if same.exists():
        return
    standing.update(closed_at=now)
    if part:
        LossShare.objects.create(
            party_id=party_id,
            numerator=part.numerator,
            denominator=part.denominator,
            contract=words,
            recorded_by_id=user_id,
            recorded_at=now,
        )
