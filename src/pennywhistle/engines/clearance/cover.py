"""How works are covered by licenses: the slices of a track, and what is remembered of a work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.engines.clearance.facts import Basis, License, Work
    from pennywhistle.engines.clearance.reasons import Reason


class Slice(NamedTuple):
    """A part of a track's works under one license; `apart` is why its money is kept, or empty.

    `part` is of all rights in all works of the track: the slices of a track that is covered by
    tariffs throughout sum to one.
    """

    license: License
    part: Fraction
    subject: str
    apart: str = ""


class Cover(NamedTuple):
    """A work as it was covered, from an instant up to another; `work` keeps its identity taken."""

    work: Work
    part: Fraction
    starts_at: datetime | None
    ends_at: datetime | None
    slices: Sequence[Slice]
    basis: Sequence[Basis]
    holds: dict[Reason, None]

    def holds_for(self, work: Work, part: Fraction, at: datetime) -> bool:
        """Whether it says how this very work is covered then."""
        return (
            self.work is work
            and (self.part is part or self.part == part)
            and (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or at < self.ends_at)
        )
