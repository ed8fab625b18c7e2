"""What a supplier does about being told: webhooks, feeds, and having seen a notice."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.intake.models import FeedAddress, Hook, HookCall, Notice
from pennywhistle.apps.intake.telling.addresses import AddressRefusedError, target_of
from pennywhistle.apps.intake.telling.jobs import ask_for_turn
from pennywhistle.apps.intake.telling.limits import HOOKS_PER_SUPPLIER_MAX
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "AddressRefusedError",
    "HookStoppedError",
    "TooManyHooksError",
    "mark_seen",
    "open_feed",
    "register_hook",
    "remove_hook",
    "resume_hook",
    "revoke_feed",
    "try_hook",
]


class TooManyHooksError(Exception):
    """The supplier has as many webhooks as one may have."""

    code = "too-many-hooks"


class HookStoppedError(Exception):
    """The webhook is switched off; it must be switched on before it can be tried."""

    code = "hook-stopped"


@transaction.atomic
def register_hook(*, supplier_id: int, url: str, now: datetime) -> Hook:
    """Call this address with news of the supplier's messages from now on.

    The same address again is the hook that stands. Raises `AddressRefusedError` for addresses
    that are not public HTTPS, `TooManyHooksError`.
    """
    target_of(url)
    Party.objects.select_for_update().get(id=supplier_id)
    mine = Hook.objects.filter(supplier_id=supplier_id, closed_at__isnull=True)
    standing = mine.filter(url=url).first()
    if standing is not None:
        return standing
    if mine.count() >= HOOKS_PER_SUPPLIER_MAX:
        raise TooManyHooksError
    return Hook.objects.create(supplier_id=supplier_id, url=url, opened_at=now)


@transaction.atomic
def remove_hook(*, hook_id: int, now: datetime) -> None:
    """Call it no more, also not with what waits."""
    Hook.objects.filter(id=hook_id, closed_at__isnull=True).update(closed_at=now)
    HookCall.objects.filter(hook_id=hook_id).update(due_at=None)


@transaction.atomic
def resume_hook(*, hook_id: int) -> None:
    """Switch on a hook that failed too often; what it missed is in the mailbox."""
    mine = Hook.objects.filter(id=hook_id, stopped_at__isnull=False, closed_at__isnull=True)
    mine.update(stopped_at=None, failures=0, next_call_at=None)


@transaction.atomic
def try_hook(*, hook_id: int, now: datetime) -> HookCall:
    """Send a test event. One that is still to be sent is not sent twice.

    Raises `HookStoppedError` for one that is switched off or gone.
    """
    hook = Hook.objects.select_for_update().calling().filter(id=hook_id).first()
    if hook is None:
        raise HookStoppedError
    waiting = hook.calls.filter(event=HookCall.Event.TEST, due_at__isnull=False).first()
    call = waiting or HookCall(hook=hook, event=HookCall.Event.TEST, created_at=now)
    if waiting is None:
        call.body = {
            "id": call.public_id,
            "event": str(HookCall.Event.TEST),
            "happened_at": now.isoformat(),
            "supplier": hook.supplier.public_id,
        }
    call.due_at = now
    call.save()
    Hook.objects.filter(id=hook_id).update(next_call_at=None)
    ask_for_turn(hook_id=hook_id, now=now)
    return call


@transaction.atomic
def open_feed(*, supplier_id: int, user_id: int, now: datetime) -> str:
    """Make the person's secret feed address, and return its token; an earlier one ends."""
    Party.objects.select_for_update().get(id=supplier_id)
    revoke_feed(supplier_id=supplier_id, user_id=user_id, now=now)
    token = secrets.token_urlsafe(32)
    digest = token_digest(token)
    FeedAddress.objects.create(
        supplier_id=supplier_id, user_id=user_id, token_sha256=digest, opened_at=now
    )
    return token


def revoke_feed(*, supplier_id: int, user_id: int, now: datetime) -> None:
    """End the person's feed address; it answers no more."""
    mine = FeedAddress.objects.filter(supplier_id=supplier_id, user_id=user_id)
    mine.filter(closed_at__isnull=True).update(closed_at=now)


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def mark_seen(*, notice_ids: Sequence[int], now: datetime) -> int:
    """Note that somebody saw these notices; those seen before keep their time."""
    return Notice.objects.filter(id__in=notice_ids, seen_at__isnull=True).update(seen_at=now)
