"""What a works file says of other suppliers' recordings, noted so that they are told of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.catalog.models import Recording, RecordingWork, Track, Work
from pennywhistle.apps.intake.models import WorksNews
from pennywhistle.apps.intake.works.limits import NEWS_LINES_MAX
from pennywhistle.apps.parties.queries import acted_for_alike
from pennywhistle.apps.rights.models import OwnershipShare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from pennywhistle.apps.intake.models import WorksFile


def note_others(
    works_file: WorksFile,
    *,
    work_ids: Collection[int],
    named: Mapping[str, Collection[int]],
    now: datetime,
) -> None:
    """Note whose recordings these works concern, in the transaction that records them.

    A share counts that rests on this file, in a work that the recording plays; and an ISRC that
    the sender had not named for the work before (`named`: works by ISRC). Recordings of those for
    whom the same people act are not somebody else's.
    """
    whose = acted_for_alike(party_id=works_file.submitter_id)
    found: dict[int, dict[tuple[int, int], tuple[str, Recording]]] = defaultdict(dict)
    for recording, work_id in _named(named, whose):
        found[recording.supplier_id][recording.pk, work_id] = ("named", recording)
    # Later, because it says more: the work counts for the recording already.
    for recording, work_id in _claimed(works_file, work_ids, whose):
        found[recording.supplier_id][recording.pk, work_id] = ("claimed", recording)
    for supplier_id in sorted(found):
        _note(works_file, supplier_id, found[supplier_id], now)


def _named(
    named: Mapping[str, Collection[int]], whose: Collection[int]
) -> Iterator[tuple[Recording, int]]:
    recordings = Recording.objects.filter(isrc__in=named).exclude(supplier__in=whose)
    links = RecordingWork.objects.open().filter(recording__in=recordings)
    played = set(links.values_list("recording_id", "work_id"))
    for recording in recordings.order_by("id"):
        for work_id in sorted(named[recording.isrc]):
            if (recording.pk, work_id) not in played:
                yield recording, work_id


def _claimed(
    works_file: WorksFile, work_ids: Collection[int], whose: Collection[int]
) -> Iterator[tuple[Recording, int]]:
    shares = OwnershipShare.objects.open().filter(
        evidence=works_file.evidence_id, work__in=work_ids
    )
    links = RecordingWork.objects.open().filter(work__in=shares.values("work"))
    others = links.exclude(recording__supplier__in=whose)
    for link in others.select_related("recording").order_by("id"):
        yield link.recording, link.work_id


def _note(
    works_file: WorksFile,
    supplier_id: int,
    found: Mapping[tuple[int, int], tuple[str, Recording]],
    now: datetime,
) -> None:
    news, _ = WorksNews.objects.get_or_create(
        works_file=works_file, supplier_id=supplier_id, defaults={"noted_at": now}
    )
    room = max(NEWS_LINES_MAX - len(news.lines), 0)
    news.lines = [*news.lines, *_lines(dict(list(found.items())[:room]))]
    news.line_count += len(found)
    news.save(update_fields=["lines", "line_count"])


def _lines(
    found: Mapping[tuple[int, int], tuple[str, Recording]],
) -> Iterator[dict[str, Any]]:
    """What happened, to which recording and work, and the release to look at."""
    recording_ids = {recording_id for recording_id, _ in found}
    titles = dict(
        Work.objects.filter(id__in={each for _, each in found}).values_list("id", "title")
    )
    tracks = Track.objects.filter(recording__in=recording_ids).order_by("-id")
    releases = dict(tracks.values_list("recording_id", "release__public_id"))
    for (recording_id, work_id), (what, recording) in found.items():
        yield {
            "what": what,
            "recording": recording.title,
            "isrc": recording.isrc,
            "work": titles[work_id],
            "release": releases.get(recording_id, ""),
        }
