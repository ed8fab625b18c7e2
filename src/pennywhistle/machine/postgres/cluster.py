"""One store's own PostgreSQL: made, started, watched while it recovers, and stopped cleanly."""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from pennywhistle.machine.postgres import (
    account,
    configuration,
    creation,
    installation,
    logs,
    marker,
    pages,
    process,
    roles,
    socket_folder,
)
from pennywhistle.machine.postgres.account import Account
from pennywhistle.machine.postgres.copies import Copies
from pennywhistle.machine.postgres.errors import CopyAwayError, OwnerDiffersError, StoreInUseError
from pennywhistle.machine.postgres.launch import Server
from pennywhistle.machine.postgres.pages import BadPage

logger = logging.getLogger(__name__)

FOLDER = "postgres"


class Cluster:
    """The database of the store in `data`, in `data`/postgres, reachable by one private socket.

    `must_exist` and `expected_id` (see `store_id`) are for starts after the first: where the store
    is not found, nothing is initialized. `settings` are server settings that win over everything,
    for tests (`{"fsync": "off"}`). `copies` is a folder of another disk for copies of the database.
    `report` gets a sentence every few seconds of a long start.
    """

    account_names: ClassVar[Sequence[str]] = account.NAMES

    def __init__(
        self,
        data: Path,
        *,
        must_exist: bool = False,
        expected_id: str | None = None,
        settings: Mapping[str, str] | None = None,
        copies: Path | None = None,
        report: Callable[[str], None] = logger.info,
    ) -> None:
        self.data = data.resolve()
        self.database = self.data / FOLDER
        self._must_exist = must_exist or expected_id is not None
        self._expected_id = expected_id
        self._settings = dict(settings or {})
        self._copies = copies
        self._report = report
        self._lock: int | None = None

    @property
    def store_id(self) -> str | None:
        """The id in the marker file, or None where there is no store yet."""
        found = marker.read(self.data)
        return found.store_id if found else None

    def start(self, *, timeout_s: int = 600) -> None:
        """Make the database if this is a new store, start it, and wait until it answers.

        Harmless if this object runs it already; a server that outlived its supervisor is taken
        over. `timeout_s` bounds the wait for recovery after a crash.

        Raises:
            ClusterError: one of its kinds; then nothing was initialized over anything.
        """
        try:
            self._start_locked(timeout_s=timeout_s)
        except PermissionError as error:
            raise OwnerDiffersError(
                f"User id {os.geteuid()} may not use {error.filename}.",
                cure="Start the store as the user who made it, or change the owner of its files.",
            ) from error

    def stop(self) -> None:
        """Stop the server: cleanly, and if that takes too long, at once (it recovers later).

        Harmless if it does not run.

        Raises:
            StoreInUseError: another process supervises it; nothing is stopped.
            StopFailedError: it is still there.
        """
        if process.find(self.database) is not None:
            self._take_lock()
            self._stop_server()
        self._release_lock()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server, and keep every other supervisor out for as long as this lasts.

        Raises:
            StoreInUseError: another process supervises it; nothing is stopped.
            StopFailedError: it is still there.
        """
        self._take_lock()
        try:
            if process.find(self.database) is not None:
                self._stop_server()
            yield
        finally:
            self._release_lock()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Keep every supervisor out for as long as this lasts; nothing is stopped for it.

        Raises StoreInUseError: it is supervised, or its server lives, ready or not.
        """
        self._take_lock()
        try:
            if process.find(self.database) is not None:
                raise StoreInUseError(f"The store in {self.data} runs.", cure="Stop it first.")
            yield
        finally:
            self._release_lock()

    def url(self, database: str = "pennywhistle", *, role: str = roles.STORE) -> str:
        """The address for DATABASE_URL. The kernel vouches for us; there is no password in it."""
        running = process.find(self.database)
        folder = running.socket_folder if running else None
        if folder is None:
            folder = socket_folder.place(self.data, account=self._account())
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(folder), safe='')}"

    def is_running(self) -> bool:
        """Whether the server accepts connections; who started it does not matter."""
        running = process.find(self.database)
        return running is not None and running.is_ready

    def read_pages(self) -> tuple[BadPage, ...]:
        """Compare every page of the running server with its checksum; answers what is damaged.

        Raises PagesUnreadError: they could not all be read.
        """
        return pages.read_all(self._admin_url(), programs=installation.find())

    def copy_pages(self, *, now: datetime) -> tuple[BadPage, ...]:
        """The same, and keep what was read as a copy, if nothing of it is damaged.

        Raises PagesUnreadError, or CopyAwayError: the folder is not there, or none was named.
        """
        copies = self._kept_copies()
        copies.open(account=self._account())
        return copies.add(self._admin_url(), programs=installation.find(), now=now)

    def copy_names(self) -> list[str]:
        """The copies that there are, the oldest first."""
        return self._kept_copies().names() if self._copies else []

    def _kept_copies(self) -> Copies:
        if self._copies is None or self.store_id is None:
            raise CopyAwayError("No folder is named for copies.", cure="Name one.")
        return Copies(self._copies.resolve(), self.store_id)

    def _admin_url(self) -> str:
        return self.url(roles.ADMIN_DATABASE, role=roles.ADMIN)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of what the server wrote, for an error report."""
        return logs.tail(self.data, self.database, lines=lines)

    def _start_locked(self, *, timeout_s: int) -> None:
        marker.open_folder(self.data, must_exist=self._must_exist)
        self._take_lock()
        try:
            self._start(timeout_s=timeout_s)
        except BaseException:
            self._release_lock()
            raise

    def _start(self, *, timeout_s: int) -> None:
        claimed = marker.claim(
            self.data, must_exist=self._must_exist, expected_id=self._expected_id
        )
        server = self._server()
        creation.ensure(
            self.database,
            claimed,
            account=server.account,
            programs=server.programs,
            durable=self._settings.get("fsync") != "off",
        )
        self._check_owner(server.account)
        if not server.wait_until_ready(timeout_s=timeout_s):
            self._configure(server.account)
            server.start(timeout_s=timeout_s)
        roles.ensure(self._admin_url())

    def _stop_server(self) -> None:
        server = self._server()
        server.stop()
        socket_folder.remove(socket_folder.place(self.data, account=server.account))

    def _server(self) -> Server:
        runs_as = self._account()
        programs = installation.for_account(
            installation.find(),
            account=runs_as,
            places=[self.data, installation.SHARED_PLACE],
        )
        return Server(
            data=self.data,
            database=self.database,
            account=runs_as,
            programs=programs,
            report=self._report,
        )

    def _account(self) -> Account:
        return account.choose(self.database, names=self.account_names)

    def _check_owner(self, runs_as: Account) -> None:
        owner = self.database.stat().st_uid
        if owner != runs_as.uid:
            raise OwnerDiffersError(
                f"{self.database} belongs to user id {owner}; its server is user id {runs_as.uid}.",
                cure="Start the store as the user who made it, or change the owner of its files.",
            )

    def _configure(self, runs_as: Account) -> None:
        folder = socket_folder.place(self.data, account=runs_as)
        socket_folder.ensure(folder, account=runs_as)
        chosen = configuration.Configuration(
            socket_folder=folder,
            memory_bytes=configuration.memory_bytes(),
            extra={**self._archiving(runs_as), **self._settings},
        )
        # PostgreSQL refuses a folder that others may enter; a restored backup often is one.
        self.database.chmod(0o700)
        configuration.write(self.database, chosen, account=runs_as)

    def _archiving(self, runs_as: Account) -> Mapping[str, str]:
        """What brings the log of changes to the copies; a disk that is away is waited for."""
        if self._copies is None:
            return {}
        copies = self._kept_copies()
        try:
            copies.open(account=runs_as)
        except (CopyAwayError, OSError) as error:
            logger.error("The database starts without its copies: %s", error)  # noqa: TRY400 no bug of ours
        return copies.archiving()

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        descriptor = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise StoreInUseError(
                f"Another process runs the store in {self.data}.",
                cure="Use that one, stop it first, or choose another DATA.",
            ) from error
        self._lock = descriptor

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
