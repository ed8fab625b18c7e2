"""Tiles and bundles against published ones; growing in batches; running again after a crash."""

from __future__ import annotations

import json
from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog import merkle, tiles
from pennywhistle.engines.tlog.tiles import TileInvalidError, TilePath, TileReader

if TYPE_CHECKING:
    from pathlib import Path


class Store(dict[str, bytes]):
    """Tiles by path; `read` fails where there is none."""

    def read(self, path: str) -> bytes:
        return self[path]

    def grow(self, old_size: int, new_hashes: list[bytes]) -> int:
        self.update(tiles.tiles_to_write(old_size=old_size, new_hashes=new_hashes, read=self.read))
        return old_size + len(new_hashes)


def hashes_of(count: int) -> list[bytes]:
    return [merkle.leaf_hash(i.to_bytes(4, "big")) for i in range(count)]


HASHES = hashes_of(70_000)


def grown(*batches: int) -> Store:
    store, size = Store(), 0
    for count in batches:
        size = store.grow(size, HASHES[size : size + count])
    return store


def test_paths_are_written_as_published(vectors: Path) -> None:
    known = json.loads((vectors / "derived/tile_paths.json").read_text())

    for level, index, width, path in known["tile"]:
        assert tiles.tile_path(level, index, width) == path
        assert tiles.parse_path(path) == TilePath(level, index, width or 256)
    for index, size, path in known["entries_for_index"]:
        tile = index // 256
        assert tiles.entries_path(tile, min(256, size - tile * 256)) == path
        assert tiles.parse_path(path).level is None
    for index in known["bad_index"]:
        with pytest.raises(TileInvalidError):
            tiles.parse_path(f"tile/0/{index}")
    for level, index in known["bad"]:
        with pytest.raises(TileInvalidError):
            tiles.parse_path(f"tile/{level}/{index}")


def test_the_published_log_is_made_again_byte_by_byte(vectors: Path) -> None:
    log = vectors / "tessera-log/testdata/log"
    records = tiles.decode_bundle((log / "tile/entries/000.p/15").read_bytes())
    store = Store()

    for size, data in enumerate(records):
        store.grow(size, [merkle.leaf_hash(data)])
        store.update(tiles.bundles_to_write(old_size=size, new_records=[data], read=store.read))

    for path, data in store.items():
        assert data == (log / f"{path}").read_bytes(), path
    assert {log / path for path in store} == set(log.glob("tile/*/*/*"))
    assert len(store) == 30


def test_seventy_thousand_leaves_make_the_tiles_of_the_specification(vectors: Path) -> None:
    known = json.loads((vectors / "derived/tile_paths.json").read_text())["example_70000"]
    store = grown(70_000)

    parsed = [tiles.parse_path(path) for path in store]
    assert sum(p.level == 0 and p.width == 256 for p in parsed) == known["level0_full"]
    assert [p.width for p in parsed if p.level == 0][-1] == known["level0_partial"]
    assert sum(p.level == 1 and p.width == 256 for p in parsed) == known["level1_full"]
    assert [p.width for p in parsed if p.level == 1][-1] == known["level1_partial"]
    assert [p.width for p in parsed if p.level == 2] == [known["level2_partial"]]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 3000, 65_535, 65_536, 70_000])
