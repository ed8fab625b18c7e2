"""Entry ids are version 7 UUIDs, in the order of time."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from pennywhistle.kernel.entry_id import earliest_entry_id, new_entry_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_ids_are_ordered_by_time() -> None:
    ids = [new_entry_id(NOON + timedelta(milliseconds=ms)) for ms in range(100)]

    assert ids == sorted(ids)
    assert all(id_.version == 7 and id_.variant == RFC_4122 for id_ in ids)


def test_ids_of_one_instant_differ() -> None:
    assert len({new_entry_id(NOON) for _ in range(1_000)}) == 1_000


def test_the_earliest_id_of_an_instant_parts_before_from_after() -> None:
    assert new_entry_id(NOON - timedelta(milliseconds=1)) < earliest_entry_id(NOON)
    assert all(earliest_entry_id(NOON) <= new_entry_id(NOON) for _ in range(100))
    assert earliest_entry_id(NOON).version == 7
