"""What a kind of waiting thing looks like on the desk."""

from __future__ import annotations

from dataclasses import dataclass


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

    @property
    def more_count(self) -> int:
        """How many more there are than are named."""
        return self.count - len(self.details)
