"""Entry ids are version 7 UUIDs, in the order of time."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from pennywhistle.kernel.entry_id import new_entry_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_ids_are_ordered_by_time() -> None:
    ids = [new_entry_id(NOON + timedelta(milliseconds=ms)) for ms in range(100)]

    assert ids == sorted(ids)
    assert all(id_.version == 7 and id_.variant == RFC_4122 for id_ in ids)


def test_ids_of_one_instant_differ() -> None:
    assert len({new_entry_id(NOON) for _ in range(1_000)}) == 1_000
