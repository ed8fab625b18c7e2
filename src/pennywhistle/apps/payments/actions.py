"""Topping up: the intent is committed before the provider is asked, and applied exactly once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.beginning import Way, let_begin
from pennywhistle.apps.payments.bonus import bonus_for
from pennywhistle.apps.payments.chargebacks import refresh_dispute
from pennywhistle.apps.payments.errors import (
    AmountOutOfRangeError,
    AmountTooFineError,
    CurrencyRefusedError,
    DoorClosedError,
    PaymentDiffersError,
    PuzzleNeededError,
    TooManyError,
    TopUpEndedError,
    TopUpError,
    TopUpKeyReusedError,
)
from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.apps.payments.models import BonusStep, ProviderNotice, TopUp, Trace
from pennywhistle.apps.payments.paying_back import refresh_paybacks_of
from pennywhistle.apps.payments.provider import About, KeyReusedError, ProviderError
from pennywhistle.apps.payments.providers import provider
from pennywhistle.apps.payments.switching import note_refusal
from pennywhistle.apps.payments.work import (
    ask_again_after_s_min,
    never_started_after_s,
    refresh_top_up,
)
from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.apps.payments.provider import Notice

__all__ = [
    "AmountOutOfRangeError",
    "AmountTooFineError",
    "BonusStepError",
    "CurrencyRefusedError",
    "DoorClosedError",
    "PaymentDiffersError",
    "PuzzleNeededError",
    "TooManyError",
    "TopUpAsked",
    "TopUpEndedError",
    "TopUpError",
    "TopUpKeyReusedError",
    "Way",
    "refresh_top_up",
    "set_bonus_step",
    "start_top_up",
    "take_notice",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TopUpAsked:
    """What the buyer asked for; `key` was made before the click."""

    user_id: int
    amount: Money
    provider_code: str
    key: str
    return_path: str
    way: Way = field(default_factory=Way)


def start_top_up(*, asked: TopUpAsked, origin: str, now: datetime) -> str:
    """Begin a top-up and answer with the address where the buyer pays.

    Three steps, so that no transaction is open while the provider is asked: commit the intent,
    ask, note the answer. The same key again goes on with the same intent; once it is paid, the
    answer is the page of the top-up.

    Raises:
        TopUpError: one of its kinds in `errors`; nobody is sent anywhere to pay.
        ProviderUnknownError: the store has no such provider.
        ProviderError: the provider does not answer; the same call again goes on.
    """
    _require_chargeable(asked.amount)
    door = provider(asked.provider_code)
    top_up = _intend(asked, now)
    page = f"{origin}/balance/top-ups/{top_up.id}/"
    if top_up.state == TopUp.State.PAID:
        return page
    try:
        started = door.start(
            reference=str(top_up.id),
            amount=asked.amount,
            return_url=page,
            notify_url=f"{origin}/hooks/{asked.provider_code}/",
            challenge=Trace.objects.filter(top_up=top_up, is_challenge_asked=True).exists(),
        )
    except KeyReusedError:
        raise
    except ProviderError as error:
        note_refusal(provider=door.code, user_id=asked.user_id, error=error, now=now)
        raise
    TopUp.objects.filter(id=top_up.id, state=TopUp.State.CREATED).update(
        state=TopUp.State.PENDING,
        provider_ref=started.provider_ref,
        due_at=now + timedelta(seconds=ask_again_after_s_min),
    )
    _require_open(TopUp.objects.get(id=top_up.id))
    return started.redirect_url


def take_notice(
    *, provider_code: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> None:
    """Take a webhook: check its signature, then ask the provider itself; its words are not used.

    A notice that was taken before does nothing. One about a payment that the store does not know
    is logged and not kept, so that it counts when it comes again. One about a dispute has the
    provider asked about it; what a notice about anything else tells is found out by the clock.

    Raises:
        NoticeRefusedError: the signature is wrong, or the notice is stale.
        ProviderError: the provider does not answer; the same notice again goes on.
        PaymentDiffersError: the provider speaks of another payment; nothing is credited.
    """
    notice = provider(provider_code).read_notice(body=body, headers=headers)
    if ProviderNotice.objects.taken(provider=provider_code, notice_id=notice.notice_id).exists():
        return
    if notice.about is About.DISPUTE:
        refresh_dispute(provider_code=provider_code, ref=notice.provider_ref, now=now)
    if notice.about is not About.PAYMENT:
        return
    top_up = _told_of(provider_code, notice)
    if top_up is None:
        said = notice.provider_ref or notice.reference
        logger.warning("%s tells of the payment %s, which no top-up has.", provider_code, said)
        return
    refresh_top_up(top_up_id=top_up.id, now=now)
    refresh_paybacks_of(top_up_id=top_up.id, now=now)
    ProviderNotice.objects.get_or_create(
        provider=provider_code,
        notice_id=notice.notice_id,
        defaults={"provider_ref": top_up.provider_ref, "received_at": now},
    )


def _told_of(provider_code: str, notice: Notice) -> TopUp | None:
    if notice.provider_ref:
        return TopUp.objects.known_as(provider=provider_code, ref=notice.provider_ref).first()
    try:
        top_up_id = UUID(notice.reference)
    except ValueError:
        return None
    return TopUp.objects.filter(id=top_up_id, provider=provider_code).first()


class BonusStepError(ValueError):
    """The step is from no amount on, or gives nothing, or more than is paid in."""

    code = "bonus-step"


@transaction.atomic
def set_bonus_step(*, least: Money, part: Fraction, now: datetime) -> None:
    """Promise a part on top of what is paid in, from an amount on; 0 promises nothing there.

    The step of the same amount gives way; top-ups that have begun keep what they were promised.
    Raises BonusStepError.
    """
    if least.micro <= 0 or not 0 <= part <= 1:
        raise BonusStepError("A step is from an amount above zero, and gives 0 to 100 %.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments_bonusstep'))")
    same = BonusStep.objects.open(currency=least.currency).filter(from_micro=least.micro)
    if same.filter(numerator=part.numerator, denominator=part.denominator).exists():
        return
    same.update(closed_at=now)
    if part:
        BonusStep.objects.create(
            currency=least.currency,
            from_micro=least.micro,
            numerator=part.numerator,
            denominator=part.denominator,
            recorded_at=now,
        )


def _require_chargeable(amount: Money) -> None:
    currency = the_store().currency
    if amount.currency != currency:
        raise CurrencyRefusedError(f"Balances are kept in {currency}, not in {amount.currency}.")
    least, most = top_up_bounds(currency)
    if not least <= amount <= most:
        raise AmountOutOfRangeError(f"A top-up is from {least} to {most}.")
    coin = Money(micro_per_minor_unit(currency), currency)
    if amount.micro % coin.micro:
        raise AmountTooFineError(f"A top-up is a whole number of {coin}; {amount} is not.")


@transaction.atomic
def _intend(asked: TopUpAsked, now: datetime) -> TopUp:
    due_at = now + timedelta(seconds=never_started_after_s)
    made, is_new = TopUp.objects.get_or_create(
        user_id=asked.user_id,
        key=asked.key,
        defaults={
            "provider": asked.provider_code,
            "amount_micro": asked.amount.micro,
            "currency": asked.amount.currency,
            # As it was promised before paying; the table may change until the money arrives.
            "bonus_micro": bonus_for(asked.amount).micro,
            "return_path": asked.return_path,
            "created_at": now,
            "due_at": due_at,
        },
    )
    if is_new:
        let_begin(made, asked.way, now=now)
    top_up = TopUp.objects.select_for_update().get(id=made.id)
    known = (top_up.provider, top_up.amount_micro, top_up.currency)
    if known != (asked.provider_code, asked.amount.micro, asked.amount.currency):
        raise TopUpKeyReusedError("This top-up was already begun with another amount.")
    _require_open(top_up)
    if top_up.state == TopUp.State.CREATED:
        # It does not expire while the provider is being asked.
        top_up.due_at = due_at
        top_up.save(update_fields=["due_at"])
    return top_up


def _require_open(top_up: TopUp) -> None:
    if top_up.state == TopUp.State.FAILED:
        raise TopUpEndedError("This top-up has ended unpaid. Nothing was charged; begin a new one.")
