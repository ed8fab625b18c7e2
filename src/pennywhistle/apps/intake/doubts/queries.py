"""What holds files, and with them releases, back from being published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.copies.queries import conflicts_holding
from pennywhistle.apps.intake.models import DeliveryFile, Doubt, DoubtWord
from pennywhistle.apps.intake.models.doubts import last_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pennywhistle.apps.intake.models import Delivery
    from pennywhistle.apps.intake.report import PlannedRelease, Report

COPY = "copy"
OPEN = "open"
UPHELD = DoubtWord.Kind.UPHELD.value


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason for which a file is not published.

    Attributes:
        sha256: of the file.
        code: of the finding; "copy" where somebody else delivers the same recording.
        state: "open" (nothing was said), "answer", or "upheld": the store refuses the file.
        doubt: the doubt's public id; empty for a copy.
    """

    sha256: str
    code: str
    state: str = OPEN
    doubt: str = ""


def holds_on(*, supplier_id: int, sha256s: Iterable[str]) -> dict[str, tuple[Hold, ...]]:
    """What holds these contents as this supplier delivers them; of the others there is nothing.

    As many queries for one file as for a hundred.
    """
    wanted = set(sha256s) - {""}
    doubts = Doubt.objects.holding().filter(supplier_id=supplier_id, sha256__in=wanted)
    found: dict[str, list[Hold]] = {}
    rows = doubts.annotate(last_kind=last_kind()).order_by("id")
    for sha256, code, public_id, last in rows.values_list(
        "sha256", "code", "public_id", "last_kind"
    ):
        found.setdefault(sha256, []).append(Hold(sha256, code, last or OPEN, public_id))
    for sha256, conflicts in conflicts_holding(sha256s=wanted, supplier_id=supplier_id).items():
        states = (UPHELD if conflict.ruling else OPEN for conflict in conflicts)
        found.setdefault(sha256, []).extend(Hold(sha256, COPY, state) for state in states)
    return {sha256: tuple(holds) for sha256, holds in found.items()}


def holds_of(delivery: Delivery) -> dict[str, tuple[Hold, ...]]:
    """What holds the files of a delivery, by content."""
    files = delivery.files.filter(kind=DeliveryFile.Kind.AUDIO, state=DeliveryFile.State.GOOD)
    return holds_on(
        supplier_id=delivery.supplier_id, sha256s=files.values_list("sha256", flat=True)
    )


def holds_on_release(
    planned: PlannedRelease, holds: Mapping[str, tuple[Hold, ...]]
) -> tuple[Hold, ...]:
    """What holds a planned release: everything that holds one of its tracks."""
    contents = dict.fromkeys(track.sha256 for track in planned.tracks)
    return tuple(hold for sha256 in contents for hold in holds.get(sha256, ()))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the releases of a report stand, by their numbers in it.

    Attributes:
        open: can be published now.
        held: what holds each that nothing else speaks against.
        published: are on the shelves.
    """

    open: tuple[int, ...]
    held: Mapping[int, tuple[Hold, ...]]
    published: tuple[int, ...]


def standing_of(
    delivery: Delivery, report: Report, holds: Mapping[str, tuple[Hold, ...]] | None = None
) -> Standing:
    """Which releases of a checked delivery can be published, which are held, and which are.

    `holds` is what holds its files, where that was asked already.
    """
    good = [index for index in range(len(report.releases)) if report.may_publish(index)]
    published = good if delivery.state == delivery.State.PUBLISHED else delivery.published
    left = [index for index in good if index not in published]
    if not left:
        return Standing((), {}, tuple(published))
    if holds is None:
        holds = holds_of(delivery)
    by_release = {index: holds_on_release(report.releases[index], holds) for index in left}
    return Standing(
        tuple(index for index in left if not by_release[index]),
        {index: found for index, found in by_release.items() if found},
        tuple(published),
    )


def mistaken(sha256s: Iterable[str]) -> set[tuple[str, str]]:
    """Of these files, (content, code) of the findings that an operator called mistaken."""
    doubts = Doubt.objects.filter(sha256__in=set(sha256s), words__kind=DoubtWord.Kind.OVERRULED)
    return set(doubts.values_list("sha256", "code"))
