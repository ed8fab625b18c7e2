"""A flipped bit in a master is found, named, and mended from the copy; no damage ever spreads."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.media.custody import (
    Condition,
    MasterDamagedError,
    check_master,
    copy_masters,
    scrub,
    sound_master,
)
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Master, StoredMaster
from pennywhistle.apps.media.volumes import MARKER, VolumeAwayError, mark, require_masters
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
ALL = 1 << 60


@pytest.fixture
def copies(tmp_path: Path, settings: Any) -> Folder:
    """A second storage on another disk."""
    settings.MASTERS_COPY = str(tmp_path / "copies")
    mark(tmp_path / "copies")
    return Folder(tmp_path / "copies")


def some_masters(count: int = 1, *, size_bytes: int = 3_000_000) -> list[str]:
    """Files as recordings' masters; what they sound like matters to nobody here."""
    a_store()
    require_masters()
    shelf = a_shelf(track_count=count)
    found = []
    for track in shelf.tracks:
        stored = MASTERS.put([os.urandom(size_bytes)])
        Master.objects.create(
            recording_id=track.recording_id,
            sha256=stored.sha256,
            file_size_bytes=stored.size_bytes,
            container="flac",
            codec="flac",
            is_lossless=True,
            sample_rate_hz=44_100,
            bits_per_sample=16,
            channel_count=2,
            sample_count=1,
            peaks=b"",
            delivered_at=NOON,
        )
        StoredMaster.objects.create(sha256=stored.sha256, file_size_bytes=stored.size_bytes)
        found.append(stored.sha256)
    return found


def flip_a_bit(folder: Folder, sha256: str, *, at: int = 1_234_567) -> None:
    content = bytearray(folder.path(sha256).read_bytes())
    content[at] ^= 4
    folder.path(sha256).write_bytes(content)


def is_right(folder: Folder, sha256: str) -> bool:
    return hashlib.sha256(folder.path(sha256).read_bytes()).hexdigest() == sha256


