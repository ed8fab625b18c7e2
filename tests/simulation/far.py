"""Who is elsewhere: the provider, with a connection and a clock of its own, and a neighbor.

The real fakepay answers, behind the store's own port, but in another thread: what it has committed
stays, whatever becomes of the store that asked it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, connections

from pennywhistle.machine.storage import Folder
from pennywhistle.providers.fakepay.adapter import Fakepay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pennywhistle.apps.payments.provider import Notice, Payment, Refunding, Started
    from pennywhistle.kernel.money import Money
    from simulation.faults import Faults

T = TypeVar("T")


class CalledInTransactionError(Exception):
    """The store asked a provider while a transaction was open, and would forget what it did."""


class Elsewhere:
    """One thread with a connection of its own; who calls it waits for the answer."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self.do(self._connect)

    def do(self, deed: Callable[..., T], *args: object, **more: object) -> T:
        """Do it there."""
        return self._pool.submit(deed, *args, **more).result()

    def close(self) -> None:
        """End the thread with its connection."""
        self.do(connections.close_all)
        self._pool.shutdown()

    def has_ended(self, number: int) -> bool:
        """Whether the database has ended a session."""
        return self.do(_has_ended, number)

    @staticmethod
    def _connect() -> None:
        with connection.cursor() as cursor:
            # Somebody who waits for ever would be a mistake of the simulation.
            cursor.execute("SET lock_timeout = '20s'")


def _has_ended(number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [number])
        return cursor.fetchone() == (0,)


class FarProvider:
    """The port's five verbs; requests and answers may be lost on their way."""

    code = "fakepay"

    def __init__(self, faults: Faults, there: Elsewhere) -> None:
        self._faults, self._there, self._real = faults, there, Fakepay()

    def start(self, **asked: Any) -> Started:
        return self._ask(self._real.start, **asked)

    def fetch(self, *, provider_ref: str) -> Payment:
        return self._ask(self._real.fetch, provider_ref=provider_ref)

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        return self._ask(self._real.refund, provider_ref=provider_ref, amount=amount, key=key)

    def holding(self, *, currency: str) -> Money | None:
        return self._ask(self._real.holding, currency=currency)

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        return self._real.read_notice(body=body, headers=headers)

    def _ask(self, verb: Callable[..., T], **asked: object) -> T:
        if connection.in_atomic_block:
            raise CalledInTransactionError(verb.__name__)
        self._faults.at_request()
        answer = self._there.do(verb, **asked)
        self._faults.at_request()
        return answer


@dataclass(frozen=True)
class MortalFolder(Folder):
    """The log's folder, of a process that may be killed between two of its files."""

    faults: Faults

    def write(self, name: str, data: bytes) -> None:
        self.faults.at_file()
        Folder.write(self, name, data)
        self.faults.at_file()
