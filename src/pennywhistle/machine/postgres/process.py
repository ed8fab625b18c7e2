"""Find out from the files and the kernel whether a store's own server is running."""

import os
from dataclasses import dataclass
from pathlib import Path

PID_FILE = "postmaster.pid"
READY = "ready"


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says: see src/include/utils/pidfile.h of PostgreSQL for its lines."""

    pid: int
    socket_folder: Path | None
    is_ready: bool


def read(path: Path) -> Postmaster | None:
    """What postmaster.pid, or the socket's lock file, says; None where it says nothing (yet)."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    padded = [*(line.strip() for line in lines), *[""] * 8]
    return Postmaster(
        pid=int(padded[0]),
        socket_folder=Path(padded[4]) if padded[4] else None,
        is_ready=padded[7] == READY,
    )


def find(database: Path) -> Postmaster | None:
    """The living server of `database`, or None; a file left by a killed one does not count."""
    postmaster = read(database / PID_FILE)
    if postmaster is None or not serves(postmaster.pid, database):
        return None
    return postmaster


def is_alive(pid: int) -> bool:
    """Whether there is any process with this id, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def serves(pid: int, database: Path) -> bool:
    """Whether the process `pid` is alive and is the server of `database`.

    Process ids are used again, in a container within seconds of a restart. A server always
    stands in its data folder, and Linux tells where a process stands; elsewhere the id alone has
    to do.
    """
    if not Path("/proc/self").exists():
        return is_alive(pid)
    process = Path("/proc", str(pid))
    try:
        name, state = _name_and_state(process)
        if name != "postgres" or state == "Z" or process.stat().st_uid != database.stat().st_uid:
            return False
        return process.joinpath("cwd").samefile(database)
    except PermissionError:
        # Root in a container without CAP_SYS_PTRACE: a postgres of the right account is the most
        # that can be known, and to take it for ours is the mistake that harms nothing.
        return True
    except OSError:
        return False


def _name_and_state(process: Path) -> tuple[str, str]:
    """The name and the one-letter state in /proc/PID/stat; proc(5) says why the last `)`."""
    before, _, after = process.joinpath("stat").read_text(encoding="utf-8").rpartition(")")
    return before.partition("(")[2], after.split()[0]
