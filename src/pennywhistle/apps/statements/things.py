"""What a statement names: items with their recordings and works, works by ref, parties by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Recording, RecordingWork, Release, Track, Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.statements.titles import ItemName, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pennywhistle.apps.statements.flows import Sold


@dataclass(frozen=True, slots=True)
class Thing:
    """An item: what it is called, the recording of a track, and the works in that.

    `recording` is the recording's ref, or the item's own where a release was sold whole; `code` the
    ISRC or the UPC.
    """

    name: ItemName
    recording: str
    code: str = ""
    works: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Things:
    """Everything that some sales name, read at once; what is gone is called by its ref."""

    items: Mapping[str, Thing]
    # Title, and ISWC or ISRC.
    subjects: Mapping[str, tuple[str, str]]
    parties: Mapping[int, str]

    @classmethod
    def of(cls, sold: Iterable[Sold]) -> Things:
        """What these sales name, in a fixed number of queries."""
        sold = list(sold)
        subjects = {subject for each in sold for subject, _ in each.works}
        subjects |= {apart.subject for each in sold for apart in each.apart}
        licensors = {party_id for each in sold for _, party_id in each.works}
        return cls(
            items=_things({each.item for each in sold}),
            subjects=_subjects(subjects),
            parties=dict(Party.objects.filter(id__in=licensors).values_list("id", "name")),
        )

    def item(self, ref: str) -> Thing:
        """An item that was sold."""
        return self.items[ref]

    def subject(self, ref: str) -> tuple[str, str]:
        """Title and code of a work or a recording."""
        return self.subjects.get(ref, (ref, ""))

    def party(self, party_id: int) -> str:
        """A party's name."""
        return self.parties.get(party_id, str(party_id))


def _things(items: set[str]) -> dict[str, Thing]:
    names = names_of(items)
    things = {item: Thing(names[item], item) for item in items}
    upcs = Release.objects.filter(public_id__in=_ids(items, "release"))
    for public_id, upc in upcs.values_list("public_id", "upc"):
        ref = f"release:{public_id}"
        things[ref] = Thing(names[ref], ref, upc)
    tracks = list(
        Track.objects.filter(public_id__in=_ids(items, "track")).values_list(
            "public_id", "recording_id", "recording__isrc"
        )
    )
    works = _works_of({recording_id for _, recording_id, _ in tracks})
    for public_id, recording_id, isrc in tracks:
        ref = f"track:{public_id}"
        mine = tuple(works.get(recording_id, ()))
        things[ref] = Thing(names[ref], f"recording-{recording_id}", isrc, mine)
    return things


def _works_of(recording_ids: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    links = RecordingWork.objects.open().filter(recording__in=recording_ids).order_by("id")
    for recording_id, title in links.values_list("recording_id", "work__title"):
        found.setdefault(recording_id, []).append(title)
    return found


def _subjects(refs: set[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    works = Work.objects.filter(id__in=_numbers(refs, "work"))
    for number, title, iswc in works.values_list("id", "title", "iswc"):
        found[f"work-{number}"] = title, iswc
    recordings = Recording.objects.filter(id__in=_numbers(refs, "recording"))
    for number, title, isrc in recordings.values_list("id", "title", "isrc"):
        found[f"recording-{number}"] = title, isrc
    return found


def _ids(items: set[str], kind: str) -> list[str]:
    parts = (item.partition(":") for item in items)
    return [public_id for found, _, public_id in parts if found == kind]


def _numbers(refs: set[str], kind: str) -> list[int]:
    parts = (ref.partition("-") for ref in refs)
    return [int(number) for found, _, number in parts if found == kind and number.isdecimal()]
