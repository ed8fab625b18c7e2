"""Reading a provider's balance report: each of its lines is kept once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Min

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import TellsMovements
from pennywhistle.apps.payments.models import ProviderMovement, TopUp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pennywhistle.apps.payments.abilities import Movement

# Reports are read again from so long before the newest line: lines come late, with earlier days.
overlap = timedelta(days=14)
_per_query = 500


def read_report(*, code: str, now: datetime) -> list[str]:
    """Keep the lines that are new; answers with the names of those that say something else by now.

    No transaction is open while the provider is asked. A provider without a report has none.
    Raises ProviderError.
    """
    door = providers.provider(code)
    if not isinstance(door, TellsMovements):
        return []
    newest = ProviderMovement.objects.filter(provider=code).aggregate(at=Max("moved_at"))["at"]
    first = TopUp.objects.filter(provider=code).aggregate(at=Min("created_at"))["at"]
    since = (newest or first or now) - overlap
    return _keep(code, door.movements(since=since), now)


@transaction.atomic
def _keep(code: str, told: Iterable[Movement], now: datetime) -> list[str]:
    by_ref = {each.ref: _row(code, each, now) for each in told}
    rows = list(by_ref.values())
    ProviderMovement.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_per_query)
    changed = []
    for known in ProviderMovement.objects.filter(provider=code, ref__in=list(by_ref)):
        told_now = by_ref[known.ref]
        facts = (known.amount_micro, known.fee_micro, known.currency)
        if facts != (told_now.amount_micro, told_now.fee_micro, told_now.currency):
            changed.append(known.ref)
    return sorted(changed)


def _row(code: str, told: Movement, now: datetime) -> ProviderMovement:
    return ProviderMovement(
        provider=code,
        ref=told.ref,
        kind=told.kind,
        amount_micro=told.amount.micro,
        fee_micro=told.fee.micro,
        currency=told.amount.currency,
        moved_at=told.at,
        available_at=told.available_at,
        source_ref=told.source_ref,
        reference=told.reference,
        read_at=now,
    )
