"""The locked child: reads its request, locks itself, runs one function, writes the answer."""

import importlib
import io
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from pennywhistle.machine.sandbox.limits import Limits, failure_text_chars_max
from pennywhistle.machine.sandbox.lockdown import lock

Function = Callable[..., Any]

_sink_buffer_bytes = 64 << 10
_first_own_descriptor = 3  # standard input, output and error are the null device


@dataclass(frozen=True, slots=True)
class Descriptors:
    """The open files of one task, in the order in which they are handed over."""

    source: int
    sink: int
    answer: int
    request: int

    def all(self) -> tuple[int, ...]:
        """Every descriptor, to keep or to close."""
        return (self.source, self.sink, self.answer, self.request)


def find_function(module_name: str, qualified_name: str) -> Function:
    """Import a function by name; a module's `warm_up()` is the template's business."""
    found: Any = importlib.import_module(module_name)
    for name in qualified_name.split("."):
        found = getattr(found, name)
    return cast("Function", found)


def run(descriptors: Descriptors, *, limits: Limits, function: Function, seekable: bool) -> None:
    """Do one task in this process, which ends with it. Never returns, never raises."""
    try:
        _forget_parent(descriptors)
        with open(descriptors.request, "rb") as request:  # noqa: PTH123 - a descriptor, not a path
            arguments = json.loads(request.read())
        lock(limits, file_bytes_max=limits.output_bytes_max if seekable else 0)
        answer = _answer(descriptors, function, arguments, seekable=seekable)
        _write_all(descriptors.answer, json.dumps(answer, allow_nan=False).encode())
    except MemoryError:
        _write_all(descriptors.answer, b'{"failure": {"raised": "MemoryError"}}')
    except BaseException as error:  # noqa: BLE001 - the child's last word, whatever it was
        _write_all(descriptors.answer, json.dumps(_failure(error)).encode())
    finally:
        os._exit(0)


def _forget_parent(descriptors: Descriptors) -> None:
    """Close what the template holds for others, and restore the default of every signal we use."""
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    start = _first_own_descriptor
    for kept in sorted(descriptors.all()):
        os.closerange(start, kept)
        start = kept + 1
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))


def _answer(
    descriptors: Descriptors, function: Function, arguments: dict[str, Any], *, seekable: bool
) -> dict[str, Any]:
    source = io.BufferedReader(io.FileIO(descriptors.source, "rb"), _sink_buffer_bytes)
    sink: BinaryIO
    if seekable:
        sink = io.BufferedRandom(io.FileIO(descriptors.sink, "rb+"), _sink_buffer_bytes)
    else:
        sink = io.BufferedWriter(io.FileIO(descriptors.sink, "wb"), _sink_buffer_bytes)
    value = function(source, sink, **arguments)
    sink.flush()
    return {"value": value}


def _failure(error: BaseException) -> dict[str, Any]:
    return {
        "failure": {
            "raised": type(error).__name__[:failure_text_chars_max],
            "code": str(getattr(error, "code", ""))[:failure_text_chars_max],
            "message": str(error)[:failure_text_chars_max],
        }
    }


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        os._exit(1)  # the parent has stopped listening
