"""Access tokens of people's programs: made at random, shown once, ended when their owner says."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.users.models import AccessToken, User

if TYPE_CHECKING:
    from datetime import datetime

# So that a token that leaked is known for one wherever it is found.
PREFIX = "pwt_"
TOKENS_MAX = 50
LABEL_CHARS_MAX = 80
_TOKEN_BYTES = 32
_TOKEN_CHARS_MAX = 200
_USE_NOTED_EVERY = timedelta(minutes=5)


class TooManyTokensError(Exception):
    """The person has as many tokens as one may have."""

    code = "too-many-tokens"


@transaction.atomic
def create_token(*, user_id: int, label: str, scope: AccessToken.Scope, now: datetime) -> str:
    """Make a token of 256 bits; this is the only time that it can be seen.

    Raises TooManyTokensError.
    """
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if AccessToken.objects.held_by(user=user).count() >= TOKENS_MAX:
        raise TooManyTokensError(f"There are {TOKENS_MAX} tokens already.")
    token = PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    AccessToken.objects.create(
        user=user, label=label, scope=scope, token_sha256=_digest(token), created_at=now
    )
    return token


def revoke_token(*, user_id: int, token_id: int, now: datetime) -> None:
    """End a token of this person at once; the same again, or another's, changes nothing."""
    AccessToken.objects.filter(id=token_id, user_id=user_id, revoked_at__isnull=True).update(
        revoked_at=now
    )


def user_of_token(token: str, *, scope: AccessToken.Scope, now: datetime) -> User | None:
    """Whose token it is; None for none, a wrong one, a revoked one, one for something else."""
    row = token_meant(token, scope=scope, now=now)
    return row.user if row else None


def token_meant(token: str, *, scope: AccessToken.Scope, now: datetime) -> AccessToken | None:
    """The token's row, with its owner; None as in `user_of_token`."""
    if not token.isascii() or len(token) > _TOKEN_CHARS_MAX:
        return None
    # Found by a hash that its holder cannot steer: how long that takes tells nothing.
    row = (
        AccessToken.objects.filter(
            token_sha256=_digest(token), scope=scope, revoked_at__isnull=True, user__is_active=True
        )
        .select_related("user")
        .first()
    )
    if row is None:
        return None
    if row.used_at is None or now - row.used_at >= _USE_NOTED_EVERY:
        AccessToken.objects.filter(id=row.pk).update(used_at=now)
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
