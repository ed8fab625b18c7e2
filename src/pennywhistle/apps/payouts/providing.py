"""Payouts by a payment provider that can: told once, under one key, and asked until they ended.

Three steps, so that no transaction is open while the provider is asked: commit that it is told;
tell it; note the answer. Cut off in between, the clock tells it again under the same key, which is
the same payout there.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import PayoutState, PaysOut
from pennywhistle.apps.payments.provider import PayoutRefusedError, ProviderError
from pennywhistle.apps.payouts.approving import locked
from pennywhistle.apps.payouts.errors import ProviderCannotError, StateWrongError
from pennywhistle.apps.payouts.models import Payout
from pennywhistle.apps.payouts.sending import mark_sent, require_good
from pennywhistle.apps.payouts.settling import fail, settle

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

logger = logging.getLogger(__name__)
ASKED_AT_ONCE = 100


def paying_providers() -> list[str]:
    """The codes of this store's providers that pay out."""
    return list(_paying())


def _paying() -> dict[str, PaysOut]:
    found = ((code, providers.provider(code)) for code in providers.codes())
    return {code: provider for code, provider in found if isinstance(provider, PaysOut)}


def send_by_provider(*, payout_id: UUID, code: str, now: datetime) -> Payout:
    """Have a provider send an approved payout to the payee's account with it.

    Said again, it is the same payout, and how it stands. A provider that does not answer is asked
    by the clock.

    Raises:
        ProviderCannotError: the store has no such provider, or it does not pay out, or not to
            accounts such as the payee's.
        StateWrongError: it is not approved, or was sent otherwise.
        DetailsChangedError: money came back from that account meanwhile.
    """
    by = _paying().get(code)
    if by is None:
        raise ProviderCannotError(f"{code[:40]} does not pay out in this store.")
    account = Payout.objects.select_related("details").get(id=payout_id).details.account
    if not by.takes_account(account=account):
        raise ProviderCannotError(f"{code} cannot send to the account that the payee entered.")
    _note_told(payout_id, code, now)
    try:
        return ask(payout_id=payout_id, now=now)
    except ProviderError as error:
        logger.warning("Payout %s waits: %s", payout_id, error)
    return Payout.objects.get(id=payout_id)


def ask(*, payout_id: UUID, now: datetime) -> Payout:
    """Tell the provider of a payout, or ask how it stands, which is the same; note the answer.

    Raises ProviderError: it does not answer; ask again later.
    """
    payout = Payout.objects.select_related("details").get(id=payout_id)
    if payout.state != Payout.State.SENT or payout.way != Payout.Way.PROVIDER:
        return payout
    code = payout.reference.split()[0]
    by = providers.provider(code)
    assert isinstance(by, PaysOut), "it was asked for before anything was sent"
    try:
        answer = by.pay_out(key=str(payout.id), amount=payout.paid, account=payout.details.account)
    except PayoutRefusedError as error:
        return fail(payout_id=payout_id, reason=str(error), now=now, provider=code)
    if answer.state is PayoutState.PAID:
        return settle(payout_id=payout_id, reference=answer.ref, now=now, provider=code)
    if answer.state is PayoutState.FAILED:
        reason = answer.reason or f"{code} did not say why."
        return fail(payout_id=payout_id, reason=reason, now=now, provider=code)
    return payout


def ask_open(*, now: datetime) -> int:
    """Ask about the payouts that are with providers; answers how many ended."""
    with_them = Payout.objects.filter(state=Payout.State.SENT, way=Payout.Way.PROVIDER)
    ended = 0
    for payout_id in with_them.order_by("sent_at").values_list("id", flat=True)[:ASKED_AT_ONCE]:
        try:
            ended += ask(payout_id=payout_id, now=now).state != Payout.State.SENT
        except ProviderError as error:
            logger.warning("Payout %s waits: %s", payout_id, error)
    return ended


@transaction.atomic
def _note_told(payout_id: UUID, code: str, now: datetime) -> None:
    payout = locked(payout_id)
    if payout.way == Payout.Way.PROVIDER and payout.reference.split()[0] == code:
        return
    if payout.state != Payout.State.APPROVED:
        raise StateWrongError(f"This payout is {payout.get_state_display()}.")
    require_good(payout)
    mark_sent(payout, Payout.Way.PROVIDER, code, now)
