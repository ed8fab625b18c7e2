"""How far the releases of a delivery are, track by track, while it is checked and afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.doubts.queries import UPHELD
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.apps.intake.naming import read_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pennywhistle.apps.intake.doubts.showing import FileLine
    from pennywhistle.apps.intake.report import Report


@dataclass(frozen=True, slots=True)
class Advance:
    """How many of a release's tracks stand how; `total` is all of them.

    Attributes:
        title: of the release; while it is checked, of its folder, empty for the topmost.
        passed: heard, and nothing holds them.
        held: heard, and they wait for a decision.
        refused: by the check of the file, or by the operator.
        hearing: being heard now; of what is left nothing was done yet.
    """

    title: str
    total: int
    passed: int = 0
    held: int = 0
    refused: int = 0
    hearing: int = 0

    @property
    def done(self) -> int:
        """Those of which it is known what becomes of them."""
        return self.passed + self.held + self.refused


def advance_by_folder(lines: Iterable[FileLine]) -> list[Advance]:
    """Before a report says what is a release, each folder is taken for one."""
    folders: dict[str, list[FileLine]] = {}
    for line in lines:
        folders.setdefault(read_path(line.path).folder, []).append(line)
    return [_count(folder.rpartition("/")[2], found) for folder, found in folders.items()]


def advance_by_release(report: Report, lines: Sequence[FileLine]) -> list[Advance]:
    """In the order of the report; a refused file counts in the release of its folder."""
    by_path = {line.path: line for line in lines}
    refused: dict[str, list[FileLine]] = {}
    for line in lines:
        if line.state == DeliveryFile.State.REFUSED:
            refused.setdefault(read_path(line.path).folder, []).append(line)
    found = []
    for release in report.releases:
        own = [by_path[track.path] for track in release.tracks if track.path in by_path]
        found.append(_count(release.title, [*own, *refused.get(release.folder, [])]))
    return found


def _count(title: str, lines: Sequence[FileLine]) -> Advance:
    good = [line for line in lines if line.state == DeliveryFile.State.GOOD]
    upheld = sum(any(hold.state == UPHELD for hold in line.holds) for line in good)
    held = sum(bool(line.holds) for line in good) - upheld
    return Advance(
        title=title,
        total=len(lines),
        passed=len(good) - held - upheld,
        held=held,
        refused=upheld + sum(line.state == DeliveryFile.State.REFUSED for line in lines),
        hearing=sum(line.is_being_heard for line in lines),
    )
