"""The locked child, tried for real: what it can do, and what it cannot."""

import io
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from pennywhistle.machine.sandbox import (
    BadAnswerError,
    CpuLimitError,
    CrashedError,
    FunctionFailedError,
    Limits,
    MemoryLimitError,
    OutputLimitError,
    SandboxError,
    SandboxUnavailableError,
    TimedOutError,
    call,
    configure,
    process,
    stream,
)
from pennywhistle.machine.sandbox.tests import misbehavior


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"hostile bytes")
    return path


def test_a_function_reads_its_source_and_answers(source: Path) -> None:
    result = call(misbehavior.echo, source=source, arguments={"number": 1, "text": "ä"})

    assert result.value == {"number": 1, "text": "ä"}
    assert result.attachment == b"hostile bytes"


def test_an_open_file_is_read_from_its_beginning_and_keeps_its_place(source: Path) -> None:
    with source.open("rb") as opened:
        opened.seek(4)
        result = call(misbehavior.echo, source=opened)

        assert result.attachment == b"hostile bytes"
        assert opened.tell() == 4


def test_large_arguments_and_a_large_answer_pass(source: Path) -> None:
    text = "x" * (1 << 20)

    result = call(
        misbehavior.echo,
        source=source,
        arguments={"text": text},
        limits=Limits(answer_bytes_max=2 << 20),
    )

    assert result.value == {"text": text}


def test_chunks_arrive_while_the_function_is_still_at_work(source: Path) -> None:
    arguments = {"chunks": 3, "pause_seconds": 0.2}

    with stream(misbehavior.count, source=source, arguments=arguments) as chunks:
        arrivals = [(chunk, time.monotonic()) for chunk in chunks]

    assert [chunk for chunk, _ in arrivals] == [b"chunk 0\n", b"chunk 1\n", b"chunk 2\n"]
    assert arrivals[2][1] - arrivals[0][1] > 0.3
    assert chunks.value == 3


def test_a_slow_reader_is_not_held_against_the_function(source: Path) -> None:
    arguments = {"chunks": 3, "pause_seconds": 0}
    limits = Limits(wall_seconds=0.5)

    received = []
    with stream(misbehavior.count, source=source, arguments=arguments, limits=limits) as chunks:
        for chunk in chunks:
            time.sleep(0.6)
            received.append(chunk)

    assert b"".join(received).endswith(b"chunk 2\n")


def test_a_failure_is_raised_after_the_last_good_chunk(source: Path) -> None:
    chunks = stream(misbehavior.write_then_raise, source=source)

    assert next(chunks) == b"good"
    with pytest.raises(FunctionFailedError) as caught:
        next(chunks)
    assert (caught.value.raised, caught.value.message) == ("ValueError", "no more")


def test_a_seekable_sink_is_handed_out_when_it_is_complete(source: Path) -> None:
    with stream(misbehavior.write_backwards, source=source, seekable=True) as chunks:
        assert b"".join(chunks) == b"oh, world"
        assert chunks.value == "done"


def test_closing_a_stream_kills_its_child(source: Path) -> None:
    chunks = stream(misbehavior.sleep, source=source)
    child = _only_child()

    chunks.close()

    assert _ends(child)


def test_a_stream_that_nobody_closes_lets_its_child_go(source: Path) -> None:
    chunks = stream(misbehavior.sleep, source=source)
    child = _only_child()

    del chunks

    assert _ends(child)


HOSTILE = [
    (misbehavior.crash, CrashedError, "crashed"),
    (misbehavior.die, CrashedError, "crashed"),
    (misbehavior.loop, CpuLimitError, "cpu-limit"),
    (misbehavior.sleep, TimedOutError, "timed-out"),
    (misbehavior.hoard, MemoryLimitError, "memory-limit"),
    (misbehavior.flood, OutputLimitError, "output-limit"),
    (misbehavior.ramble, OutputLimitError, "output-limit"),
    (misbehavior.nest, BadAnswerError, "bad-answer"),
]


@pytest.mark.parametrize(("function", "error", "code"), HOSTILE)
def test_a_function_that_goes_wrong_fails_alone(
    function: Callable[..., object], error: type[SandboxError], code: str, source: Path
) -> None:
    # On a busy machine a second of processor time takes many by the clock.
    wall_seconds = 1 if function is misbehavior.sleep else 60
    limits = Limits(wall_seconds=wall_seconds, cpu_seconds=1, output_bytes_max=8 << 20)

    with pytest.raises(error) as caught:
        call(function, source=source, limits=limits)

    assert caught.value.code == code
    assert call(misbehavior.echo, source=source).attachment == b"hostile bytes"


