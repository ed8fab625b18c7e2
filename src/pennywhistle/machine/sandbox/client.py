"""The parent's side: keeps a warm template, hands tasks to it, reads what their children write."""

import contextlib
import fcntl
import json
import os
import select
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from pennywhistle.machine.sandbox import process
from pennywhistle.machine.sandbox.answers import read_answer, read_status
from pennywhistle.machine.sandbox.errors import OutputLimitError, SandboxError, TimedOutError
from pennywhistle.machine.sandbox.limits import Limits, arguments_bytes_max

Json = Any
Function = Callable[..., Json]

_read_bytes = 256 << 10
_status_bytes_max = 8 << 10
_default_limits = Limits()


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a function answered: a JSON value, and the bytes that it wrote to its sink."""

    value: Json
    attachment: bytes


class Stream:
    """The bytes that a function writes, chunk by chunk as they are made; ends its child on close.

    Iterate inside `with`. A failure is raised after the last good chunk. `value` holds the
    function's JSON answer once the iteration has ended.
    """

    def __init__(self, task: "_Task") -> None:
        self._task = task
        self._chunks = task.chunks()
        self.value: Json = None

    def __iter__(self) -> Self:
        """Iterate over the chunks."""
        return self

    def __next__(self) -> bytes:
        """The next chunk; raises a SandboxError in place of the end if the function failed."""
        for chunk in self._chunks:
            return chunk
        self.value = self._task.value
        raise StopIteration

    def __enter__(self) -> Self:
        """Stay open until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Stop reading; a child that is still at work is killed."""
        self._chunks.close()
        self._task.close()


def configure(*, require_landlock: bool) -> None:
    """Say whether a kernel without Landlock is refused (True) or only warned of (False)."""
    process.require_landlock = require_landlock


def prepare(function: Function) -> None:
    """Start the template and load a function's module now, so that the first task is quick too."""
    with tempfile.TemporaryFile() as empty:
        call(nothing, source=empty)
        with contextlib.suppress(SandboxError):
            call(function, source=empty, arguments={})


def call(
    function: Function,
    *,
    source: BinaryIO | Path,
    arguments: Mapping[str, Json] | None = None,
    limits: Limits = _default_limits,
) -> CallResult:
    """Run `function(source, sink, **arguments)` in a locked child and wait for its answer.

    Args:
        function: a module-level function; the child imports it by name.
        source: a regular file, by path or opened; the child reads it from its beginning.
        arguments: JSON values.
        limits: what the child may use.

    Raises:
        SandboxError: one of its subclasses, by what went wrong.
    """
    task = _Task(function, source=source, arguments=arguments or {}, limits=limits)
    try:
        attachment = b"".join(task.chunks())
    finally:
        task.close()
    return CallResult(value=task.value, attachment=attachment)


def stream(
    function: Function,
    *,
    source: BinaryIO | Path,
    arguments: Mapping[str, Json] | None = None,
    limits: Limits = _default_limits,
    seekable: bool = False,
) -> Stream:
    """Run a function in a locked child and hand out what it writes while it writes.

    Args:
        function: as for `call`; so are `source`, `arguments` and `limits`.
        source: what it reads.
        arguments: JSON values.
        limits: what the child may use.
        seekable: give the function a sink that can seek (a temporary file); its bytes then come
            only after the function has ended well, and none come if it failed.
    """
    return Stream(
        _Task(function, source=source, arguments=arguments or {}, limits=limits, seekable=seekable)
    )


def nothing(source: BinaryIO, sink: BinaryIO) -> None:
    """Do nothing, in a child that had to be started for it: what a child costs by itself."""


