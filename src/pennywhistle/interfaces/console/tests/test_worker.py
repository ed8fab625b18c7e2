"""Workers do everything, or what is in some queues only; one of the store's does the urgent."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pennywhistle.config import serve
from pennywhistle.interfaces.console import commands
from pennywhistle.machine.queues import URGENT


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """How Django's commands were called."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(commands, "call_command", lambda *words: calls.append(words))
    return calls


@pytest.mark.parametrize(
    ("said", "only"),
    [
        ([], ()),
        (["--queues", URGENT], ("--queues", "urgent")),
        (["--queues", "urgent, clock"], ("--queues", "urgent,clock")),
    ],
)
def test_a_worker_works_where_it_is_told_to(
    called: list[tuple[str, ...]], said: list[str], only: tuple[str, ...]
) -> None:
    answer = CliRunner().invoke(commands.app, ["worker", *said])

    assert answer.exit_code == 0, answer.output
    assert called == [("procrastinate", "worker", "--concurrency", "1", *only)]


def test_a_queue_that_nobody_fills_is_no_worker_s(called: list[tuple[str, ...]]) -> None:
    answer = CliRunner().invoke(commands.app, ["worker", "--queues", "urgnet"])

    assert answer.exit_code == 2
    assert called == []


def test_the_store_starts_a_worker_for_what_must_not_wait() -> None:
    ends = [child.command[-3:] for child in serve.others()]

    assert ["worker", "--queues", URGENT] in ends
    assert any(command[-1] == "worker" for command in ends)
