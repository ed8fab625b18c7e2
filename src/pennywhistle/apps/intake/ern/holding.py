"""Messages whose sound is doubted: what they end ends at once, what they open waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.intake.doubts.queries import COPY, UPHELD, holds_on
from pennywhistle.apps.intake.ern.notes import stop
from pennywhistle.apps.parties.actions import lock_parties
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pennywhistle.apps.catalog.models import Recording, Release
    from pennywhistle.apps.intake.doubts.queries import Hold
    from pennywhistle.apps.intake.ern.order import Order
    from pennywhistle.engines.ddex import Finding, Sold, Standing

HELD = "file-held"
_CURE = "Look at it in the studio; answer what was found there, or send a better file."
# By so much what a held message leaves in force is older than the message, which follows it again
# once nothing holds it, while everything that was made before it comes too late.
_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Held:
    """What holds something that a message would publish: `name` is a file's path, or a title.

    `supplier_id` is whose content it is: a recording may be another's, who hands its catalog over.
    """

    name: str
    supplier_id: int
    hold: Hold


def holds_on_sound(
    order: Order, release: Release | None, recordings: Mapping[str, Recording]
) -> list[Held]:
    """What holds the files of a message, and the recordings that it sells without a new file.

    What is on sale on this release stays there until it is decided; what is refused does not.
    """
    suppliers = {order.supplier.pk, *(each.supplier_id for each in recordings.values())}
    lock_parties(party_ids=suppliers)
    files = [(path, row.sha256) for path, row in order.heard.files.items()]
    found = _held(order.supplier.pk, files)
    known = _sold_as_they_are(order, recordings)
    for supplier_id in sorted({each.supplier_id for each in known}):
        theirs = [each for each in known if each.supplier_id == supplier_id]
        holds = _held(supplier_id, [(each.title, each.master.sha256) for each in theirs])
        sold = _sold_on(release) if holds else set()
        kept = {each.master.sha256 for each in theirs if each.pk in sold}
        found += [
            held for held in holds if held.hold.state == UPHELD or held.hold.sha256 not in kept
        ]
    return found


def _sold_as_they_are(order: Order, recordings: Mapping[str, Recording]) -> list[Recording]:
    """The recordings whose master no file of the message replaces: what others made stays."""
    return [
        recording
        for part in order.heard.parts
        if (recording := recordings.get(part.reference)) is not None
        and not (part.planned.sha256 and recording.supplier_id == order.supplier.pk)
    ]


def _held(supplier_id: int, named: Sequence[tuple[str, str]]) -> list[Held]:
    holds = holds_on(supplier_id=supplier_id, sha256s=[sha256 for _, sha256 in named])
    return [
        Held(name, supplier_id, hold) for name, sha256 in named for hold in holds.get(sha256, ())
    ]


def _sold_on(release: Release | None) -> set[int]:
    """The recordings of a release's present tracks."""
    if release is None:
        return set()
    tracks = Track.objects.present().filter(release=release)
    return set(tracks.values_list("recording_id", flat=True))


def findings_of(holds: Iterable[Held]) -> Iterator[Finding]:
    """What to say of each."""
    for held in holds:
        why = (
            "somebody else delivers the same recording"
            if held.hold.code == COPY
            else f"something was found in it ({held.hold.code})"
        )
        sentence = f"{held.name} waits for the store: {why}. Nothing of the release is sold before."
        yield stop(HELD, sentence, _CURE, value=held.name)


def standing_meanwhile(before: Standing | None, after: Standing) -> Standing:
    """What is in force while a message is held: what stood before, as far as it says the same."""
    sold = before.sold if before is not None else ()
    kept = (replace(one, territories=one.territories & _where(one, after)) for one in sold)
    return replace(
        after,
        message_id="",
        created_at=after.created_at - _BEFORE,
        sold=tuple(one for one in kept if one.territories),
    )


def _where(one: Sold, after: Standing) -> Territories:
    """Where a release is sold by the message that is held, too."""
    where = Territories.none()
    for each in after.sold:
        if each.keys & one.keys:
            where |= each.territories
    return where
