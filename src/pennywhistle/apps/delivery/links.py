"""Links to what somebody owns, for programs that are not signed in: signed, for some hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.core import signing
from django.utils.crypto import constant_time_compare

from pennywhistle.apps.delivery.errors import DeliveryError
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from pennywhistle.apps.orders.models import Entitlement

# As long as an album in studio quality takes on a slow line.
LINK_LIFE = timedelta(hours=6)
_SALT = "pennywhistle.delivery.link"
_EPOCH_CHARS = 16


class LinkRefusedError(DeliveryError):
    """The link has expired, was edited, or was made before its owner's password or our key changed.

    Which of these it is, a stranger is not told.
    """

    code = "link-refused"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to, if its user still owns it; `track` is a public id, or empty."""

    user: User
    entitlement_id: int
    recipe: str
    track: str = ""


def make_link(*, owned: Entitlement, recipe: str, track: str = "", now: datetime) -> str:
    """A token for the address of something owned.

    Whoever has it can fetch that one file until it expires; nothing else is in it. It holds an
    epoch of its owner: a change of password ends all links at once.
    """
    expires_at = int((now + LINK_LIFE).timestamp())
    parts = [owned.buyer_id, _epoch(owned.buyer), owned.pk, recipe, track, expires_at]
    return signing.dumps(parts, salt=_SALT)


def read_link(token: str, *, now: datetime) -> Link:
    """What the token is for. Raises LinkRefusedError."""
    try:
        user_id, epoch, entitlement_id, recipe, track, expires_at = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise LinkRefusedError("The link is not ours.") from error
    if now >= datetime.fromtimestamp(expires_at, tz=UTC):
        raise LinkRefusedError("The link has expired.")
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(_epoch(user), epoch):
        raise LinkRefusedError("The link's owner has ended it.")
    return Link(user, entitlement_id, recipe, track)


def _epoch(user: User) -> str:
    return user.get_session_auth_hash()[:_EPOCH_CHARS]
