"""The index is made again from what was heard; until it is, nothing passes unchecked."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import NOON
from copies_music import heard, label, noisy, sound_of
from pennywhistle.apps.copies import index_folder
from pennywhistle.apps.copies.index_folder import IndexUnavailableError, turn
from pennywhistle.apps.copies.models import Conflict, SoundDelivery
from pennywhistle.apps.copies.upkeep import (
    index_status,
    mend_index,
    merge_index,
    rebuild_index,
    verify_index,
)
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.engines.fingerprint import IndexDamagedError

pytestmark = pytest.mark.django_db

STYLES = ("folk", "chip", "jazz")


@pytest.fixture
def delivered() -> list[str]:
    """Three recordings of one supplier."""
    contents = [heard(sound_of(style)) for style in STYLES]
    compare_delivered(supplier_id=label("First").pk, sha256s=contents, now=NOON)
    return contents


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index so large that whoever finds it gone does not make it again at once."""
    monkeypatch.setattr(index_folder, "FILLED_AT_ONCE_MAX", 1)


def a_copy() -> str:
    return heard(noisy(sound_of("folk")))


def compare_a_copy() -> None:
    compare_delivered(supplier_id=label("Second").pk, sha256s=[a_copy()], now=NOON)


def lose(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def damage(folder: Path) -> None:
    manifest = folder / "index.json"
    manifest.write_bytes(manifest.read_bytes()[:-9])


@pytest.mark.parametrize("harm", [lose, damage])
def test_a_small_index_that_is_gone_is_made_again_by_the_next_delivery(
    delivered: list[str], index_here: Path, harm
) -> None:
    harm(index_here)

    compare_a_copy()

    assert Conflict.objects.count() == 1
    status = index_status()
    assert (status.sound_count, status.indexed_count, status.is_complete) == (4, 4, True)


@pytest.mark.parametrize("harm", [lose, damage])
def test_while_a_large_one_is_made_again_deliveries_wait(
    delivered: list[str], slow: None, index_here: Path, harm
) -> None:
    harm(index_here)

    with pytest.raises(IndexUnavailableError):
        compare_a_copy()

    assert SoundDelivery.objects.count() == 3
    assert not index_status().is_complete
    assert mend_index() == 3
    compare_a_copy()
    assert Conflict.objects.count() == 1
    assert mend_index() == 0


def test_an_index_behind_the_database_is_noticed(delivered: list[str], index_here: Path) -> None:
    kept = {file.name: file.read_bytes() for file in index_here.iterdir()}
    compare_delivered(supplier_id=label("First").pk, sha256s=[heard(sound_of("dub"))], now=NOON)
    lose(index_here)
    for name, content in kept.items():
        (index_here / name).write_bytes(content)

    compare_delivered(
        supplier_id=label("Second").pk, sha256s=[heard(noisy(sound_of("dub")))], now=NOON
    )

    assert Conflict.objects.count() == 1


def test_verifying_finds_what_is_missing_and_what_is_damaged(
    delivered: list[str], index_here: Path
) -> None:
    assert verify_index() == 0
    log = next(index_here.glob("log-*"))
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)

    with pytest.raises(IndexDamagedError):
        verify_index()

    assert not index_status().is_complete
    assert mend_index() == 3
    assert verify_index() == 0


def test_rebuilding_tells_how_far_it_is(delivered: list[str]) -> None:
    seen: list[tuple[int, int]] = []

    assert rebuild_index(progress=lambda done, total: seen.append((done, total))) == 3

    assert seen == [(3, 3)]
    assert merge_index() == 0
    compare_a_copy()
    assert Conflict.objects.count() == 1


def test_only_one_at_a_time_works_on_the_index(delivered: list[str]) -> None:
    with turn(), pytest.raises(IndexUnavailableError), turn(wait_s=0):
        pytest.fail("somebody else has it")
