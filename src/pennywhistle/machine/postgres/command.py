"""Run one of PostgreSQL's programs as the server's account, with nothing of our own environment."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TypedDict

from pennywhistle.machine.postgres.account import Account

# PGDATA, PGOPTIONS, LD_LIBRARY_PATH and the like must not reach the server.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class _AsAccount(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def start(
    command: Sequence[str | Path],
    *,
    account: Account,
    folder: Path,
    output: int | IO[bytes] = subprocess.PIPE,
) -> "subprocess.Popen[bytes]":
    """Start `command`, given by absolute path, in `folder` and return without waiting.

    `folder` is entered before the change to `account`, so it may lie where only root can go.
    """
    change: _AsAccount = {}
    if account.is_other:
        change = {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.Popen(  # noqa: S603 - absolute path, no shell, no word from outside
        [str(part) for part in command],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        **change,
    )


def run(
    command: Sequence[str | Path], *, account: Account, folder: Path, timeout_s: int
) -> tuple[int, str]:
    """Run `command` to its end and return its exit code and all that it said."""
    with start(command, account=account, folder=folder) as process:
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, output.decode(errors="replace").strip()
