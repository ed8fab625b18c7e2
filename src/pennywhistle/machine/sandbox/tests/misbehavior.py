"""Functions that a sandbox must survive; the tests run them in the locked child by name."""

import ctypes
import os
import signal
import socket
import time
from pathlib import Path
from typing import BinaryIO


def echo(source: BinaryIO, sink: BinaryIO, **arguments: object) -> object:
    """Copy the source, answer the arguments."""
    sink.write(source.read())
    return arguments


def count(source: BinaryIO, sink: BinaryIO, *, chunks: int, pause_seconds: float) -> int:
    """Write numbered chunks, slowly."""
    for number in range(chunks):
        sink.write(f"chunk {number}\n".encode())
        sink.flush()
        time.sleep(pause_seconds)
    return chunks


def write_then_raise(source: BinaryIO, sink: BinaryIO) -> None:
    """Fail after good output."""
    sink.write(b"good")
    sink.flush()
    raise ValueError("no more")


def write_backwards(source: BinaryIO, sink: BinaryIO) -> str:
    """Use a sink that can seek."""
    sink.write(b"....world")
    sink.seek(0)
    sink.write(b"oh, ")
    return "done"


def crash(source: BinaryIO, sink: BinaryIO) -> None:
    """Read the address zero."""
    ctypes.string_at(0)


def die(source: BinaryIO, sink: BinaryIO) -> None:
    """Leave as if killed."""
    os.abort()


def loop(source: BinaryIO, sink: BinaryIO) -> None:
    """Burn processor time."""
    while True:
        pass


def sleep(source: BinaryIO, sink: BinaryIO) -> None:
    """Do nothing for long."""
    time.sleep(3600)


def hoard(source: BinaryIO, sink: BinaryIO) -> int:
    """Allocate without end."""
    return len(b"x" * (8 << 30))


def flood(source: BinaryIO, sink: BinaryIO) -> None:
    """Write without end."""
    while True:
        sink.write(bytes(1 << 20))


def ramble(source: BinaryIO, sink: BinaryIO) -> str:
    """Answer without end."""
    return "x" * (8 << 20)


def nest(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer with something that is not the object that was agreed upon."""
    descriptors = [int(name) for name in range(3, 32) if _is_pipe(name)]
    for descriptor in descriptors:
        os.write(descriptor, b"[" * 50_000)
    os._exit(0)


def open_file(source: BinaryIO, sink: BinaryIO, *, path: str) -> str:
    """Read another file."""
    return Path(path).read_text(encoding="utf-8")


def list_folder(source: BinaryIO, sink: BinaryIO) -> list[str]:
    """Look around."""
    return [path.name for path in Path("/").iterdir()]


def create_file(source: BinaryIO, sink: BinaryIO, *, path: str) -> None:
    """Write another file."""
    Path(path).write_text("here", encoding="utf-8")


def write_source(source: BinaryIO, sink: BinaryIO) -> None:
    """Change the master."""
    os.write(source.fileno(), b"changed")


def connect(source: BinaryIO, sink: BinaryIO, *, port: int) -> None:
    """Call home."""
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


def connect_unix(source: BinaryIO, sink: BinaryIO, *, path: str) -> None:
    """Call the database."""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(path)


def execute(source: BinaryIO, sink: BinaryIO) -> None:
    """Become another program."""
    os.execv("/bin/true", ["true"])  # noqa: S606 - the attempt is the test


def fork(source: BinaryIO, sink: BinaryIO) -> int:
    """Multiply."""
    return os.fork()


def kill_parent(source: BinaryIO, sink: BinaryIO) -> None:
    """Take the template down."""
    os.kill(os.getppid(), signal.SIGKILL)


def look(source: BinaryIO, sink: BinaryIO) -> dict[str, object]:
    """Tell what can be seen: environment, user, open files."""
    return {
        "environment": sorted(os.environ),
        "user": os.getuid(),
        "open": [number for number in range(64) if _is_open(number)],
        "parent": os.getppid(),
    }


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _is_pipe(descriptor: int) -> bool:
    return _is_open(descriptor) and (os.fstat(descriptor).st_mode & 0o170000) == 0o010000