def test_roots_and_paths_from_tiles_are_those_of_the_whole_tree(size: int) -> None:
    reader, hashes = TileReader(grown(size).read, size), HASHES[:size]
    tree = merkle.Tree(hashes)

    assert reader.root() == tree.root
    for index in {0, 1 % size, size // 2, size - 1}:
        assert reader.inclusion(index) == tree.path(index)
    for old_size in {0, 1, size // 3, size - 1, size}:
        path = reader.consistency(old_size)
        assert path == merkle.consistency_path(hashes, old_size)
    assert list(reader.leaf_hashes(size // 3, size)) == hashes[size // 3 :]


def test_the_empty_log_has_the_empty_root() -> None:
    assert TileReader(Store().read, 0).root() == merkle.EMPTY_ROOT
    assert not list(tiles.tiles_to_write(old_size=0, new_hashes=[], read=Store().read))
    assert not list(tiles.bundles_to_write(old_size=3, new_records=[], read=Store().read))


@given(st.lists(st.integers(0, 600), min_size=1, max_size=8))
def test_batches_of_any_size_end_in_the_same_tree(batches: list[int]) -> None:
    size = sum(batches)
    store, at_once = grown(*batches), grown(size)

    assert at_once.items() <= store.items()
    assert TileReader(store.read, size).root() == merkle.tree_root(HASHES[:size])


@given(st.integers(0, 700), st.integers(1, 700), st.integers(0, 10))
def test_a_run_that_was_cut_short_is_completed_by_the_next(old: int, new: int, done: int) -> None:
    store, hashes = grown(old), HASHES[old : old + new]
    whole = dict(tiles.tiles_to_write(old_size=old, new_hashes=hashes, read=store.read))

    store.update(list(whole.items())[:done])

    again = dict(tiles.tiles_to_write(old_size=old, new_hashes=hashes, read=store.read))
    assert again == whole


def test_only_the_right_edge_is_read() -> None:
    store, asked = grown(69_999), []

    def read(path: str) -> bytes:
        asked.append(path)
        return store[path]

    written = dict(tiles.tiles_to_write(old_size=69_999, new_hashes=HASHES[:1], read=read))
    assert asked == ["tile/0/273.p/111"]
    assert list(written) == ["tile/0/273.p/112"]


def test_a_full_tile_stands_in_for_a_partial_one_that_was_cleared_away() -> None:
    store = grown(300, 300)
    del store["tile/0/001.p/44"]

    assert TileReader(store.read, 300).root() == merkle.tree_root(HASHES[:300])
    assert TileReader(store.read, 600).root() == merkle.tree_root(HASHES[:600])


def test_a_missing_or_short_tile_is_not_taken_for_another() -> None:
    store = grown(600)
    del store["tile/0/001"]

    with pytest.raises(KeyError):
        TileReader(store.read, 600).inclusion(300)
    store["tile/0/001"] = bytes(100)
    with pytest.raises(TileInvalidError, match="100 bytes instead of 8192"):
        TileReader(store.read, 600).inclusion(300)


def test_the_memory_of_a_reader_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "cached_tiles_max", 2)
    reader = TileReader(grown(3000).read, 3000)

    assert list(reader.leaf_hashes(0, 3000)) == HASHES[:3000]
    assert len(reader._nodes) <= 2


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 1), (0, 6)])
def test_leaves_outside_the_log_are_not_read(start: int, end: int) -> None:
    with pytest.raises(TileInvalidError, match="not within"):
        list(TileReader(grown(5).read, 5).leaf_hashes(start, end))


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_a_bundle_is_read_as_it_was_written(records: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(records)) == records


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05abcd", b"\x00\x01a\x00", bytes(2 * 257)])
def test_a_bundle_that_is_cut_short_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(TileInvalidError):
        tiles.decode_bundle(data)


def test_an_entry_has_at_most_65535_bytes() -> None:
    assert len(tiles.encode_bundle([bytes(65_535)])) == 65_537
    with pytest.raises(TileInvalidError, match="65535"):
        tiles.encode_bundle([bytes(65_536)])


def test_a_stored_bundle_with_too_few_entries_is_refused() -> None:
    store = Store({"tile/entries/000.p/3": tiles.encode_bundle([b"a"])})
    with pytest.raises(TileInvalidError, match="1 entries instead of 3"):
        list(tiles.bundles_to_write(old_size=3, new_records=[b"x"], read=store.read))


@pytest.mark.parametrize(
    "path",
    ["tile/01/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/x000/001",
     "tile/0/\u0661\u0662\u0663", "tile/0/000\n", "/tile/0/000", "tile/0/../000", "tile/-1/000",
     "", "tile/0/1"],
)  # fmt: skip
def test_a_path_that_is_not_canonical_is_refused(path: str) -> None:
    with pytest.raises(TileInvalidError):
        tiles.parse_path(path)


@given(st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_every_path_is_read_as_it_was_written(level: int, index: int, width: int) -> None:
    path = tiles.tile_path(level, index, width)
    assert tiles.parse_path(path) == TilePath(level, index, width)


@pytest.mark.parametrize(("level", "index", "width"), [(64, 0, 1), (0, -1, 1), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, index: int, width: int) -> None:
    with pytest.raises(TileInvalidError):
        tiles.tile_path(level, index, width)


def test_growing_takes_time_by_the_leaf_not_by_the_size() -> None:
    store, size = Store(), 0
    spans = []
    for _ in range(2):
        started = process_time()
        for _ in range(35):
            size = store.grow(size, HASHES[size : size + 1000])
        spans.append(process_time() - started)

    # Quadratic growth would make the second half three times as long.
    assert spans[1] < 2 * spans[0] + 0.2