class _Task:
    """One running child, seen from the parent: its output, its answer and how it ended."""

    def __init__(
        self,
        function: Function,
        *,
        source: BinaryIO | Path,
        arguments: Mapping[str, Json],
        limits: Limits,
        seekable: bool = False,
    ) -> None:
        self._open: dict[int, str] = {}
        self._spool = tempfile.TemporaryFile() if seekable else None  # noqa: SIM115 - closed below
        self._limits = limits
        self._waited_seconds = 0.0
        self._answer = b""
        self._status = b""
        self.value: Json = None
        self._start(function, source, arguments)

    def _start(
        self, function: Function, source: BinaryIO | Path, arguments: Mapping[str, Json]
    ) -> None:
        with contextlib.ExitStack() as theirs:
            source_fd = _open_source(source)
            theirs.callback(os.close, source_fd)
            request = theirs.enter_context(_request_file(arguments))
            answer_fd = self._pipe("answer", theirs)
            sink_fd = (
                self._spool.fileno() if self._spool is not None else self._pipe("output", theirs)
            )
            ours, task = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            self._open[ours.detach()] = "status"
            theirs.enter_context(task)
            message = {
                "module": function.__module__,
                "function": function.__qualname__,
                "limits": asdict(self._limits),
                "seekable": self._spool is not None,
            }
            descriptors = [source_fd, sink_fd, answer_fd, request.fileno(), task.fileno()]
            try:
                process.send(json.dumps(message).encode(), descriptors)
            except BaseException:
                self.close()
                raise

    def _pipe(self, name: str, theirs: contextlib.ExitStack) -> int:
        ours_fd, theirs_fd = os.pipe2(os.O_CLOEXEC)
        with contextlib.suppress(OSError, AttributeError):
            # Where a user's pipes have room for that: whole tracks pass with fewer changes of turn.
            fcntl.fcntl(ours_fd, fcntl.F_SETPIPE_SZ, _read_bytes)
        self._open[ours_fd] = name
        theirs.callback(os.close, theirs_fd)
        return theirs_fd

    def chunks(self) -> Generator[bytes, None, None]:
        """Yield the output as it comes; then set `value`, or raise what went wrong."""
        output_bytes = 0
        for name, data in self._reads():
            if name == "output":
                output_bytes += len(data)
                if output_bytes > self._limits.output_bytes_max:
                    raise OutputLimitError("The function wrote more than its limit.")
                yield data
            elif name == "answer":
                self._answer += data
            elif len(self._status) < _status_bytes_max:
                self._status += data
            if len(self._answer) > self._limits.answer_bytes_max:
                raise OutputLimitError("The function answered more than its limit.")
        read_status(self._status)
        self.value = read_answer(self._answer)
        if self._spool is not None:
            self._spool.seek(0)
            while data := self._spool.read(_read_bytes):
                yield data

    def _reads(self) -> Iterator[tuple[str, bytes]]:
        """Yield what arrives on any descriptor until all have ended or the child has."""
        poller = select.poll()
        for descriptor in self._open:
            poller.register(descriptor, select.POLLIN)
        ended = False
        while self._open:
            ready = self._wait(poller, ended=ended)
            if not ready and ended:
                return  # a process forked from ours still holds the pipe; nobody writes to it
            for descriptor, _ in ready:
                name = self._open[descriptor]
                data = os.read(descriptor, _read_bytes)
                if not data:
                    ended = ended or name == "status"
                    poller.unregister(descriptor)
                    del self._open[descriptor]
                    os.close(descriptor)
                else:
                    yield name, data

    def _wait(self, poller: select.poll, *, ended: bool) -> list[tuple[int, int]]:
        left_seconds = 0.0 if ended else self._limits.wall_seconds - self._waited_seconds
        started_at = time.monotonic()
        ready = poller.poll(max(left_seconds, 0) * 1000)
        self._waited_seconds += time.monotonic() - started_at
        if not ready and not ended:
            raise TimedOutError(f"No end after {self._limits.wall_seconds:g} seconds.")
        return ready

    def __del__(self) -> None:
        """A stream that nobody closed must not keep its child."""
        self.close()

    def close(self) -> None:
        """Let go of everything; the template kills the child when it sees the socket closed."""
        while self._open:
            os.close(self._open.popitem()[0])
        if self._spool is not None:
            self._spool.close()


def _open_source(source: BinaryIO | Path) -> int:
    """Open a source anew and read-only, so that neither offset nor right to write is shared."""
    path = source if isinstance(source, Path) else Path(f"/proc/self/fd/{source.fileno()}")
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SandboxError("The source is not a regular file.")
    return descriptor


@contextlib.contextmanager
def _request_file(arguments: Mapping[str, Json]) -> Iterator[BinaryIO]:
    """The arguments as JSON in an unnamed file, since a message to the template is small."""
    content = json.dumps(dict(arguments)).encode()
    if len(content) > arguments_bytes_max:
        raise SandboxError("The arguments are larger than the limit.")
    with tempfile.TemporaryFile() as request:
        request.write(content)
        request.seek(0)
        yield request
