"""Checkout: a cart becomes owned music and money owed to its makers.

Buyers who come at the same moment are served together (`work.sell`): the till of their process
serves all who stand at it, and each gets their own answer.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection, transaction

from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.agreed import Agreed
from pennywhistle.apps.orders.purchases import Outcome, Purchase
from pennywhistle.apps.orders.work import sell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

logger = logging.getLogger(__name__)
served_at_once_max = 32
idle_s_max = 60
# How long a till that served several at once lets the next ones come up, as long as some do.
gather_us = 500
# How often it lets more come up than it served last: two halves that take turns become one again.
merge_every = 16
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TERRITORY = re.compile(r"[A-Z]{2}", re.ASCII)


def check_out(
    *,
    buyer_id: int,
    wanted: Sequence[ItemRef | Agreed],
    territory: str,
    shown: Money,
    key: str,
    now: datetime,
) -> UUID:
    """Buy `wanted` from the balance; the same `key` again answers with the same order.

    `shown` is the total that the buyer saw: the store's own price decides, and a difference
    refuses. Answers with the order's id, once the sale is durable. For what is wanted
    at an `Agreed` price the buyer may offer more than it costs; who lets them pay less is the
    caller's to see to, in a transaction around this (`apps.offers`).

    Raises:
        CheckoutError: one of its kinds in `errors`; nothing is written.
    """
    if not _KEY.fullmatch(key) or not _TERRITORY.fullmatch(territory):
        raise errors.PurchaseMalformedError(
            "The purchase has no proper key or territory. Nothing was bought."
        )
    refs = tuple([each.ref if isinstance(each, Agreed) else each for each in wanted])
    agreed = {each.ref: each for each in wanted if isinstance(each, Agreed)}
    purchase = Purchase(buyer_id, refs, territory, shown, key, now, agreed)
    if connection.in_atomic_block:
        # The caller's transaction is theirs alone; nobody else's sale may hang on it.
        with transaction.atomic():
            (outcome,) = sell([purchase])
    else:
        outcome = _till.serve(purchase)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class TillFailedError(Exception):
    """The till ran into a mistake of the program, which stands in the log; nothing was bought."""

    code = "till-failed"


def _closed_gate() -> threading.Lock:
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(slots=True)
class _Waiting:
    """Somebody at the till, who is let go with an outcome."""

    purchase: Purchase
    outcome: Outcome | None = None
    gate: threading.Lock = field(default_factory=_closed_gate)


class _Till:
    """One till a process, staffed by one thread as long as somebody comes.

    It has one connection to the database, on which all statements are planned already: planning
    them costs more than a sale, and every other thread would plan its own.
    """

    def __init__(self) -> None:
        self._line: deque[_Waiting] = deque()
        self._is_staffed = False
        self._arrival = threading.Condition(threading.Lock())
        # At how many in line the staff is woken, and how many were served last.
        self._awaited = 1
        self._crowd = 1
        self._takes = 0

    def serve(self, purchase: Purchase) -> Outcome:
        """Stand in line and answer the purchase's outcome."""
        mine = _Waiting(purchase)
        with self._arrival:
            self._line.append(mine)
            if self._is_staffed:
                if len(self._line) == self._awaited:
                    self._arrival.notify()
            else:
                self._is_staffed = True
                threading.Thread(target=self._staff, name="till", daemon=True).start()
        mine.gate.acquire()
        assert mine.outcome is not None
        return mine.outcome

    def _staff(self) -> None:
        """Serve until nobody came for a while."""
        while served := self._take():
            try:
                _settle(served)
                connection.close_if_unusable_or_obsolete()
            except Exception:
                logger.exception("The till failed while it served %s.", len(served))
            # Whatever happened, nobody is left standing.
            for waiting in served:
                waiting.outcome = waiting.outcome or TillFailedError("Nothing was bought.")
                waiting.gate.release()
        connection.close()

    def _take(self) -> list[_Waiting]:
        """The next ones in line, at most one purchase of each buyer; none when the till closes."""
        with self._arrival:
            if not self._comes(1, within_s=idle_s_max):
                self._is_staffed = False
                return []
            self._gather()
            served: dict[int, _Waiting] = {}
            later: list[_Waiting] = []
            while self._line and len(served) < served_at_once_max:
                waiting = self._line.popleft()
                if waiting.purchase.buyer_id in served:
                    later.append(waiting)
                else:
                    served[waiting.purchase.buyer_id] = waiting
            self._line.extendleft(reversed(later))
            self._crowd = len(served)
            return list(served.values())

    def _comes(self, count: int, *, within_s: float) -> bool:
        self._awaited = count
        return self._arrival.wait_for(lambda: len(self._line) >= count, timeout=within_s)

    def _gather(self) -> None:
        """Where many came a moment ago, the first one back waits for those right behind.

        Whoever comes alone waits for nobody. A purchase served by itself costs twice its part of a
        large batch, so that all are served sooner.
        """
        self._takes += 1
        is_merging = self._crowd > 1 and self._takes % merge_every == 0
        crowd = served_at_once_max if is_merging else self._crowd
        came = 0
        while came < len(self._line) < crowd:
            came = len(self._line)
            self._comes(crowd, within_s=gather_us / 1_000_000)


def _settle(served: list[_Waiting]) -> None:
    """Give everybody their outcome; what fails for all is tried once more for each alone."""
    outcomes: list[Outcome]
    try:
        outcomes = sell([waiting.purchase for waiting in served])
    except DatabaseError as error:
        logger.warning("A checkout of %s failed, each is tried alone: %s", len(served), error)
        outcomes = [_alone(waiting.purchase) for waiting in served]
    for waiting, outcome in zip(served, outcomes, strict=True):
        waiting.outcome = outcome


def _alone(purchase: Purchase) -> Outcome:
    try:
        (outcome,) = sell([purchase])
    except DatabaseError as error:
        return error
    return outcome


_till = _Till()
