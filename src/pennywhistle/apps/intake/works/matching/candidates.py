"""Which works recordings may play: one statement for a batch of recordings, with bounds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.catalog.models import Recording, RecordingCredit, Work, WorkCredit
from pennywhistle.apps.intake.works.matching.scoring import Named, Person, Side
from pennywhistle.apps.parties.models import Membership
from pennywhistle.apps.rights.models import License

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# Of each recording: works of its title, and works of its people to look at and to keep.
works_by_title_max = 20
works_by_people_max = 20
works_of_people_read_max = 500
# Of each new work: recordings to look at again.
recordings_by_work_max = 1_000

# A recording `r` of which no work is known: it plays nothing, or only what its own title made up.
_UNKNOWN = """
NOT EXISTS (
  SELECT FROM catalog_recordingwork p JOIN catalog_work k ON k.id = p.work_id
  WHERE p.recording_id = r.id AND p.closed_at IS NULL AND (
    p.matched_by = 'operator' OR k.iswc <> ''
    OR catalog_title_key(k.title) <> catalog_title_key(r.title)
    OR EXISTS (SELECT FROM rights_ownershipshare s WHERE s.work_id = k.id
               AND s.closed_at IS NULL AND s.status <> 'revoked')
    OR EXISTS (SELECT FROM rights_publicdomain d WHERE d.work_id = k.id AND d.closed_at IS NULL)))
"""

_WITHOUT_WORKS = f"""
SELECT r.id FROM catalog_recording r WHERE r.id = ANY (%(recordings)s) AND {_UNKNOWN} ORDER BY r.id
"""  # noqa: S608 (constants)

_IS_OWNED = """
EXISTS (SELECT FROM rights_ownershipshare s WHERE s.work_id = k.id
        AND s.closed_at IS NULL AND s.status <> 'revoked')
"""

_CANDIDATES = f"""
WITH r AS (
  SELECT id, title, isrc, catalog_title_key(title) AS key FROM catalog_recording
  WHERE id = ANY (%(recordings)s)
), found AS (
  SELECT r.id AS recording_id, n.work_id, 'named' AS way, n.submitter_id
  FROM r JOIN intake_namedisrc n ON n.isrc = r.isrc WHERE r.isrc <> ''
  UNION ALL
  SELECT r.id, p.work_id, 'twin', NULL
  FROM r JOIN catalog_recording o ON o.isrc = r.isrc AND o.id <> r.id
  JOIN catalog_recordingwork p ON p.recording_id = o.id AND p.closed_at IS NULL
  WHERE r.isrc <> '' AND p.part_numerator = p.part_denominator
  UNION ALL
  SELECT r.id, w.id, 'title', NULL FROM r CROSS JOIN LATERAL (
    SELECT k.id FROM catalog_work k
    WHERE catalog_title_key(k.title) = r.key AND r.key <> '' AND {_IS_OWNED}
    ORDER BY k.id LIMIT %(by_title)s) AS w
  UNION ALL
  SELECT r.id, w.work_id, 'people', NULL FROM r CROSS JOIN LATERAL (
    SELECT mine.work_id FROM (
      SELECT DISTINCT b.work_id FROM catalog_recordingcredit a
      JOIN catalog_workcredit b ON b.party_id = a.party_id
      WHERE a.recording_id = r.id ORDER BY b.work_id DESC LIMIT %(read)s) AS mine
    JOIN catalog_work k ON k.id = mine.work_id
    WHERE string_to_array(catalog_title_key(k.title), ' ') && string_to_array(r.key, ' ')
    ORDER BY k.id LIMIT %(by_people)s) AS w
)
SELECT f.recording_id, f.work_id, f.way, f.submitter_id
FROM found f JOIN catalog_work k ON k.id = f.work_id
WHERE {_IS_OWNED} AND NOT EXISTS (
    SELECT FROM intake_matchproposal q
    WHERE q.recording_id = f.recording_id AND q.work_id = f.work_id AND q.state = 'rejected')
