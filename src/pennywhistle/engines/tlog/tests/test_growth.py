"""A tree that is grown leaf by leaf has the roots and tiles of one that is built at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog.growth import Growth
from pennywhistle.engines.tlog.merkle import EMPTY_ROOT, ProofInvalidError, leaf_hash, tree_root
from pennywhistle.engines.tlog.tiles import tile_path, tiles_to_write

HASHES = [leaf_hash(number.to_bytes(4, "big")) for number in range(65_800)]


def written(size: int) -> dict[str, bytes]:
    """The tiles of a log of this size, as the store writes them at once."""
    return dict(tiles_to_write(old_size=0, new_hashes=HASHES[:size], read={}.__getitem__))


@given(st.lists(st.integers(0, 300), max_size=4))
def test_in_whatever_steps_it_grows_its_root_is_that_of_the_tree(steps: list[int]) -> None:
    tree = Growth()
    for count in steps:
        list(tree.add(HASHES[tree.size : tree.size + count]))
        again = Growth(tree.size, [list(row) for row in tree.edge])
        assert again.root() == tree.root() == tree_root(HASHES[: tree.size])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 65_536, 65_537, 65_800])
def test_its_tiles_are_those_that_the_store_writes(size: int) -> None:
    tree = Growth()
    tiles = [*tree.add(HASHES[:size]), *tree.partial_tiles()]

    found = {tile_path(level, at, len(row)): b"".join(row) for level, at, row in tiles}
    assert found == written(size)
    assert tree.root() == (tree_root(HASHES[:size]) if size else EMPTY_ROOT)


@pytest.mark.parametrize(
    ("size", "edge"),
    [(1, []), (0, [[HASHES[0]]]), (256, [[]]), (2, [[HASHES[0]]]), (1, [[b"short"]])],
)
def test_an_edge_that_is_not_that_of_its_size_is_refused(
    size: int, edge: list[list[bytes]]
) -> None:
    with pytest.raises(ProofInvalidError):
        Growth(size, edge)
