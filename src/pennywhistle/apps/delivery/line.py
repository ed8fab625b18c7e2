"""Who waits for an encoder: people take turns, whatever each of them wants."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

T = TypeVar("T")


class Line(Generic[T]):
    """Things that wait, of several people: one of each in turn, each person's in their order.

    Someone who wants one track is behind one track of everybody else, not behind 200 of one
    person. Not safe for threads by itself.
    """

    def __init__(self) -> None:
        self._of: OrderedDict[Hashable, deque[T]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        """How many things wait."""
        return self._count

    def count_of(self, person: Hashable) -> int:
        """How many of them are this person's."""
        return len(self._of.get(person, ()))

    def add(self, thing: T, *, person: Hashable) -> None:
        """Wait behind the person's own things."""
        self._of.setdefault(person, deque()).append(thing)
        self._count += 1

    def take(self) -> T | None:
        """The next one; its person's next is behind one of everybody else's."""
        if not self._of:
            return None
        person, things = self._of.popitem(last=False)
        thing = things.popleft()
        self._count -= 1
        if things:
            self._of[person] = things
        return thing

    def leave(self, thing: T) -> bool:
        """Wait no more; whether it did."""
        for person, things in self._of.items():
            if thing in things:
                things.remove(thing)
                self._count -= 1
                if not things:
                    del self._of[person]
                return True
        return False

    def in_turn(self) -> Iterator[T]:
        """All of them in the order in which they will be taken if nobody else comes."""
        rounds = [list(things) for things in self._of.values()]
        for number in range(max(map(len, rounds), default=0)):
            for things in rounds:
                if number < len(things):
                    yield things[number]
