"""What waits to be decided: one line for each kind of thing, with its count and its page.

A new kind is a function from the clock to a `Waiting`, and its name in `_KINDS`, in the order in
which an operator should look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of thing that waits: how many, what it is, why it matters, where it is settled.

    `title` is translated; `details` names the first few, each with its address (or none).
    """

    count: int
    title: str
    text: str
    url: str = ""
    details: tuple[tuple[str, str], ...] = ()


_KINDS: tuple[Callable[[datetime], Waiting], ...] = ()


def everything_waiting(*, now: datetime) -> list[Waiting]:
    """All kinds, with those that nothing waits for."""
    return [kind(now) for kind in _KINDS]
