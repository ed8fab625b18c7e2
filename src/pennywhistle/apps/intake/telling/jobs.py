"""Queue tasks of telling; the worker finds them through the jobs of intake."""

from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pennywhistle.apps.intake.models import Hook
from pennywhistle.apps.intake.telling import calling, news


@app.task(queue="intake", name="intake.call_hook")
def call_hook(*, hook_id: int, asked_at: str) -> None:
    """Tell one supplier's program what is due; what fails is due again by itself."""
    calling.call_hook(hook_id=hook_id, now=datetime.fromisoformat(asked_at))


def ask_for_calls(*, now: datetime) -> int:
    """Write down what is new, and queue a turn for each hook that has something due."""
    news.write_calls(now=now)
    due = list(Hook.objects.due(at=now).values_list("id", flat=True))
    for hook_id in due:
        ask_for_turn(hook_id=hook_id, now=now)
    return len(due)


def ask_for_turn(*, hook_id: int, now: datetime) -> None:
    """Queue a hook's turn, unless one waits already; two are never at once."""
    name = f"hook-{hook_id}"
    try:
        with transaction.atomic():
            turn = call_hook.configure(lock=name, queueing_lock=name)
            turn.defer(hook_id=hook_id, asked_at=now.isoformat())
    except AlreadyEnqueued:
        return
