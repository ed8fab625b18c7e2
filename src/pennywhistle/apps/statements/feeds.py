"""Secret feed addresses: a feed reader finds the latest sales of an account there."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import Membership
from pennywhistle.apps.statements.models import SalesFeed

if TYPE_CHECKING:
    from datetime import datetime

_NOTED_EVERY = timedelta(hours=1)


@transaction.atomic
def open_sales_feed(*, account_number: int, user_id: int, now: datetime) -> str:
    """Make the person's feed address for an account, and return its token; an earlier one ends.

    Only the token's SHA-256 is kept.
    """
    Account.objects.select_for_update().get(number=account_number)
    close_sales_feed(account_number=account_number, user_id=user_id, now=now)
    token = secrets.token_urlsafe(32)
    SalesFeed.objects.create(
        account_id=account_number, user_id=user_id, token_sha256=_digest(token), opened_at=now
    )
    return token


def close_sales_feed(*, account_number: int, user_id: int, now: datetime) -> None:
    """End the person's feed address; it answers no more."""
    mine = SalesFeed.objects.filter(account=account_number, user=user_id, closed_at__isnull=True)
    mine.update(closed_at=now)


def account_of_feed(*, token: str, now: datetime) -> Account | None:
    """Whose sales an address tells; None for one that is unknown, ended, or of who left."""
    held = SalesFeed.objects.filter(token_sha256=_digest(token), closed_at__isnull=True)
    feed = held.select_related("account__party", "user").first()
    if feed is None or not feed.user.is_active:
        return None
    if not Membership.objects.filter(user=feed.user, party=feed.account.party).exists():
        return None
    if feed.used_at is None or feed.used_at < now - _NOTED_EVERY:
        held.update(used_at=now)
    return feed.account


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
