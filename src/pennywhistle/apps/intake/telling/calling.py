"""Calls webhooks: in the order of the events, patiently, and not for ever."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from pennywhistle.apps.intake.models import Hook, HookCall, Notice
from pennywhistle.apps.intake.telling.limits import (
    CALL_CLAIM,
    CALL_LIFE,
    CALLS_PER_TURN_MAX,
    FAILURES_MAX,
    PATIENCE,
    TURN_SECONDS_MAX,
)
from pennywhistle.apps.intake.telling.posting import Answer, post
from pennywhistle.apps.intake.telling.signing import SIGNATURE_HEADER, secret_of, signature

if TYPE_CHECKING:
    from datetime import datetime

_GIVEN_UP = "given up after a day"


def call_hook(*, hook_id: int, now: datetime) -> int:
    """Make the calls that are due to one hook, until one fails; how many were taken.

    No transaction is open while somebody else's machine is waited for. A call is claimed first, so
    that after a crash it is due again, under the same event id.
    """
    started = time.monotonic()
    taken = 0
    for call in HookCall.objects.due(at=now).filter(hook_id=hook_id)[:CALLS_PER_TURN_MAX]:
        passed = time.monotonic() - started
        at = now + timedelta(seconds=passed)
        hook = Hook.objects.calling().filter(id=hook_id).first()
        if passed > TURN_SECONDS_MAX or hook is None:
            break
        if not _claimed(call, at):
            continue
        answer = _made(hook, call)
        _noted(hook, call, answer, at)
        if answer.trouble:
            break
        taken += 1
    return taken


def _claimed(call: HookCall, now: datetime) -> bool:
    """Whether it is ours to make; one that is too old is given up instead."""
    due = HookCall.objects.filter(id=call.pk, due_at__lte=now)
    if call.created_at < now - CALL_LIFE:
        due.update(due_at=None, trouble=_GIVEN_UP)
        return False
    return due.update(due_at=now + CALL_CLAIM, tries=F("tries") + 1) == 1


def _made(hook: Hook, call: HookCall) -> Answer:
    # The moment of the call itself: receivers refuse what is old, whenever it was asked for.
    timestamp = int(time.time())
    body = json.dumps(call.body, sort_keys=True, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Pennywhistle-Hooks/1",
        "Pennywhistle-Event": call.event,
        "Pennywhistle-Event-Id": call.public_id,
        SIGNATURE_HEADER: signature(secret_of(hook), body, timestamp=timestamp),
    }
    return post(hook.url, body, headers)


@transaction.atomic
def _noted(hook: Hook, call: HookCall, answer: Answer, now: datetime) -> None:
    """Write down what came of it; after too many failures in a row the hook is switched off."""
    mine = HookCall.objects.filter(id=call.pk)
    if not answer.trouble:
        mine.update(done_at=now, due_at=None, status=answer.status, trouble="")
        Hook.objects.filter(id=hook.pk).update(failures=0, next_call_at=None)
        return
    locked = Hook.objects.select_for_update().get(id=hook.pk)
    failures = locked.failures + 1
    wait = PATIENCE[min(failures, len(PATIENCE)) - 1]
    tried = PATIENCE[min(call.tries + 1, len(PATIENCE)) - 1]
    mine.update(due_at=now + tried, status=answer.status, trouble=answer.trouble)
    Hook.objects.filter(id=hook.pk).update(failures=failures, next_call_at=now + wait)
    if failures >= FAILURES_MAX:
        _switch_off(locked, answer, now)


def _switch_off(hook: Hook, answer: Answer, now: datetime) -> None:
    Hook.objects.filter(id=hook.pk).update(stopped_at=now)
    hook.calls.filter(due_at__isnull=False).update(due_at=None)
    Notice.objects.create(
        supplier_id=hook.supplier_id,
        level=Notice.Level.ALERT,
        code="hook-stopped",
        sentence=(
            f"The webhook {hook.url} failed {FAILURES_MAX} times in a row and was switched off: "
            f"{answer.trouble}."
        ),
        cure="Mend what answers there, then switch it on again and test it.",
        created_at=now,
    )
