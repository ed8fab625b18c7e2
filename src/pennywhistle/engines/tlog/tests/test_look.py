"""A leaf is found where it stands, and a server that bends tiles is not believed."""

from __future__ import annotations

import pytest

from pennywhistle.engines.tlog.checkpoint import Checkpoint
from pennywhistle.engines.tlog.look import find_leaf
from pennywhistle.engines.tlog.merkle import leaf_hash, tree_root
from pennywhistle.engines.tlog.tiles import TileInvalidError, tiles_to_write

HASHES = [leaf_hash(str(number).encode()) for number in range(70_000)]


def a_log(size: int) -> tuple[Checkpoint, dict[str, bytes]]:
    files = dict(tiles_to_write(old_size=0, new_hashes=HASHES[:size], read={}.__getitem__))
    return Checkpoint("store.example/log", size, tree_root(HASHES[:size])), files


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 66_000])
def test_a_leaf_is_found_from_wherever_one_looks(size: int) -> None:
    head, files = a_log(size)

    for after in {0, 1, size // 2, max(0, size - 300), size - 1} - {size}:
        for place in {after, size - 1}:
            assert find_leaf(files.__getitem__, head, HASHES[place], after=after) == place
        assert find_leaf(files.__getitem__, head, HASHES[69_999], after=after) is None


def test_what_stood_before_is_not_looked_at_and_what_is_not_there_yet_neither() -> None:
    head, files = a_log(600)

    assert find_leaf(files.__getitem__, head, HASHES[10], after=300) is None
    assert find_leaf(files.__getitem__, head, HASHES[10], after=600) is None
    assert find_leaf(files.__getitem__, head, HASHES[10], after=10_000) is None


@pytest.mark.parametrize(
    ("path", "place"), [("tile/0/000", 0), ("tile/0/001", 8_000), ("tile/0/002.p/88", 0)]
)
def test_a_bent_tile_hides_nothing(path: str, place: int) -> None:
    head, files = a_log(600)
    data = bytearray(files[path])
    data[place] ^= 1
    files[path] = bytes(data)

    with pytest.raises(TileInvalidError):
        find_leaf(files.__getitem__, head, HASHES[550], after=100)


def test_a_tile_that_is_cut_short_or_missing_is_no_answer() -> None:
    head, files = a_log(600)
    files["tile/0/001"] = files["tile/0/001"][:-1]
    with pytest.raises(TileInvalidError):
        find_leaf(files.__getitem__, head, HASHES[5], after=300)
    del files["tile/0/001"]
    with pytest.raises(KeyError):
        find_leaf(files.__getitem__, head, HASHES[5], after=300)