def test_no_other_file_is_read_or_written(source: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("secret", encoding="utf-8")
    tmp_path.chmod(0o777)
    canary.chmod(0o666)

    for path in (
        str(canary),
        "/etc/hostname",
        "/proc/self/environ",
        f"/proc/{os.getpid()}/environ",
    ):
        _assert_denied(misbehavior.open_file, source, path=path)
    _assert_denied(misbehavior.list_folder, source)
    _assert_denied(misbehavior.create_file, source, path=str(tmp_path / "new"))
    _assert_denied(misbehavior.create_file, source, path=str(canary))
    assert canary.read_text(encoding="utf-8") == "secret"


def test_the_source_cannot_be_changed_even_if_it_was_opened_for_writing(source: Path) -> None:
    with source.open("r+b") as opened, pytest.raises(FunctionFailedError) as caught:
        call(misbehavior.write_source, source=opened)

    assert caught.value.raised == "OSError"
    assert source.read_bytes() == b"hostile bytes"


def test_no_connection_is_made(source: Path, tmp_path: Path) -> None:
    address = str(tmp_path / "database")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(address)
        unix.listen()
        os.chmod(address, 0o777)  # noqa: S103, PTH101 - open to everybody, still out of reach
        tmp_path.chmod(0o777)

        _assert_denied(misbehavior.connect, source, port=tcp.getsockname()[1])
        _assert_denied(misbehavior.connect_unix, source, path=address)

        for listener in (tcp, unix):
            listener.settimeout(0.1)
            with pytest.raises(TimeoutError):
                listener.accept()


@pytest.mark.parametrize(
    "function", [misbehavior.execute, misbehavior.fork, misbehavior.kill_parent]
)
def test_no_program_is_started_and_no_process_ended(
    function: Callable[..., object], source: Path
) -> None:
    _assert_denied(function, source)


def test_the_child_sees_no_secret(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENNYWHISTLE_SECRET_KEY", "secret")

    seen = call(misbehavior.look, source=source).value

    assert not [name for name in seen["environment"] if "PENNYWHISTLE" in name]
    assert len(seen["open"]) == 3 + 3  # the null device three times; source, sink, answer
    assert seen["user"] != 0


def test_many_threads_share_one_template(source: Path) -> None:
    def ask(number: int) -> object:
        return call(misbehavior.echo, source=source, arguments={"number": number}).value

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))

    assert answers == [{"number": number} for number in range(40)]


def test_a_template_that_died_is_replaced(source: Path) -> None:
    template = call(misbehavior.look, source=source).value["parent"]
    os.kill(template, signal.SIGKILL)
    assert _ends(template)

    assert call(misbehavior.look, source=source).value["parent"] != template


def test_a_task_whose_template_dies_says_so(source: Path) -> None:
    template = call(misbehavior.look, source=source).value["parent"]
    chunks = stream(misbehavior.sleep, source=source)
    child = _only_child()

    threading.Timer(0.2, os.kill, (template, signal.SIGKILL)).start()
    with pytest.raises(SandboxError) as caught:
        next(chunks)

    assert caught.value.code == "sandbox-lost"
    assert _ends(child)


def test_a_forked_parent_gets_a_template_of_its_own(source: Path) -> None:
    template = call(misbehavior.look, source=source).value["parent"]
    read_fd, write_fd = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_fd, str(call(misbehavior.look, source=source).value["parent"]).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(read_fd, 20)) != template
    assert call(misbehavior.look, source=source).value["parent"] == template
    os.close(read_fd)
    os.close(write_fd)


def test_a_function_that_cannot_be_imported_is_reported(source: Path) -> None:
    def local(source: BinaryIO, sink: BinaryIO) -> None:
        """Live where no import finds it."""

    with pytest.raises(SandboxUnavailableError):
        call(local, source=source)


def test_only_a_regular_file_is_a_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(SandboxError, match="regular file"):
        call(misbehavior.echo, source=tmp_path / "pipe")
    with pytest.raises(io.UnsupportedOperation):
        call(misbehavior.echo, source=io.BytesIO(b"no descriptor"))


@pytest.fixture
def landlock_required() -> Iterator[None]:
    configure(require_landlock=True)
    yield
    configure(require_landlock=False)


@pytest.mark.usefixtures("landlock_required")
def test_landlock_can_be_demanded(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "landlock_version", lambda: 0)

    with pytest.raises(SandboxUnavailableError, match="Landlock"):
        call(misbehavior.echo, source=source)


def test_a_kernel_without_landlock_is_warned_of_once(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process, "landlock_version", lambda: 0)
    monkeypatch.setattr(process, "_warned", False)

    call(misbehavior.echo, source=source)
    call(misbehavior.echo, source=source)

    assert [record.levelname for record in caplog.records] == ["WARNING"]


def _assert_denied(function: Callable[..., object], source: Path, **arguments: object) -> None:
    with pytest.raises(FunctionFailedError) as caught:
        call(function, source=source, arguments=arguments)
    assert caught.value.raised == "PermissionError"


def _only_child() -> int:
    """The process id of the one child that the template has."""
    template = process._template
    assert template is not None
    children = Path(f"/proc/{template.pid}/task/{template.pid}/children")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = children.read_text(encoding="ascii").split()
        if found:
            return int(found[0])
        time.sleep(0.01)
    raise AssertionError("The template has no child.")


def _ends(process_id: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        status = Path(f"/proc/{process_id}/stat")
        if not status.exists() or status.read_text(encoding="ascii").split()[2] == "Z":
            return True
        time.sleep(0.01)
    return False
