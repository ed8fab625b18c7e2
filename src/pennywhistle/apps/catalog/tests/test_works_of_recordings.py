"""A recording plays works, each for a part of it; the parts are never more than the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from builders import a_shelf
from pennywhistle.apps.catalog.actions import (
    Credit,
    RecordingCredits,
    WorkPart,
    WorkPartsError,
    credit_recording,
    credit_recordings,
    link_works,
    record_work,
)
from pennywhistle.apps.catalog.models import Recording, RecordingWork
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import RegisterChange
from pennywhistle.apps.rights.queries import load_items

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
THIRD = Fraction(1, 3)


@pytest.fixture
def medley() -> Recording:
    """A recording of which nobody has said yet what is played."""
    label = ensure_party(name="Label")
    return Recording.objects.create(title="Medley", duration_ms=60_000, supplier=label)


def a_work(title: str) -> int:
    writer = ensure_party(name="Ada Weir")
    return record_work(title=title, iswc="", writers=[Credit(writer.pk, "Composer")]).pk


def link(
    recording: Recording,
    *parts: tuple[str, Fraction],
    now: datetime = NOON,
    by: str = "operator",
) -> None:
    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(a_work(title), part) for title, part in parts],
        matched_by=by,
        confidence_permille=900,
        now=now,
    )


def parts_of(recording: Recording) -> dict[str, Fraction]:
    links = RecordingWork.objects.open().filter(recording=recording).select_related("work")
    return {link.work.title: link.part for link in links}


def test_works_of_which_nobody_says_more_take_up_equal_parts(medley: Recording) -> None:
    works = [a_work(title) for title in ("Rain", "Reel", "Roof")]

    credit_recording(recording_id=medley.pk, credits=[], work_ids=[*works, works[0]], now=NOON)

    assert parts_of(medley) == {"Rain": THIRD, "Reel": THIRD, "Roof": THIRD}
    assert set(medley.works.values_list("pk", flat=True)) == set(works)


def test_what_is_known_of_the_parts_outlives_a_delivery_of_the_same_works(
    medley: Recording,
) -> None:
    link(medley, ("Rain", Fraction(3, 4)), ("Reel", Fraction(1, 4)), by="isrc")
    known = list(RecordingWork.objects.values())
    works = [a_work("Reel"), a_work("Rain")]

    credit_recording(recording_id=medley.pk, credits=[], work_ids=works, now=LATER)
    assert list(RecordingWork.objects.values()) == known
    credit_recording(recording_id=medley.pk, credits=[], work_ids=works[:1], now=LATER)

    assert parts_of(medley) == {"Reel": Fraction(1)}


def test_what_an_operator_said_outlives_a_delivery_of_other_works(medley: Recording) -> None:
    link(medley, ("Rain", Fraction(1, 2)), ("Reel", Fraction(1, 2)))
    known = list(RecordingWork.objects.values())
    rain, roof = a_work("Rain"), a_work("Roof")

    left = [
        credit_recordings(told=[RecordingCredits(medley.pk, (), works)], now=LATER)
        for works in ((rain,), (roof,), None)
    ]

    assert left == [{medley.pk: (rain,)}, {medley.pk: (roof,)}, {}]
    assert list(RecordingWork.objects.values()) == known


def test_links_are_closed_and_the_store_remembers_them(medley: Recording) -> None:
    link(medley, ("Rain", THIRD), ("Reel", THIRD))
    link(medley, ("Rain", THIRD), ("Roof", THIRD), now=LATER)

    rows = RecordingWork.objects.order_by("id").values_list("work__title", "closed_at")
    assert list(rows) == [("Rain", None), ("Reel", LATER), ("Roof", None)]
    assert sorted(medley.works.values_list("title", flat=True)) == ["Rain", "Roof"]
    reel = RecordingWork.objects.get(work__title="Reel")
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingWork.objects.filter(id=reel.pk).update(closed_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingWork.objects.all().delete()


def test_facts_are_read_with_the_links_of_the_day_that_is_asked_for() -> None:
    shelf = a_shelf(track_count=1)
    recording, before = shelf.tracks[0].recording, shelf.tracks[0].recording.works.get()
    link(recording, ("Rain", Fraction(1)), now=LATER)

    def played(known_at: datetime | None) -> list[str]:
        asked = load_items([shelf.track(1)], at=LATER, known_at=known_at)[shelf.track(1)]
        return [work.title for work in asked.item.tracks[0].recording.works]

    assert played(None) == played(LATER) == ["Rain"]
    assert played(NOON) == [before.title]
    assert RegisterChange.objects.filter(kind="recording", row_id=recording.pk).exists()


def test_the_same_links_again_change_nothing(medley: Recording) -> None:
    parts = (("Rain", THIRD), ("Reel", THIRD))
    link(medley, *parts)
    known = list(RecordingWork.objects.values())

    link(medley, *parts)

    assert list(RecordingWork.objects.values()) == known


@pytest.mark.parametrize(
    "parts",
    [
        [("Rain", Fraction(0))],
        [("Rain", Fraction(5, 4))],
        [("Rain", Fraction(2, 3)), ("Reel", Fraction(2, 3))],
        [("Rain", THIRD), ("Rain", THIRD)],
    ],
)
def test_parts_that_do_not_divide_a_recording_are_refused(
    medley: Recording, parts: list[tuple[str, Fraction]]
) -> None:
    with pytest.raises(WorkPartsError):
        link(medley, *parts)

    assert not RecordingWork.objects.exists()


@pytest.mark.parametrize("how_many", [3, 7, 11, 13])
def test_parts_that_have_no_last_digit_are_a_whole(medley: Recording, how_many: int) -> None:
    titles = [f"Part {number}" for number in range(how_many)]

    link(medley, *[(title, Fraction(1, how_many)) for title in titles])

    assert sum(parts_of(medley).values()) == 1


def test_the_database_lets_no_recording_be_more_than_whole(medley: Recording) -> None:
    link(medley, ("Rain", Fraction(2, 3)))
    columns = {
        "recording": medley,
        "work_id": a_work("Reel"),
        "part_denominator": 2,
        "recorded_at": NOON,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingWork.objects.create(**columns)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingWork.objects.create(**columns, part_numerator=3)
    RecordingWork.objects.create(**{**columns, "part_denominator": 3})
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingWork.objects.update(part_numerator=2)

    assert parts_of(medley) == {"Rain": Fraction(2, 3), "Reel": THIRD}


def test_links_from_before_parts_were_known_become_equal_parts(medley: Recording) -> None:
    migration = import_module("pennywhistle.apps.catalog.migrations.0003_works_with_parts")
    works = [a_work("Rain"), a_work("Reel")]
    other = Recording.objects.create(title="Rain", duration_ms=1, supplier=medley.supplier)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE catalog_recording_works (recording_id int, work_id int)")
        cursor.executemany(
            "INSERT INTO catalog_recording_works VALUES (%s, %s)",
            [(medley.pk, works[0]), (medley.pk, works[1]), (other.pk, works[0])],
        )
        # A column that came later.
        cursor.execute("ALTER TABLE catalog_recordingwork ALTER recorded_at SET DEFAULT now()")
        cursor.execute(migration.EQUAL_PARTS)

    assert parts_of(medley) == {"Rain": Fraction(1, 2), "Reel": Fraction(1, 2)}
    assert parts_of(other) == {"Rain": Fraction(1)}
