"""A message ready to be applied, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.intake.ern.files import Heard
    from pennywhistle.apps.intake.ern.planning import Plan
    from pennywhistle.apps.media.work import CoverFiles
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.engines.ddex import Change, Finding, NewRelease, Offers
    from pennywhistle.engines.ddex.message import Release as MainRelease


@dataclass(frozen=True, slots=True)
class Order:
    """All that is known of a message before the transaction: read, planned, its files heard.

    `drawn` is a cover by the store itself, where none came and the release has none.
    """

    supplier: Party
    message: NewRelease
    main: MainRelease
    offers: Offers
    plan: Plan
    heard: Heard
    drawn: CoverFiles | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: whether it applies, what it changed, what to tell.

    `is_whole` False: nothing was opened by it, because something of it is missing. `held_by` is
    the other supplier who delivers the release. `waits_for`: contents, each with whose it is; it
    applies once nothing holds them any more (`findings` says what does). `grants` counts what
    stands after it.
    """

    change: Change
    release: Release | None = None
    findings: tuple[Finding, ...] = ()
    is_whole: bool = True
    held_by: Party | None = None
    waits_for: frozenset[tuple[int, str]] = frozenset()
    grants: int = 0

    @property
    def is_held(self) -> bool:
        """Whether it waits for a decision about what it would sell."""
        return bool(self.waits_for)
