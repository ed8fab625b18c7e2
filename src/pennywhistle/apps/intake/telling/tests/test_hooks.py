"""Suppliers' programs hear each event once, signed, in order, and not for ever."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.intake.models import Hook, HookCall, Message, Notice
from pennywhistle.apps.intake.telling import limits, posting
from pennywhistle.apps.intake.telling.calling import call_hook
from pennywhistle.apps.intake.telling.jobs import ask_for_calls
from pennywhistle.apps.intake.telling.news import write_calls
from pennywhistle.apps.intake.telling.posting import post
from pennywhistle.apps.intake.telling.registering import (
    AddressRefusedError,
    HookStoppedError,
    TooManyHooksError,
    register_hook,
    remove_hook,
    resume_hook,
    try_hook,
)
from pennywhistle.apps.intake.telling.signing import secret_of
from pennywhistle.apps.intake.telling.tests.told import (
    Program,
    a_label,
    a_message,
    a_notice,
    a_program,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _loopback(settings) -> None:
    settings.HOOKS_TO_LOOPBACK = True


@pytest.fixture
def program():
    with a_program() as running:
        yield running


def a_hook(program: Program, *, since=NOON - MINUTE) -> Hook:
    return register_hook(supplier_id=a_label().pk, url=program.url, now=since)


def told(hook: Hook, *, at=NOON) -> int:
    write_calls(now=at)
    return call_hook(hook_id=hook.pk, now=at)


def events(program: Program) -> list[str]:
    return [json.loads(body)["event"] for _, body in program.heard]


def test_each_event_is_told_once_and_signed(program) -> None:
    hook = a_hook(program)
    message = a_message(hook.supplier)
    a_message(hook.supplier, state=Message.State.REFUSED)
    a_message(hook.supplier, state=Message.State.HELD, finished_at=None)
    alert = a_notice(hook.supplier, message=message)

    assert told(hook) == 4
    assert told(hook, at=NOON + MINUTE) == 0

    assert events(program) == [
        "message.applied",
        "message.refused",
        "message.held",
        "message.alert",
    ]
    headers, body = program.heard[0]
    when, signed = headers["Pennywhistle-Signature"].split(",")
    expected = hmac.new(
        secret_of(hook).encode(), f"{when[2:]}.".encode() + body, hashlib.sha256
    ).hexdigest()
    assert signed == f"v1={expected}"
    assert json.loads(body)["id"] == headers["Pennywhistle-Event-Id"]
    assert json.loads(body)["message"]["id"] == message.public_id
    assert json.loads(program.heard[3][1])["notice"]["id"] == alert.public_id


def test_what_changed_nothing_and_what_was_before_is_not_told(program) -> None:
    a_message(a_label(), finished_at=NOON - timedelta(hours=1))
    hook = a_hook(program)
    for state in (Message.State.WAITING, Message.State.CHECKING, Message.State.IGNORED):
        a_message(hook.supplier, state=state)
    a_notice(hook.supplier, level=Notice.Level.NOTE)
    a_message(a_label("Somebody Else"))

    assert told(hook) == 0
    assert not program.heard


def test_a_release_is_named(program) -> None:
    a_store()
    release = a_shelf("Tin Weather").release
    hook = register_hook(supplier_id=release.supplier_id, url=program.url, now=NOON - MINUTE)
    a_message(release.supplier, release=release)

    told(hook)

    assert json.loads(program.heard[0][1])["release"]["title"] == release.title


def test_a_failure_is_tried_again_later_as_the_same_event(program) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)
    program.status = 503

    told(hook)
    assert not list(Hook.objects.due(at=NOON))
    told(hook, at=NOON + timedelta(seconds=30))
    assert len(program.heard) == 1
    assert HookCall.objects.get().trouble == "it answers 503"
    program.status = 200
    assert list(Hook.objects.due(at=NOON + 2 * MINUTE)) == [hook]
    told(hook, at=NOON + 2 * MINUTE)

    first, second = (json.loads(body)["id"] for _, body in program.heard)
    assert first == second
    call = HookCall.objects.get()
    assert (call.status, call.trouble, call.tries, call.due_at) == (200, "", 2, None)
    assert Hook.objects.get().failures == 0


def test_a_hook_that_fails_for_a_day_is_switched_off_with_an_alert(program, monkeypatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.telling.calling.FAILURES_MAX", 3)
    hook = a_hook(program)
    a_message(hook.supplier)
    program.status = 500

    at = NOON
    for _ in range(3):
        told(hook, at=at)
        at += timedelta(hours=1)

    hook.refresh_from_db()
    assert hook.stopped_at is not None
    assert Notice.objects.get().code == "hook-stopped"
    assert told(hook, at=at) == 0
    with pytest.raises(HookStoppedError):
        try_hook(hook_id=hook.pk, now=at)
    program.status = 200
    resume_hook(hook_id=hook.pk)
    try_hook(hook_id=hook.pk, now=at)
    call_hook(hook_id=hook.pk, now=at)
    assert events(program)[-1] == "test"


def test_the_patience_lasts_for_a_day() -> None:
    waits = [
        limits.PATIENCE[min(n, len(limits.PATIENCE)) - 1] for n in range(1, limits.FAILURES_MAX)
    ]

    assert sum(waits, timedelta()) >= timedelta(days=1)


def test_what_could_not_be_told_for_a_day_is_given_up(program) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)
    write_calls(now=NOON)

    call_hook(hook_id=hook.pk, now=NOON + timedelta(days=1, minutes=1))

    assert not program.heard
    assert HookCall.objects.get().trouble == "given up after a day"


def test_a_call_in_the_hands_of_another_worker_is_not_made(program) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)
    write_calls(now=NOON)
    HookCall.objects.update(due_at=NOON + MINUTE)  # as a claim does

    assert call_hook(hook_id=hook.pk, now=NOON) == 0
    assert not program.heard


def test_the_log_is_kept_for_a_month(program) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)
    told(hook)

    write_calls(now=NOON + limits.LOG_KEPT + MINUTE)

    assert not HookCall.objects.exists()


def test_a_redirect_is_not_followed() -> None:
    with a_program() as other, a_program(302, location=other.url) as program:
        answer = post(program.url, b"{}", {})

    assert answer.status == 302
    assert "redirect" in answer.trouble
    assert not other.heard


def test_a_name_that_turns_private_later_is_not_called(program, settings) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)
    settings.HOOKS_TO_LOOPBACK = False

    told(hook)

    assert not program.heard
    assert HookCall.objects.get().trouble == "the address is not called: scheme"


def test_nothing_that_answers_badly_or_not_at_all_is_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(posting, "CALL_SECONDS_MAX", 0.3)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"

    def drip() -> None:
        taken, _ = listening.accept()
        try:
            for _ in range(100):
                taken.sendall(b"H")
                threading.Event().wait(0.05)
        except OSError:
            pass
        taken.close()

    thread = threading.Thread(target=drip)
    thread.start()
    answer = post(url, b"{}", {})
    thread.join()
    listening.close()

    assert answer.status is None
    assert post(url, b"{}", {}).trouble == "nothing listens there"


def test_a_private_address_is_not_registered(settings) -> None:
    settings.HOOKS_TO_LOOPBACK = False

    with pytest.raises(AddressRefusedError):
        register_hook(supplier_id=a_label().pk, url="https://127.0.0.1/", now=NOON)

    assert not Hook.objects.exists()


def test_the_same_address_is_one_hook_and_there_are_only_so_many(program) -> None:
    hook = a_hook(program)
    assert a_hook(program) == hook
    for number in range(limits.HOOKS_PER_SUPPLIER_MAX - 1):
        register_hook(supplier_id=a_label().pk, url=f"{program.url}{number}", now=NOON)

    with pytest.raises(TooManyHooksError):
        register_hook(supplier_id=a_label().pk, url=f"{program.url}x", now=NOON)

    remove_hook(hook_id=hook.pk, now=NOON)
    again = a_hook(program)
    assert again != hook
    assert secret_of(again) != secret_of(hook)


def test_a_removed_hook_hears_nothing_of_what_waits(program) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)
    write_calls(now=NOON)
    remove_hook(hook_id=hook.pk, now=NOON)

    assert call_hook(hook_id=hook.pk, now=NOON) == 0
    assert not program.heard


def test_a_turn_is_queued_once(program) -> None:
    hook = a_hook(program)
    a_message(hook.supplier)

    assert ask_for_calls(now=NOON) == 1
    ask_for_calls(now=NOON)
    try_hook(hook_id=hook.pk, now=NOON)
    try_hook(hook_id=hook.pk, now=NOON)

    assert ProcrastinateJob.objects.filter(task_name="intake.call_hook").count() == 1
    assert HookCall.objects.filter(event="test").count() == 1