ORDER BY f.recording_id, f.work_id
"""  # noqa: S608 (constants)

# New works become recordings to be looked at again.
_RECORDINGS_OF_WORKS = f"""
INSERT INTO intake_matchdue (kind, row_id)
SELECT DISTINCT 'recording', meant.id FROM (
  SELECT r.id FROM intake_namedisrc n JOIN catalog_recording r ON r.isrc = n.isrc
  WHERE n.work_id = ANY (%(works)s) AND r.isrc <> '' AND {_UNKNOWN}
  UNION ALL
  SELECT w.id FROM catalog_work k CROSS JOIN LATERAL (
    SELECT r.id FROM catalog_recording r
    WHERE catalog_title_key(r.title) = catalog_title_key(k.title) AND {_UNKNOWN}
    ORDER BY r.id LIMIT %(most)s) AS w
  WHERE k.id = ANY (%(works)s) AND catalog_title_key(k.title) <> ''
  UNION ALL
  SELECT w.id FROM catalog_workcredit b CROSS JOIN LATERAL (
    SELECT r.id FROM catalog_recordingcredit a JOIN catalog_recording r ON r.id = a.recording_id
    WHERE a.party_id = b.party_id AND {_UNKNOWN} ORDER BY r.id LIMIT %(most)s) AS w
  WHERE b.work_id = ANY (%(works)s)
) AS meant
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recording and a work that it may play, with what is known of both."""

    recording_id: int
    work_id: int
    recording: Side
    work: Side
    named: Named


def without_works(recording_ids: Sequence[int]) -> list[int]:
    """Those of the recordings of which no work is known, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_WORKS, {"recordings": list(recording_ids)})
        return [row[0] for row in cursor.fetchall()]


def note_recordings_of(work_ids: Sequence[int]) -> None:
    """Note the recordings that these works may be played by as due."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORDINGS_OF_WORKS, {"works": list(work_ids), "most": recordings_by_work_max}
        )


def candidates(recording_ids: Sequence[int]) -> list[Candidate]:
    """The works that these recordings may play; each pair once, in order, in seven queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "recordings": list(recording_ids),
                "by_title": works_by_title_max,
                "by_people": works_by_people_max,
                "read": works_of_people_read_max,
            },
        )
        found = cursor.fetchall()
    ways: defaultdict[tuple[int, int], set[tuple[str, int | None]]] = defaultdict(set)
    for recording_id, work_id, way, submitter_id in found:
        ways[recording_id, work_id].add((way, submitter_id))
    suppliers = dict(
        Recording.objects.filter(id__in=recording_ids).values_list("id", "supplier_id")
    )
    submitter_ids = {submitter for told in ways.values() for _, submitter in told if submitter}
    alike = _acted_for_alike(submitter_ids)
    licensors = _licensors(submitter_ids)
    recordings = _recordings(recording_ids)
    works = _works({work_id for _, work_id in ways})
    return [
        Candidate(
            recording_id,
            work_id,
            recordings[recording_id],
            works[work_id],
            _named(told, suppliers[recording_id], alike, licensors),
        )
        for (recording_id, work_id), told in ways.items()
    ]


def _named(
    told: Iterable[tuple[str, int | None]],
    supplier_id: int,
    alike: dict[int, set[int]],
    licensors: Collection[int],
) -> Named:
    by = {submitter for _, submitter in told if submitter is not None}
    return Named(
        by_supplier=any(supplier_id in alike[each] for each in by),
        by_licensor=any(each in licensors for each in by),
        by_another=bool(by),
        has_twin=any(way == "twin" for way, _ in told),
    )


def _acted_for_alike(party_ids: Collection[int]) -> dict[int, set[int]]:
    """The parties for whom the same people act, by each of these parties; itself always."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    members = Membership.objects.filter(party_id__in=party_ids).values_list("party_id", "user_id")
    for party_id, user_id in members:
        people[user_id].add(party_id)
    found = {party_id: {party_id} for party_id in party_ids}
    theirs = Membership.objects.filter(user_id__in=people.keys())
    for party_id, user_id in theirs.values_list("party_id", "user_id"):
        for each in people[user_id]:
            found[each].add(party_id)
    return found


def _licensors(party_ids: Collection[int]) -> set[int]:
    """Those who license this store under a tariff: the operator recorded that, nobody else."""
    licenses = License.objects.open().filter(licensor_id__in=party_ids, tariff__isnull=False)
    return set(licenses.values_list("licensor_id", flat=True))


def _recordings(recording_ids: Collection[int]) -> dict[int, Side]:
    people: defaultdict[int, list[Person]] = defaultdict(list)
    credits_ = RecordingCredit.objects.filter(recording_id__in=recording_ids)
    for recording_id, party_id, name in credits_.values_list(
        "recording_id", "party_id", "party__name"
    ):
        people[recording_id].append(Person(party_id, name))
    titles = Recording.objects.filter(id__in=recording_ids).values_list("id", "title")
    return {key: Side(title, tuple(people[key])) for key, title in titles}


def _works(work_ids: Collection[int]) -> dict[int, Side]:
    people: defaultdict[int, list[Person]] = defaultdict(list)
    credits_ = WorkCredit.objects.filter(work_id__in=work_ids)
    for work_id, party_id, name in credits_.values_list("work_id", "party_id", "party__name"):
        people[work_id].append(Person(party_id, name))
    titles = Work.objects.filter(id__in=work_ids).values_list("id", "title")
    return {key: Side(title, tuple(people[key])) for key, title in titles}