def test_a_flipped_bit_is_found_and_mended_from_the_copy(
    copies: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    (sha256,) = some_masters()
    assert copy_masters(size_bytes_max=ALL, now=NOON) == 1
    flip_a_bit(MASTERS, sha256)

    done = scrub(size_bytes_max=None, now=LATER)

    assert (done.checked_count, done.restored, done.lost) == (1, (sha256,), ())
    assert is_right(MASTERS, sha256)
    row = StoredMaster.objects.get()
    assert (row.restored_at, row.damage, row.scrubbed_at) == (LATER, "", LATER)
    assert f"{sha256} is damaged: differs" in caplog.text
    assert is_right(copies, sha256)


def test_a_missing_master_is_put_back(copies: Folder) -> None:
    (sha256,) = some_masters()
    copy_masters(size_bytes_max=ALL, now=NOON)
    MASTERS.remove(sha256)

    assert check_master(sha256, now=LATER) is Condition.RESTORED
    assert is_right(MASTERS, sha256)
    assert is_right(copies, sha256)


@pytest.mark.parametrize("is_there", [True, False], ids=["differs", "missing"])
def test_without_a_second_storage_a_damage_is_a_loss_with_a_name(is_there: bool) -> None:  # noqa: FBT001 (a case)
    (sha256,) = some_masters()
    if is_there:
        flip_a_bit(MASTERS, sha256)
    else:
        MASTERS.remove(sha256)

    done = scrub(size_bytes_max=None, now=LATER)

    assert done.lost == (sha256,)
    row = StoredMaster.objects.lost().get()
    assert (row.damage, row.damaged_at) == ("differs" if is_there else "missing", LATER)


def test_a_master_is_never_restored_from_a_damaged_copy(copies: Folder) -> None:
    (sha256,) = some_masters()
    copy_masters(size_bytes_max=ALL, now=NOON)
    flip_a_bit(MASTERS, sha256)
    flip_a_bit(copies, sha256, at=7)
    before = MASTERS.path(sha256).read_bytes()

    assert check_master(sha256, now=LATER) is Condition.LOST
    assert MASTERS.path(sha256).read_bytes() == before
    assert not [*(MASTERS.root / "tmp").glob("*")]


def test_a_damaged_master_never_becomes_a_copy(copies: Folder) -> None:
    (sha256,) = some_masters()
    flip_a_bit(MASTERS, sha256)

    assert copy_masters(size_bytes_max=ALL, now=NOON) == 0
    assert not copies.has(sha256)
    assert StoredMaster.objects.lost().exists()


def test_a_damaged_master_does_not_take_the_place_of_its_copy(copies: Folder) -> None:
    (sha256,) = some_masters()
    copy_masters(size_bytes_max=ALL, now=NOON)
    StoredMaster.objects.update(copied_at=None)
    flip_a_bit(MASTERS, sha256)

    copy_masters(size_bytes_max=ALL, now=NOON)

    assert is_right(copies, sha256)


def test_a_copy_that_rotted_is_made_anew(copies: Folder) -> None:
    (sha256,) = some_masters()
    copy_masters(size_bytes_max=ALL, now=NOON)
    flip_a_bit(copies, sha256)

    scrub(size_bytes_max=None, now=LATER)
    assert copy_masters(size_bytes_max=ALL, now=LATER) == 1

    assert is_right(copies, sha256)


def test_a_loss_ends_when_the_file_comes_again() -> None:
    (sha256,) = some_masters()
    content = MASTERS.path(sha256).read_bytes()
    MASTERS.remove(sha256)
    assert check_master(sha256, now=NOON) is Condition.LOST

    MASTERS.put([content])

    assert check_master(sha256, now=LATER) is Condition.SOUND
    assert not StoredMaster.objects.lost().exists()


def test_every_night_the_next_ones_are_read_until_all_were() -> None:
    every = set(some_masters(5, size_bytes=1_000))
    nights = [NOON + timedelta(days=day) for day in range(3)]

    counts = [scrub(size_bytes_max=2_000, now=night).checked_count for night in nights]

    assert counts == [2, 2, 2]
    times = dict(StoredMaster.objects.values_list("sha256", "scrubbed_at"))
    assert times.keys() == every
    counted = [list(times.values()).count(night) for night in nights]
    assert counted == [1, 2, 2]


def test_a_former_master_is_nobodys_worry() -> None:
    (sha256,) = some_masters()
    Master.objects.all().delete()
    MASTERS.remove(sha256)

    assert scrub(size_bytes_max=None, now=LATER).checked_count == 0


def test_nothing_is_made_of_a_damaged_master() -> None:
    (sha256,) = some_masters()
    assert sound_master(sha256, now=NOON) == MASTERS.path(sha256)
    flip_a_bit(MASTERS, sha256)

    with pytest.raises(MasterDamagedError):
        sound_master(sha256, now=LATER)

    assert StoredMaster.objects.lost().get().damaged_at == LATER


@pytest.mark.usefixtures("copies")
def test_whoever_wants_a_damaged_master_gets_the_restored_one() -> None:
    (sha256,) = some_masters()
    copy_masters(size_bytes_max=ALL, now=NOON)
    flip_a_bit(MASTERS, sha256)

    path = sound_master(sha256, now=LATER)

    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_masters_that_are_not_mounted_are_not_lost() -> None:
    some_masters(3)
    elsewhere = MASTERS.root.with_name("not mounted")
    MASTERS.root.rename(elsewhere)
    MASTERS.root.mkdir()
    try:
        with pytest.raises(VolumeAwayError):
            scrub(size_bytes_max=ALL, now=LATER)

        assert not StoredMaster.objects.lost().exists()
        assert not list(MASTERS.root.iterdir())
    finally:
        MASTERS.root.rmdir()
        elsewhere.rename(MASTERS.root)


def test_a_folder_of_masters_from_before_markers_is_known_by_what_it_holds() -> None:
    some_masters()
    (MASTERS.root / MARKER).unlink()

    assert scrub(size_bytes_max=ALL, now=LATER).lost == ()
    assert (MASTERS.root / MARKER).is_file()


def test_a_second_storage_that_is_not_mounted_gets_no_copies(tmp_path: Path, settings: Any) -> None:
    settings.MASTERS_COPY = str(tmp_path / "mount point")
    some_masters()

    with pytest.raises(VolumeAwayError):
        copy_masters(size_bytes_max=ALL, now=NOON)

    assert not (tmp_path / "mount point").exists()
    assert StoredMaster.objects.get().copied_at is None
