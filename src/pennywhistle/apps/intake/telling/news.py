"""Finds what webhooks have not been told yet, and writes it down as calls: each event once.

It looks at the rows that stand, so that nothing which decides about a message has to know of
webhooks, and a look that fails is made up for by the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.intake.models import Hook, HookCall, Message, Notice
from pennywhistle.apps.intake.telling.limits import CALL_LIFE, LOG_KEPT, NEWS_PER_LOOK_MAX

if TYPE_CHECKING:
    from datetime import datetime

# What a message's state is to a supplier's program. One that is replaced was in force before.
_EVENTS = {
    HookCall.Event.APPLIED: (Message.State.APPLIED, Message.State.SUPERSEDED),
    HookCall.Event.REFUSED: (Message.State.REFUSED,),
    HookCall.Event.HELD: (Message.State.HELD,),
}


def write_calls(*, now: datetime) -> int:
    """Write a call for each event that a hook was not told of; how many were new."""
    forget_calls(now=now)
    return sum(_write_for(hook, now) for hook in Hook.objects.calling())


def forget_calls(*, now: datetime) -> None:
    """Take old calls out of the log; they are no part of the books."""
    HookCall.objects.filter(created_at__lt=now - LOG_KEPT).delete()


def _write_for(hook: Hook, now: datetime) -> int:
    since = max(hook.opened_at, now - CALL_LIFE)
    calls = [
        _call(hook, event, message.received_at, message=message)
        for event, states in _EVENTS.items()
        for message in _untold(hook, event, states, since)
    ]
    calls += [
        _call(hook, HookCall.Event.ALERT, notice.created_at, notice=notice)
        for notice in _untold_alerts(hook, since)
    ]
    for call in calls:
        call.created_at, call.due_at = now, now
    with transaction.atomic():
        # Somebody else who looks at the same time writes the same calls.
        return len(HookCall.objects.bulk_create(calls, ignore_conflicts=True))


def _untold(
    hook: Hook, event: HookCall.Event, states: tuple[Message.State, ...], since: datetime
) -> list[Message]:
    told = HookCall.objects.filter(
        hook=hook, message=OuterRef("pk"), event=event, notice__isnull=True
    )
    # What is held is not finished.
    is_new = Q(finished_at__gte=since) | Q(finished_at__isnull=True, received_at__gte=since)
    found = Message.objects.filter(is_new, supplier_id=hook.supplier_id, state__in=states)
    untold = found.filter(~Exists(told)).select_related("release", "supplier")
    return list(untold.order_by("finished_at", "id")[:NEWS_PER_LOOK_MAX])


def _untold_alerts(hook: Hook, since: datetime) -> list[Notice]:
    told = HookCall.objects.filter(hook=hook, notice=OuterRef("pk"))
    found = Notice.objects.filter(
        ~Exists(told),
        supplier_id=hook.supplier_id,
        level=Notice.Level.ALERT,
        created_at__gte=since,
    )
    parts = ("message__release", "message__supplier", "release", "supplier")
    return list(found.select_related(*parts).order_by("id")[:NEWS_PER_LOOK_MAX])


def _call(
    hook: Hook,
    event: HookCall.Event,
    happened_at: datetime,
    *,
    message: Message | None = None,
    notice: Notice | None = None,
) -> HookCall:
    call = HookCall(hook=hook, event=event, message=message, notice=notice)
    about = message or (notice.message if notice is not None else None)
    release = notice.release if notice is not None else None
    finished_at = about.finished_at if message is not None and about is not None else None
    call.body = {
        "id": call.public_id,
        "event": str(event),
        "happened_at": (finished_at or happened_at).isoformat(),
        "supplier": hook.supplier.public_id,
        "message": _message_body(about),
        "release": _release_body(release or (about.release if about is not None else None)),
        "notice": _notice_body(notice),
    }
    return call


def _message_body(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "id": message.public_id,
        "message_id": message.message_id,
        "kind": message.kind,
        "state": message.state,
        "file": message.source_name,
    }


def _release_body(release: Any) -> dict[str, Any] | None:  # noqa: ANN401 (a release, or none)
    if release is None:
        return None
    return {"id": release.public_id, "upc": release.upc, "title": release.title}


def _notice_body(notice: Notice | None) -> dict[str, Any] | None:
    if notice is None:
        return None
    return {
        "id": notice.public_id,
        "code": notice.code,
        "sentence": notice.sentence,
        "cure": notice.cure,
    }
