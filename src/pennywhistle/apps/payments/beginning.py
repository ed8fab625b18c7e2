"""Whether a payment may begin: its door is open, and nobody tries too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.payments import guarding
from pennywhistle.apps.payments.doors import require_open
from pennywhistle.apps.payments.errors import PuzzleNeededError
from pennywhistle.apps.payments.models import Trace
from pennywhistle.apps.payments.puzzle import is_answered, read_challenge

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.models import TopUp

# Doors where there are no cards to be tried.
doors_without_cards = frozenset({"bank", "btcpay"})


@dataclass(frozen=True, slots=True)
class Way:
    """From where a buyer comes: country, network address, and an answered puzzle if one was set."""

    country: str = ""
    address: str = ""
    challenge: str = ""
    solution: str = ""


def let_begin(top_up: TopUp, way: Way, *, now: datetime) -> None:
    """Keep from where a new top-up comes, in the transaction that makes it, or refuse it.

    Raises DoorClosedError, TooManyError, PuzzleNeededError.
    """
    require_open(top_up.provider, currency=top_up.currency, country=way.country)
    guarding.require_room(user_id=top_up.user_id, address=way.address, now=now)
    if top_up.provider not in doors_without_cards:
        _require_puzzle(top_up.user_id, way, now)
    around = guarding.networks_of(way.address)
    Trace.objects.create(
        top_up=top_up,
        user_id=top_up.user_id,
        created_at=now,
        address=around.address,
        network=around.network,
        network_wide=around.wide,
        is_challenge_asked=not guarding.is_known(user_id=top_up.user_id, now=now),
    )


def _require_puzzle(user_id: int, way: Way, now: datetime) -> None:
    if not guarding.needs_puzzle(user_id=user_id, address=way.address, now=now):
        return
    challenge = read_challenge(way.challenge, user_id=user_id, now=now)
    if challenge is None or not is_answered(challenge, way.solution, now=now):
        raise PuzzleNeededError("Too many payments failed: a puzzle comes first, or a wait.")
    guarding.spend_puzzle(nonce=challenge.nonce, now=now)
