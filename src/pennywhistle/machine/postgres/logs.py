"""Read and bound what the server writes.

`DATA/postgres.log` has what it says while it starts, `DATA/postgres/log/` has the rest, a file for
each day of the week.
"""

import os
from collections import deque
from collections.abc import Mapping
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
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def lengths(data: Path, database: Path) -> dict[Path, int]:
    """How many bytes each log holds now, for `since`."""
    return {path: path.stat().st_size for path in _paths(data, database)}


def since(data: Path, database: Path, before: Mapping[Path, int]) -> str:
    """What was written to the logs since they had the lengths `before`."""
    said = []
    for path in _paths(data, database):
        begin_bytes = before.get(path, 0)
        if path.stat().st_size < begin_bytes:  # emptied, because its day came again
            begin_bytes = 0
        with path.open("rb") as file:
            file.seek(begin_bytes)
            said.append(file.read().decode(errors="replace"))
    return "".join(said)


def tail(data: Path, database: Path, *, lines: int) -> str:
    """The last `lines` of the logs that were written to last, oldest first."""
    by_age = sorted(_paths(data, database), key=lambda path: path.stat().st_mtime_ns)
    latest = by_age[-TAIL_FILES_MAX:]
    kept: deque[str] = deque(maxlen=lines)
    for path in latest:
        with path.open(encoding="utf-8", errors="replace") as file:
            kept.extend(line.rstrip("\n") for line in file)
    return "\n".join(kept)


def _paths(data: Path, database: Path) -> list[Path]:
    daily = sorted((database / "log").glob("postgres-*.log"))
    return [path for path in (data / START_LOG, *daily) if path.is_file()]
