"""Opening and closing doors: by operators, and by the store itself when something goes wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import Checks, Level
from pennywhistle.apps.payments.health import health_of
from pennywhistle.apps.payments.holdings import held_by_books
from pennywhistle.apps.payments.models import DoorError, DoorLimit, DoorSwitch
from pennywhistle.apps.payments.models.doors import reason_length_max
from pennywhistle.apps.payments.provider import ProviderClosedError, ProviderError

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.money import Money

logger = logging.getLogger(__name__)

# So long after the store closed a door it tries it again.
try_again_after = timedelta(minutes=15)
errors_kept = timedelta(days=90)

_Cause = DoorSwitch.Cause


@dataclass(frozen=True, slots=True)
class SwitchAsked:
    """Which door, where (empty: everywhere), open or closed, and why."""

    provider: str
    is_open: bool
    reason: str
    user_id: int
    currency: str = ""
    country: str = ""


class DoorWordError(ValueError):
    """There is no such door, or no reason was given."""

    code = "door-word"


@transaction.atomic
def switch_door(*, asked: SwitchAsked, now: datetime) -> None:
    """Let an operator's word hold for a door from now on; it takes the place of their last one.

    Opening a door also ends what the store closed there by itself. The same again changes nothing.
    Raises DoorWordError.
    """
    reason = _checked(asked.provider, asked.reason)
    _lock()
    standing = DoorSwitch.objects.standing().filter(provider=asked.provider)
    if asked.is_open:
        automatic = standing.exclude(cause=_Cause.OPERATOR)
        scoped = (
            automatic.filter(currency__in=["", asked.currency]) if asked.currency else automatic
        )
        scoped.update(closed_at=now)
    same = standing.filter(cause=_Cause.OPERATOR, currency=asked.currency, country=asked.country)
    if same.filter(is_open=asked.is_open, reason=reason).exists():
        return
    same.update(closed_at=now)
    DoorSwitch.objects.create(
        provider=asked.provider,
        currency=asked.currency,
        country=asked.country,
        is_open=asked.is_open,
        cause=_Cause.OPERATOR,
        reason=reason,
        recorded_by_id=asked.user_id,
        recorded_at=now,
    )


@transaction.atomic
def limit_door(*, provider: str, most: Money, reason: str, user_id: int, now: datetime) -> None:
    """Say how much a provider may hold from now on; the same again changes nothing.

    Raises DoorWordError.
    """
    reason = _checked(provider, reason)
    _lock()
    standing = DoorLimit.objects.standing().filter(provider=provider, currency=most.currency)
    if standing.filter(most_micro=most.micro, reason=reason).exists():
        return
    standing.update(closed_at=now)
    DoorLimit.objects.create(
        provider=provider,
        currency=most.currency,
        most_micro=most.micro,
        reason=reason,
        recorded_by_id=user_id,
        recorded_at=now,
    )


def note_refusal(*, provider: str, user_id: int, error: ProviderError, now: datetime) -> None:
    """Keep that a payment could not begin; a provider that says it is closed closes its door."""
    said = str(error)[:reason_length_max]
    DoorError.objects.create(provider=provider, user_id=user_id, code=error.code, said=said, at=now)
    if isinstance(error, ProviderClosedError):
        _close(provider, "", _Cause.FROZEN, said or "It takes no payments.", now)


def review_doors(*, now: datetime) -> None:
    """Close the doors that do badly or hold too much; open again what has got better."""
    DoorError.objects.filter(at__lt=now - errors_kept).delete()
    for code in providers.codes():
        _try_again(code, now)
        health = health_of(code, now=now)
        if health.is_bad and health.rate is not None:
            part = int(health.rate * 100)
            _close(code, "", _Cause.HEALTH, f"{part} % of its payments succeed.", now)
    _review_exposure(now)


def _review_exposure(now: datetime) -> None:
    for limit in DoorLimit.objects.standing():
        held = held_by_books(limit.provider, currency=limit.currency)
        if held > limit.most:
            words = f"It holds {held}, more than {limit.most}."
            _close(limit.provider, limit.currency, _Cause.EXPOSURE, words, now)
    for switch in DoorSwitch.objects.standing().filter(cause=_Cause.EXPOSURE):
        most = DoorLimit.objects.standing().filter(
            provider=switch.provider, currency=switch.currency
        )
        held = held_by_books(switch.provider, currency=switch.currency)
        if not any(held > limit.most for limit in most):
            _reopen(switch, now)


def _try_again(code: str, now: datetime) -> None:
    """After a while a door opens for a try; a frozen one, unless its provider says it still is.

    Should it do badly again, it closes again: only what happened since then counts.
    """
    closed = DoorSwitch.objects.standing().filter(
        provider=code,
        cause__in=[_Cause.FROZEN, _Cause.HEALTH],
        recorded_at__lte=now - try_again_after,
    )
    for switch in closed:
        # What else the provider may find wrong has not closed a door for its health.
        if switch.cause != _Cause.FROZEN or not _is_wrong(code, now):
            _reopen(switch, now)


def _is_wrong(code: str, now: datetime) -> bool:
    provider = providers.provider(code)
    if not isinstance(provider, Checks):
        return False
    found = provider.check(
        notify_url=f"{settings.ORIGIN}/hooks/{code}/", currency=the_store().currency, now=now
    )
    return any(each.level is Level.WRONG for each in found)


def _close(provider: str, currency: str, cause: str, reason: str, now: datetime) -> None:
    standing = DoorSwitch.objects.standing().filter(provider=provider, currency=currency)
    if standing.filter(cause=cause, country="").exists():
        return
    # Of two at once, the second one's is left out.
    DoorSwitch.objects.bulk_create(
        [
            DoorSwitch(
                provider=provider,
                currency=currency,
                is_open=False,
                cause=cause,
                reason=reason,
                recorded_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    logger.warning("The door %s is closed: %s", provider, reason)


def _reopen(switch: DoorSwitch, now: datetime) -> None:
    DoorSwitch.objects.standing().filter(pk=switch.pk).update(closed_at=now)
    logger.warning("The door %s, closed for %s, is open again.", switch.provider, switch.cause)


def _checked(provider: str, reason: str) -> str:
    if provider not in providers.codes():
        raise DoorWordError(f"The store has no door {provider!r}.")
    if not reason.strip():
        raise DoorWordError("Say why.")
    return reason.strip()[:reason_length_max]


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments_doors'))")
