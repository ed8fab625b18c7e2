"""How well payments succeed at each door lately, from the store's own top-ups.

Each account counts once, by its newest payment: who tries stolen cards closes no door for others.
What is long ago counts less, by half with each `half_life`. Who cancels or goes away says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import F

from pennywhistle.apps.payments.models import DoorError, DoorSwitch, TopUp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

window = timedelta(hours=4)
half_life = timedelta(minutes=30)
rows_read_max = 2_000
# What ends later was left lying, which says nothing about its provider.
ended_within = timedelta(hours=3)
# Fewer accounts, as they count now, say nothing.
weight_least = Fraction(4)
# Below the first no payment is sent there, below the second only where no other door is open.
rate_open_least = Fraction(1, 4)
rate_good_least = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one account fared at a door, last."""

    user_id: int
    at: datetime
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Health:
    """What part of the payments at a door succeeds; None while too few say so."""

    provider: str
    account_count: int
    rate: Fraction | None

    @property
    def is_bad(self) -> bool:
        """Whether its door should close."""
        return self.rate is not None and self.rate < rate_open_least

    @property
    def is_good(self) -> bool:
        """Whether it is offered before those that are not."""
        return self.rate is None or self.rate >= rate_good_least


def health_of(provider: str, *, now: datetime) -> Health:
    """How a door does now; since it last opened again, what was before counts no more."""
    reopened = DoorSwitch.objects.filter(
        provider=provider, cause__in=["health", "frozen"], closed_at__isnull=False
    ).order_by("-closed_at")
    last = reopened.values_list("closed_at", flat=True).first()
    since = max(now - window, last) if last else now - window
    newest = _newest_of_each(_outcomes(provider, since, now))
    weights = [(weight_at(now - each.at), each.is_paid) for each in newest]
    total = sum((weight for weight, _ in weights), Fraction(0))
    if total < weight_least:
        return Health(provider, len(newest), None)
    paid = sum((weight for weight, is_paid in weights if is_paid), Fraction(0))
    return Health(provider, len(newest), paid / total)


def weight_at(age: timedelta) -> Fraction:
    """What something counts that is so long ago; halved in steps, so that it stays exact."""
    return Fraction(1, 2 ** max(0, age // half_life))


def _outcomes(provider: str, since: datetime, now: datetime) -> list[Outcome]:
    ended = (
        TopUp.objects.filter(provider=provider, settled_at__gt=since, settled_at__lte=now)
        .filter(settled_at__lte=F("created_at") + ended_within)
        .exclude(provider_ref="")
        # Given up by its buyer: nobody declined it.
        .exclude(state=TopUp.State.FAILED, trace__decline_count=0)
        .order_by("-settled_at")
        .values_list("user_id", "settled_at", "state")[:rows_read_max]
    )
    failed = (
        DoorError.objects.since(since)
        .filter(provider=provider, at__lte=now)
        .values_list("user_id", "at")[:rows_read_max]
    )
    found = [Outcome(user_id, at, state == TopUp.State.PAID) for user_id, at, state in ended if at]
    return [*found, *(Outcome(user_id, at, is_paid=False) for user_id, at in failed)]


def _newest_of_each(outcomes: Iterable[Outcome]) -> list[Outcome]:
    newest: dict[int, Outcome] = {}
    for each in sorted(outcomes, key=lambda each: each.at):
        newest[each.user_id] = each
    return list(newest.values())


@dataclass(frozen=True, slots=True)
class Stretch:
    """What ended at a door within one stretch of time."""

    starts_at: datetime
    paid_count: int
    failed_count: int


def stretches(provider: str, *, count: int, length: timedelta, now: datetime) -> list[Stretch]:
    """How payments ended lately, the oldest stretch first; the last one ends now."""
    since = now - count * length
    paid, failed = [0] * count, [0] * count
    for each in _outcomes(provider, since, now):
        place = min(count - 1, (each.at - since) // length)
        if each.is_paid:
            paid[place] += 1
        else:
            failed[place] += 1
    return [Stretch(since + place * length, paid[place], failed[place]) for place in range(count)]
