"""The log's tree as immutable tiles and entry bundles, after C2SP tlog-tiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog import merkle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

tile_width = 256
_TILE_HEIGHT = 8
level_max = 63
# 6 groups of 3 digits: 10¹⁸ tiles, far beyond 2⁶³ / 256 of them.
_PATH = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII
)
record_bytes_max = 65_535
cached_tiles_max = 1_024


class TileInvalidError(ValueError):
    """A tile, an entry bundle or a path to one is not as tlog-tiles wants it."""

    code = "tile-invalid"


@dataclass(frozen=True, slots=True)
class TilePath:
    """A parsed path; `level` is None for an entry bundle, `width` is 256 for a full tile."""

    level: int | None
    index: int
    width: int


def tile_path(level: int, index: int, width: int = tile_width) -> str:
    """Path of a tile of hashes; a width of 256 or 0 means the full one."""
    if not 0 <= level <= level_max:
        raise TileInvalidError(f"There is no tile level {level}.")
    return f"tile/{level}/{_index_path(index)}{_width_suffix(width)}"


def entries_path(index: int, width: int = tile_width) -> str:
    """Path of the entry bundle beside level-0 tile `index`; widths as in `tile_path`."""
    return f"tile/entries/{_index_path(index)}{_width_suffix(width)}"


def parse_path(path: str) -> TilePath:
    """Read a path that a stranger may have typed; anything not canonical is refused."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileInvalidError("This is not the path of a tile.")
    kind, groups, width_text = match.groups()
    level = None if kind == "entries" else int(kind)
    index = int(groups.replace("x", "").replace("/", ""))
    width = int(width_text) if width_text else tile_width
    back = entries_path(index, width) if level is None else tile_path(level, index, width)
    if back != path:
        raise TileInvalidError(f"This path is written {back}.")
    return TilePath(level, index, width)


def _index_path(index: int) -> str:
    if index < 0:
        raise TileInvalidError(f"There is no tile {index}.")
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def _width_suffix(width: int) -> str:
    if not 0 <= width <= tile_width:
        raise TileInvalidError(f"A tile is never {width} wide.")
    return f".p/{width}" if width % tile_width else ""


def encode_bundle(records: Sequence[bytes]) -> bytes:
    """Join records, each behind its length as uint16, big-endian."""
    parts = []
    for data in records:
        if len(data) > record_bytes_max:
            raise TileInvalidError(
                f"A log entry has at most {record_bytes_max} bytes, not {len(data)}."
            )
        parts += [len(data).to_bytes(2, "big"), data]
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """Split an entry bundle; one that is cut short or holds more than 256 entries is refused."""
    records, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise TileInvalidError("The entry bundle is cut short.")
        records.append(data[at + 2 : end])
        at = end
    if len(records) > tile_width:
        raise TileInvalidError(f"The entry bundle holds more than {tile_width} entries.")
    return records


