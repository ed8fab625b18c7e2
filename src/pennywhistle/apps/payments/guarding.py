"""Card testing and fraud: how many payments are let begin, and who has to wait or solve a puzzle.

Whoever tries stolen cards needs many cheap payments. So they are counted by account, by card and by
network, within windows of time; where most payments of the whole store fail, people who have paid
before pass and newcomers solve a puzzle first. Nothing here tells why a card was declined.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Max, Sum

from pennywhistle.apps.payments.errors import PuzzleNeededError, TooManyError
from pennywhistle.apps.payments.models import Chargeback, SpentPuzzle, TopUp, Trace
from pennywhistle.apps.payments.puzzle import lifetime as puzzle_lifetime

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.provider import Payment

hour, day = timedelta(hours=1), timedelta(days=1)
# As long as banks take payments back, and some time to answer.
traces_kept = timedelta(days=540)
# A payment that is so long ago, and was not taken back, makes somebody known.
known_after = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many payments within a time."""

    most: int
    window: timedelta


account_limits = (Limit(10, hour), Limit(30, day))
card_limits = (Limit(10, hour), Limit(20, day))
# Of an IPv4 network of 256 addresses, or of an IPv6 network of 64 bits; and of the next larger one.
network_limits = (Limit(30, hour), Limit(150, day))
wide_limits = (Limit(120, hour),)
# So many payments that failed in a row ask the next one for a puzzle.
failures_of_account = Limit(3, day)
failures_of_network = Limit(10, hour)
# The breaker: so many ended within the window, and so large a part of them failed.
breaker_window = timedelta(minutes=10)
breaker_failures_least = 20
breaker_part_least = Fraction(3, 4)


@dataclass(frozen=True, slots=True)
class Networks:
    """An address and the networks around it, as text."""

    address: str
    network: str
    wide: str


def networks_of(address: str) -> Networks:
    """Of IPv4 its /24 twice; of IPv6 its /64, which is one line, and its /48, one customer.

    Whoever comes by no address that can be read is of one network with all who do.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Networks("", "", "")
    # A socket for both versions tells clients of version 4 as ::ffff:192.0.2.1.
    known = getattr(parsed, "ipv4_mapped", None) or parsed
    near, far = (24, 24) if known.version == 4 else (64, 48)  # noqa: PLR2004 (the other version)
    return Networks(
        str(known),
        str(ipaddress.ip_network((known, near), strict=False)),
        str(ipaddress.ip_network((known, far), strict=False)),
    )


def is_known(*, user_id: int, now: datetime) -> bool:
    """Whether somebody paid before, some time ago, and no bank has taken anything back."""
    paid = TopUp.objects.filter(
        user=user_id, state=TopUp.State.PAID, settled_at__lte=now - known_after
    )
    return paid.exists() and not Chargeback.objects.standing().filter(top_up__user=user_id).exists()


def require_room(*, user_id: int, address: str, now: datetime) -> None:
    """Let somebody begin a payment, or raise TooManyError; who is known is not counted by network.

    Called inside the transaction that begins the payment, so that two at once count each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments_trace'), %s)", [user_id])
    _require(account_limits, {"user": user_id}, now)
    recent = Trace.objects.filter(user=user_id, created_at__gt=now - day).exclude(fingerprint="")
    cards = set(recent.values_list("fingerprint", flat=True))
    for fingerprint in sorted(cards):
        _require(card_limits, {"fingerprint": fingerprint}, now)
    if not is_known(user_id=user_id, now=now):
        around = networks_of(address)
        _require(network_limits, {"network": around.network}, now)
        _require(wide_limits, {"network_wide": around.wide}, now)


def needs_puzzle(*, user_id: int, address: str, now: datetime) -> bool:
    """Whether so much failed that a payment begins only behind a puzzle."""
    if _failed_in_a_row(user_id, now) >= failures_of_account.most:
        return True
    if is_known(user_id=user_id, now=now):
        return False
    failed = Trace.objects.filter(
        network=networks_of(address).network,
        created_at__gt=now - failures_of_network.window,
        top_up__state=TopUp.State.FAILED,
    )
    return failed.count() >= failures_of_network.most or is_tripped(now=now)


def is_tripped(*, now: datetime) -> bool:
    """Whether most payments of the store fail just now."""
    failed, ended = declines(now=now)
    return failed >= breaker_failures_least and Fraction(failed, ended) >= breaker_part_least


def declines(*, now: datetime) -> tuple[int, int]:
    """How many payments were declined within the breaker's window, and of how many attempts.

    On a provider's page one payment may be tried with many cards: each decline counts.
    """
    since = now - breaker_window
    ended = TopUp.objects.filter(settled_at__gt=since, settled_at__lte=now).exclude(provider_ref="")
    untold = ended.filter(state=TopUp.State.FAILED).exclude(trace__decline_count__gt=0).count()
    tried = Trace.objects.filter(created_at__gt=since).aggregate(count=Sum("decline_count"))
    declined = untold + int(tried["count"] or 0)
    return declined, declined + ended.filter(state=TopUp.State.PAID).count()


def spend_puzzle(*, nonce: str, now: datetime) -> None:
    """Use a solved puzzle. Raises PuzzleNeededError where it was used before.

    Inside the transaction that begins the payment: who is refused for another reason keeps it.
    """
    made = SpentPuzzle.objects.get_or_create(nonce=nonce, defaults={"spent_at": now})[1]
    if not made:
        raise PuzzleNeededError("This puzzle was used before.")


def note_payment(top_up: TopUp, payment: Payment) -> None:
    """Keep by what a top-up was paid or tried: what the next ones are counted by."""
    Trace.objects.filter(top_up=top_up).update(
        fingerprint=payment.fingerprint[:120],
        scheme=payment.network[:30],
        is_challenged=payment.is_challenged,
        decline_count=payment.decline_count,
    )


def forget_old(*, now: datetime) -> None:
    """Delete traces that no bank asks for any more, and puzzles that have ended."""
    Trace.objects.filter(created_at__lt=now - traces_kept).delete()
    SpentPuzzle.objects.filter(spent_at__lt=now - 2 * puzzle_lifetime).delete()


def _require(limits: tuple[Limit, ...], who: dict[str, object], now: datetime) -> None:
    for limit in limits:
        mine = Trace.objects.filter(**who, created_at__gt=now - limit.window)
        times = list(
            mine.order_by("-created_at").values_list("created_at", flat=True)[: limit.most]
        )
        if len(times) == limit.most:
            # The oldest of them has to leave the window.
            wait_s = int((times[-1] + limit.window - now).total_seconds()) + 1
            raise TooManyError(wait_s)


def _failed_in_a_row(user_id: int, now: datetime) -> int:
    """How many of somebody's payments failed since the last one that was paid, within the time."""
    mine = TopUp.objects.filter(user=user_id)
    last = mine.filter(state=TopUp.State.PAID).aggregate(at=Max("settled_at"))["at"]
    since = now - failures_of_account.window
    failed = mine.filter(
        state=TopUp.State.FAILED, settled_at__gt=max(last, since) if last else since
    )
    return failed.exclude(provider_ref="").count()
