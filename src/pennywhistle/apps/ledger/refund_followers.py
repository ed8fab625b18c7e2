"""Who goes along when a sale is taken back: named at the start, called in its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pennywhistle.apps.ledger.models import Entry

    # Given the refund's new entry, while the subject's balance is locked.
    Follower = Callable[[Entry, datetime], None]

_followers: list[Follower] = []


def follow_refunds(follower: Follower) -> None:
    """From now on, let it go along with each refund; what it raises refuses the refund."""
    if follower not in _followers:
        _followers.append(follower)


def go_along(refund: Entry, now: datetime) -> None:
    """Call each of them."""
    for follower in _followers:
        follower(refund, now)