class TileReader:
    """Roots and proofs of a log of a given size, from the tiles that this size has."""

    def __init__(self, read: Callable[[str], bytes], size: int) -> None:
        """Take a function from tile path to bytes, and the size of a signed head.

        `read` raises FileNotFoundError or KeyError where nothing is stored; a partial tile may
        have been cleared away once the full one is there, which is then read instead.
        """
        self.size = size
        self._read = read
        self._nodes: dict[tuple[int, int], list[list[bytes]]] = {}

    def root(self) -> bytes:
        """Root hash at this size."""
        return self._range_root(0, self.size) if self.size else merkle.EMPTY_ROOT

    def prefix_root(self, size: int) -> bytes:
        """Root hash that the first `size` leaves have by these tiles."""
        return self._range_root(0, size) if size else merkle.EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """Inclusion path of leaf `index`."""
        return [self._range_root(a, b) for a, b in merkle.inclusion_ranges(index, self.size)]

    def consistency(self, old_size: int) -> list[bytes]:
        """Consistency path from an older size; empty from 0."""
        return [self._range_root(a, b) for a, b in merkle.consistency_ranges(old_size, self.size)]

    def leaf_hashes(self, start: int, end: int) -> Iterator[bytes]:
        """Leaf hashes from `start` up to and without `end`, tile by tile."""
        if not 0 <= start <= end <= self.size:
            raise TileInvalidError(
                f"Leaves {start} to {end} are not within a log of {self.size} leaves."
            )
        while start < end:
            tile = self._tile(0, start // tile_width)[0]
            stop = min(end, (start // tile_width + 1) * tile_width)
            yield from tile[start % tile_width : stop - start // tile_width * tile_width]
            start = stop

    def _range_root(self, start: int, end: int) -> bytes:
        """Root over an aligned range: its complete subtrees, largest first, folded from the right.

        The ranges of a proof always begin where a complete subtree of their size may begin.
        """
        complete = []
        while start < end:
            height = (end - start).bit_length() - 1
            complete.append(self._node(height, start >> height))
            start += 1 << height
        root = complete.pop()
        while complete:
            root = merkle.node_hash(complete.pop(), root)
        return root

    def _node(self, height: int, index: int) -> bytes:
        level, height_in_tile = divmod(height, _TILE_HEIGHT)
        nodes_a_tile = tile_width >> height_in_tile
        return self._tile(level, index // nodes_a_tile)[height_in_tile][index % nodes_a_tile]

    def _tile(self, level: int, index: int) -> list[list[bytes]]:
        """The nodes of a tile by height, from its hashes upward."""
        if (level, index) not in self._nodes:
            if len(self._nodes) >= cached_tiles_max:
                self._nodes.clear()
            width = min(tile_width, (self.size >> _TILE_HEIGHT * level) - index * tile_width)
            levels = [_read_tile(self._read, level, index, width)]
            while len(levels) < _TILE_HEIGHT:
                levels.append(merkle.level_above(levels[-1]))
            self._nodes[level, index] = levels
        return self._nodes[level, index]


def _read_tile(read: Callable[[str], bytes], level: int, index: int, width: int) -> list[bytes]:
    path = tile_path(level, index, width)
    size = width * merkle.hash_size_bytes
    data = read_or_cut(read, path, tile_path(level, index))[:size]
    if len(data) != size:
        raise TileInvalidError(f"{path} has {len(data)} bytes instead of {size}.")
    return [data[i : i + 32] for i in range(0, size, 32)]


def read_or_cut(read: Callable[[str], bytes], path: str, full_path: str) -> bytes:
    """Read a partial file, or the full one where that has taken its place."""
    try:
        return read(path)
    except (FileNotFoundError, KeyError):
        if path == full_path:
            raise
        return read(full_path)


def tiles_to_write(
    *, old_size: int, new_hashes: Sequence[bytes], read: Callable[[str], bytes]
) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles, with their paths, that a log needs to grow by `new_hashes`.

    These are all tiles that become full, and the partial ones at the right edge of the new size.
    Only the right edge of the old size is read, so a run that was cut short can be repeated:
    the same hashes give the same tiles again, whatever part of them is already written.
    """
    hashes = list(new_hashes)
    old_count, level = old_size, 0
    while hashes:
        full_before, width = divmod(old_count, tile_width)
        kept = _read_tile(read, level, full_before, width) if width else []
        hashes = kept + hashes
        roots = []
        for at in range(0, len(hashes), tile_width):
            tile = hashes[at : at + tile_width]
            yield tile_path(level, full_before + at // tile_width, len(tile)), b"".join(tile)
            if len(tile) == tile_width:
                roots.append(merkle.tree_root(tile))
        hashes, old_count, level = roots, full_before, level + 1


def bundles_to_write(
    *, old_size: int, new_records: Sequence[bytes], read: Callable[[str], bytes]
) -> Iterator[tuple[str, bytes]]:
    """Yield the entry bundles, with their paths, for new records; repeatable as the tiles are."""
    index, width = divmod(old_size, tile_width)
    kept: list[bytes] = []
    if width and new_records:
        path = entries_path(index, width)
        kept = decode_bundle(read_or_cut(read, path, entries_path(index)))[:width]
        if len(kept) != width:
            raise TileInvalidError(f"{path} holds {len(kept)} entries instead of {width}.")
    records = kept + list(new_records)
    for at in range(0, len(records), tile_width):
        bundle = records[at : at + tile_width]
        yield entries_path(index + at // tile_width, len(bundle)), encode_bundle(bundle)
