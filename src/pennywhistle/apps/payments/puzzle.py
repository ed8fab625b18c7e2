"""A puzzle that costs a computer a second: to find a number whose SHA-256 begins with zeros.

It is made and checked here and asks no other company. The challenge is signed with its time and its
account, so that the store keeps nothing until one is used; it is used once. A browser without
scripts waits instead: the same challenge, unsolved, counts when it is old enough.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing

_SALT = "payments.puzzle"
# 2^17 tries on average: half a second to a few on a telephone, and for every single payment.
zero_bits = 17
lifetime = timedelta(hours=1)
wait_instead = timedelta(minutes=5)
token_length_max = 300
_SOLUTION = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is asked of an account: `token` goes to the browser and comes back."""

    token: str
    nonce: str
    made_at: datetime


def make_challenge(*, user_id: int, now: datetime) -> Challenge:
    """A new one, for one account."""
    nonce = secrets.token_hex(16)
    token = signing.dumps([nonce, user_id, int(now.timestamp())], salt=_SALT)
    return Challenge(token, nonce, now)


def read_challenge(token: str, *, user_id: int, now: datetime) -> Challenge | None:
    """The challenge that the store made for this account, unless it is too old or another's."""
    if len(token) > token_length_max:
        return None
    try:
        nonce, whose, made_s = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    made_at = datetime.fromtimestamp(made_s, tz=UTC)
    if whose != user_id or not timedelta(0) <= now - made_at + timedelta(seconds=1) <= lifetime:
        return None
    return Challenge(token, nonce, made_at)


def is_answered(challenge: Challenge, solution: str, *, now: datetime) -> bool:
    """Whether it is solved, or was waited for long enough."""
    return is_solved(challenge.token, solution) or now - challenge.made_at >= wait_instead


def is_solved(token: str, solution: str) -> bool:
    """Whether SHA-256 of the token, a colon and the number begins with enough zero bits."""
    if not _SOLUTION.fullmatch(solution):
        return False
    digest = hashlib.sha256(f"{token}:{solution}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - zero_bits) == 0
