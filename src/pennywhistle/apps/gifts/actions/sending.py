"""What is noted of gift mails, and who wants none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from pennywhistle.apps.gifts.models import Gift, NoGifts
from pennywhistle.apps.gifts.queries import (
    address_of,
    address_sha256,
    gift_mailed,
    is_unwanted,
    secret_of,
    sha256_of_secret,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@transaction.atomic
def renew_secret(*, gift_id: UUID) -> str:
    """The gift's secret; a new one where the store's key changed and no mail brought the first.

    A new one ends the earlier link: only the mail that brings it, or its giver's own word, asks.

    Empty where the mail went out and the key changed since: the secret is with its recipient only.
    """
    gift = Gift.objects.select_for_update().get(id=gift_id)
    secret = secret_of(gift)
    if secret or gift.sent_at is not None:
        return secret
    gift.serial += 1
    gift.token_sha256 = sha256_of_secret(gift.subject)
    gift.save(update_fields=["serial", "token_sha256"])
    return secret_of(gift)


def note_sent(*, gift_id: UUID, now: datetime) -> None:
    """The mail is on its way; it is not sent again."""
    Gift.objects.filter(id=gift_id, sent_at__isnull=True).update(sent_at=now)


def note_failed(*, gift_id: UUID) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    Gift.objects.filter(id=gift_id).update(try_count=F("try_count") + 1)


def leave_out_unwanted(*, gift_id: UUID) -> bool:
    """Whether the gift's address takes none; then it is noted, and never sent."""
    gift = Gift.objects.select_related("to_user").get(id=gift_id)
    if not is_unwanted(gift):
        return False
    Gift.objects.filter(id=gift_id, sent_at__isnull=True).update(is_unwanted=True)
    return True


@transaction.atomic
def want_no_gifts(*, token: str, now: datetime) -> bool:
    """The holder of the gift's address wants no more of these mails; False for a wrong secret.

    It is the one that only the mail has (`stop_secret_of`): who gives, or finds the gift's link,
    shuts out nobody.
    """
    gift = gift_mailed(token)
    address = address_of(gift) if gift is not None else ""
    if not address:
        return False
    NoGifts.objects.get_or_create(address_sha256=address_sha256(address), defaults={"said_at": now})
    return True
