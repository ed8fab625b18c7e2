"""What the bank's statements say of payouts: those that left, and those that came back.

A transfer names its payout (`PW` and its number), whatever field the bank shows that in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from pennywhistle.apps.payments.models import BankEnd, BankEntry
from pennywhistle.apps.payouts.approving import entry_key
from pennywhistle.apps.payouts.models import Payout
from pennywhistle.apps.payouts.settling import bring_back, settle

if TYPE_CHECKING:
    from datetime import datetime

_NAME = re.compile(r"PW([0-9A-F]{32})")
_LOOKED_AT_MAX = 2_000


def match_payouts(*, now: datetime) -> int:
    """Settle and bring back what the bank's open entries name; answers how many ended.

    Only what is certain: the amount is that of the payout, and its state is the one before. All
    else waits for a person, as other entries do.
    """
    ended = 0
    # The oldest first: what left before what came back.
    for entry in BankEntry.objects.open()[:_LOOKED_AT_MAX]:
        named = _NAME.findall("".join(entry.words.split()).upper())
        if len(set(named)) == 1:
            ended += _match(entry.pk, UUID(named[0]), now)
    return ended


@transaction.atomic
def _match(entry_id: int, payout_id: UUID, now: datetime) -> bool:
    entry = BankEntry.objects.select_for_update().get(id=entry_id)
    ours = Payout.objects.exclude(way=Payout.Way.PROVIDER)
    payout = ours.filter(id=payout_id, currency=entry.currency).first()
    if payout is None or BankEnd.objects.filter(entry=entry).exists():
        return False
    has_left = payout.state == Payout.State.SETTLED
    if payout.state == Payout.State.SENT and entry.amount == -payout.paid:
        reference = entry.bank_ref or f"{entry.booked_on} {payout.end_to_end_id}"
        settle(payout_id=payout_id, reference=reference, now=now)
        step = ":settled"
    elif has_left and entry.is_return and entry.amount == payout.paid:
        reason = entry.return_reason or "The bank does not say why."
        bring_back(payout_id=payout_id, reason=reason, now=now)
        step = ":returned"
    else:
        return False
    BankEnd.objects.create(
        entry=entry,
        how=BankEnd.How.PAYEE,
        reason=f"It is the payout {payout.end_to_end_id}.",
        ledger_key=entry_key(payout, step),
        ended_at=now,
    )
    return True
