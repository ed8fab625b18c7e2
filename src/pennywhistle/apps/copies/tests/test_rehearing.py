"""A fingerprint that cannot be read hangs no delivery: the file is heard again."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import NOON, a_store, a_user
from copies_music import label
from copies_shop import coded
from pennywhistle.apps.copies.actions import block_content
from pennywhistle.apps.copies.index_folder import fingerprints_of
from pennywhistle.apps.copies.models import Block, Conflict, Sound
from pennywhistle.apps.copies.rehearing import NotHeardError
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.hearings import keep_hearing
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.media.work import hear, store_master

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store() -> None:
    a_store()


def stored(folder: Path, encoding: str) -> str:
    """A file in the store that was heard."""
    path = folder / encoding
    path.write_bytes(coded(encoding))
    sha256 = store_master(path).sha256
    keep_hearing(sha256=sha256, heard=hear(sha256))
    return sha256


def damage(sha256: str) -> None:
    """As by a disk that turned a bit."""
    hearing = Hearing.objects.get(sha256=sha256)
    data = bytearray(hearing.fingerprint)
    data[len(data) // 2] ^= 1
    Hearing.objects.filter(sha256=sha256).update(fingerprint=bytes(data))
    assert fingerprints_of([sha256]) == {}


def test_what_was_damaged_is_heard_again_and_held_as_ever(tmp_path: Path) -> None:
    first, second = stored(tmp_path, "flac"), stored(tmp_path, "mp3-64")
    compare_delivered(supplier_id=label("First").pk, sha256s=[first], now=NOON)
    damage(second)

    compare_delivered(supplier_id=label("Second").pk, sha256s=[second], now=NOON)

    assert Conflict.objects.get().sound.sha256 == second
    assert set(fingerprints_of([second])) == {second}


def test_what_was_damaged_and_is_lost_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    content = stored(tmp_path, "flac")
    damage(content)
    MASTERS.remove(content)

    with pytest.raises(NotHeardError):
        compare_delivered(supplier_id=label("First").pk, sha256s=[content], now=NOON)

    assert not Sound.objects.exists()


def test_what_was_damaged_can_be_blocked(tmp_path: Path) -> None:
    content = stored(tmp_path, "flac")
    compare_delivered(supplier_id=label("First").pk, sha256s=[content], now=NOON)
    damage(content)

    block_content(sha256=content, title="Folk", reason="Forbidden.", user_id=a_user().pk, now=NOON)

    assert Conflict.objects.get().block == Block.objects.get()


def test_a_damaged_fingerprint_that_no_index_can_take_in_stops_nobody_else(
    tmp_path: Path, index_here: Path
) -> None:
    content, other = stored(tmp_path, "flac"), stored(tmp_path, "mp3-64")
    compare_delivered(supplier_id=label("First").pk, sha256s=[content], now=NOON)
    damage(content)
    for file in index_here.iterdir():
        file.unlink()

    compare_delivered(supplier_id=label("Second").pk, sha256s=[other], now=NOON)

    assert Sound.objects.count() == 2
