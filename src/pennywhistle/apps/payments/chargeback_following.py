"""Asking all providers what banks say of payments, by the clock; one trouble stops no other."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Max

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import TellsDisputes, TellsWarnings
from pennywhistle.apps.payments.chargebacks import (
    ChargebackError,
    hold_what_came_back,
    note_dispute,
    note_warning,
    refresh_dispute,
    refund_warned,
)
from pennywhistle.apps.payments.errors import TopUpError
from pennywhistle.apps.payments.models import Chargeback
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import MoneyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pennywhistle.apps.payments.provider import Provider

logger = logging.getLogger(__name__)

# How far back a provider is asked where nothing is known yet, and by how much it is asked again.
looked_back = timedelta(days=120)
overlap = timedelta(days=2)

_Kind = Chargeback.Kind


def follow_chargebacks(*, now: datetime) -> int:
    """Ask all providers about disputes and warnings; answers how many are open.

    One provider that does not answer, and one dispute that cannot be booked, stop none of the
    others.
    """
    for code in providers.codes():
        by = providers.provider(code)
        _tried(f"What {code} tells of disputes", partial(_follow_disputes, code, by, now))
        _tried(f"What {code} tells of fraud", partial(_follow_warnings, code, by, now))
    hold_what_came_back(now=now)
    return Chargeback.objects.open().count()


def _follow_disputes(code: str, by: Provider, now: datetime) -> None:
    if not isinstance(by, TellsDisputes):
        return
    found = {each.ref: each for each in by.disputes(since=_since(code, _Kind.DISPUTE, now))}
    mine = Chargeback.objects.filter(provider=code, kind=_Kind.DISPUTE).open()
    others = [ref for ref in mine.values_list("ref", flat=True) if ref not in found]
    for told in found.values():
        note = partial(note_dispute, provider_code=code, told=told, now=now)
        _tried(f"Dispute {told.ref} of {code}", note)
    for ref in others:
        ask = partial(refresh_dispute, provider_code=code, ref=ref, now=now)
        _tried(f"Dispute {ref} of {code}", ask)


def _follow_warnings(code: str, by: Provider, now: datetime) -> None:
    if not isinstance(by, TellsWarnings):
        return
    for told in by.warnings(since=_since(code, _Kind.WARNING, now)):
        if told.is_actionable:
            note = partial(note_warning, provider_code=code, told=told, now=now)
            _tried(f"Warning {told.ref} of {code}", note)
    for row in Chargeback.objects.filter(provider=code, state=Chargeback.State.REFUNDING):
        _tried(f"The refund of {row}", partial(refund_warned, chargeback_id=row.id, now=now))


def _tried(what: str, do: Callable[[], object]) -> None:
    try:
        do()
    except (ChargebackError, MoneyError, ProviderError, TopUpError) as error:
        logger.error("%s waits: %s", what, error)  # noqa: TRY400 (a known case, told in one line)


def _since(code: str, kind: str, now: datetime) -> datetime:
    known = Chargeback.objects.filter(provider=code, kind=kind).aggregate(at=Max("opened_at"))["at"]
    return known - overlap if known else now - looked_back
