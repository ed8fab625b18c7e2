"""What was planned a moment ago: large archives are asked for again and again, part by part."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

T = TypeVar("T")

# A plan holds for a moment: whatever changes meanwhile is in the next one, under another ETag.
PLAN_LIFE = timedelta(seconds=60)
PLANS_MAX = 16


class Plans(Generic[T]):
    """The latest plans of this process, by what they are of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: OrderedDict[Hashable, tuple[datetime, T]] = OrderedDict()

    def find(self, key: Hashable, *, now: datetime) -> T | None:
        """A plan that still holds."""
        with self._lock:
            made_at, plan = self._plans.get(key, (None, None))
            return plan if made_at is not None and now - made_at < PLAN_LIFE else None

    def keep(self, key: Hashable, plan: T, *, now: datetime) -> None:
        """Keep a plan, and forget the oldest of too many."""
        with self._lock:
            self._plans[key] = (now, plan)
            self._plans.move_to_end(key)
            while len(self._plans) > PLANS_MAX:
                self._plans.popitem(last=False)
