"""Bring a store's server up, through the wait for recovery, and down again."""

import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pennywhistle.machine.postgres import command, creation, logs, process, socket_folder
from pennywhistle.machine.postgres.account import Account
from pennywhistle.machine.postgres.errors import (
    StartFailedError,
    StartTimeoutError,
    StopFailedError,
)
from pennywhistle.machine.postgres.installation import Installation

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 2
POLL_EVERY_S = 0.2
STOP_TIMEOUT_S = 120
STOP_AT_ONCE_TIMEOUT_S = 30
# The children of a killed server notice within moments; until then its memory is still in use.
ORPHANS = "pre-existing shared memory block"
ORPHANS_WAIT_S = 1
LAST_WORDS_MAX = 3000


@dataclass(frozen=True, slots=True)
class Server:
    """The files of one database, the programs that serve them, and the account that runs those.

    Its methods expect the lock of the store to be held.
    """

    data: Path
    database: Path
    account: Account
    programs: Installation
    report: Callable[[str], None]

    def start(self, *, timeout_s: int) -> None:
        """Start the server and wait until it answers, telling `report` every few seconds.

        Raises:
            StartFailedError: it ended; its last words are in the cure.
            StartTimeoutError: it is still recovering and goes on doing so.
        """
        ends_at_s = time.monotonic() + timeout_s
        while not self._try_start(ends_at_s=ends_at_s):
            self.report("The database waits for the last processes of a killed server to end.")
            time.sleep(ORPHANS_WAIT_S)

    def wait_until_ready(self, *, timeout_s: int) -> bool:
        """Wait for a server that somebody else started; False if there is none, or it ended."""
        began_s = time.monotonic()
        told_s = began_s
        while (running := process.find(self.database)) is not None:
            if running.is_ready:
                return True
            now_s = time.monotonic()
            if now_s - began_s > timeout_s:
                raise self._timed_out()
            if now_s - told_s >= PROGRESS_EVERY_S:
                told_s = now_s
                self._report_progress(int(now_s - began_s))
            time.sleep(POLL_EVERY_S)
        return False

    def stop(self) -> None:
        """Stop the server cleanly, or at once if that takes too long, which is logged as an error.

        Raises:
            StopFailedError: it is still there.
        """
        for mode, timeout_s in (("fast", STOP_TIMEOUT_S), ("immediate", STOP_AT_ONCE_TIMEOUT_S)):
            code, words = command.run(
                self._pg_ctl("stop", "-m", mode, "-t", str(timeout_s)),
                account=self.account,
                folder=self.database,
                timeout_s=timeout_s + STOP_AT_ONCE_TIMEOUT_S,
            )
            if code == 0 or process.find(self.database) is None:
                return
            logger.error("The database did not stop (%s): %s", mode, words)
        raise StopFailedError(
            f"The database in {self.database} does not stop.",
            cure="Look at its log and the disk; as a last resort end the process whose id is the "
            f"first line of {self.database / process.PID_FILE}.",
        )

    def _try_start(self, *, ends_at_s: float) -> bool:
        """Start the server once; False means that it is worth trying again in a moment."""
        self._drop_foreign_locks()
        left_s = max(1, int(ends_at_s - time.monotonic()))
        before = logs.lengths(self.data, self.database)
        with (
            logs.start_log(self.data) as log,
            command.start(
                self._pg_ctl("start", "-t", str(left_s)),
                account=self.account,
                folder=self.database,
                output=log,
            ) as launcher,
        ):
            code = self._wait(launcher)
        if code == 0:
            return True
        if process.find(self.database) is not None:
            raise self._timed_out()
        said = logs.since(self.data, self.database, before)
        if ORPHANS in said and time.monotonic() < ends_at_s:
            return False
        raise StartFailedError(
            f"The database in {self.database} did not start.",
            cure="Its last words say why; docs/running/database.md says what to do:\n"
            + said[-LAST_WORDS_MAX:],
        )

    def _pg_ctl(self, verb: str, *options: str) -> list[str | Path]:
        path = creation.path_for(self.account, self.database)
        return [self.programs.program("pg_ctl"), verb, "-s", "-w", "-D", path, *options]

    def _wait(self, launcher: "subprocess.Popen[bytes]") -> int:
        began_s = time.monotonic()
        while True:
            try:
                return launcher.wait(timeout=PROGRESS_EVERY_S)
            except subprocess.TimeoutExpired:
                self._report_progress(int(time.monotonic() - began_s))

    def _report_progress(self, waited_s: int) -> None:
        last = logs.tail(self.data, self.database, lines=1)
        self.report(f"The database is starting ({waited_s} s): {last}")

    def _timed_out(self) -> StartTimeoutError:
        return StartTimeoutError(
            f"The database in {self.database} is still recovering.",
            cure="It goes on by itself; start the store again in a while. Its last words:\n"
            + logs.tail(self.data, self.database, lines=10),
        )

    def _drop_foreign_locks(self) -> None:
        """Remove a killed server's lock files whose process id now belongs to something else.

        PostgreSQL would refuse to start for as long as that process lives; in a container whose
        first process reaps no children, a dead server "lives" on as a zombie. We hold the lock
        of the store, and its own check of shared memory still stands behind us.
        """
        sockets = socket_folder.place(self.data, account=self.account)
        for path in (self.database / process.PID_FILE, sockets / f"{socket_folder.SOCKET}.lock"):
            left = process.read(path)
            if left is None or process.serves(left.pid, self.database):
                continue
            if process.is_alive(left.pid):
                logger.warning("Removing the stale %s: %s is another process.", path, left.pid)
                path.unlink(missing_ok=True)
