"""Read and bound what the server writes.

`DATA/postgres.log` has what it says while it starts, `DATA/postgres/log/` has the rest, a file for
each day of the week.
"""

import os
from collections import deque
from pathlib import Path
from typing import IO

START_LOG = "postgres.log"
START_LOG_BYTES_MAX = 1_000_000
TAIL_FILES_MAX = 2


def start_log(data: Path) -> IO[bytes]:
    """Open the log of starts for appending; a full one is kept once, as `postgres.log.1`."""
    path = data / START_LOG
    if path.exists() and path.stat().st_size > START_LOG_BYTES_MAX:
        path.replace(path.with_suffix(".log.1"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    file = os.fdopen(os.open(path, flags, 0o600), "ab")
    file.seek(0, os.SEEK_END)
    return file


def read_from(data: Path, begin_bytes: int) -> str:
    """What was written to the log of starts since it was `begin_bytes` long."""
    with (data / START_LOG).open("rb") as file:
        file.seek(begin_bytes)
        return file.read().decode(errors="replace")


def tail(data: Path, database: Path, *, lines: int) -> str:
    """The last `lines` of the logs that were written to last, oldest first."""
    paths = [path for path in (data / START_LOG, *_daily(database)) if path.is_file()]
    latest = sorted(paths, key=lambda path: path.stat().st_mtime_ns)[-TAIL_FILES_MAX:]
    kept: deque[str] = deque(maxlen=lines)
    for path in latest:
        with path.open(encoding="utf-8", errors="replace") as file:
            kept.extend(line.rstrip("\n") for line in file)
    return "\n".join(kept)


def _daily(database: Path) -> list[Path]:
    folder = database / "log"
    return sorted(folder.glob("postgres-*.log")) if folder.is_dir() else []
