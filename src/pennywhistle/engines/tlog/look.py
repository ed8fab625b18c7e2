"""Looking for a leaf in a published log, by its hashes alone, against a signed head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.growth import Growth
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.tiles import (
    TileInvalidError,
    TileReader,
    read_or_cut,
    tile_path,
    tile_width,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.engines.tlog.checkpoint import Checkpoint


def find_leaf(
    read: Callable[[str], bytes], head: Checkpoint, leaf: bytes, *, after: int
) -> int | None:
    """Where the leaf hash stands in the log of that head, from entry `after` on; None: nowhere.

    Reads 32 bytes for each entry. All that was looked at, and what stands before it, together give
    the signed root: no server can hide the leaf by leaving it out.

    Raises:
        TileInvalidError, FileNotFoundError: the tiles are not those of the head, or not there.
    """
    if after >= head.size:
        return None
    growth = Growth(after, _edge(read, after, head.size))
    found = None
    for each in TileReader(read, head.size).leaf_hashes(after, head.size):
        if each == leaf and found is None:
            found = growth.size
        for _ in growth.add([each]):
            pass
    if growth.root() != head.root:
        raise TileInvalidError("The log's tiles are not those that its head signs.")
    return found


def _edge(read: Callable[[str], bytes], size: int, size_now: int) -> list[list[bytes]]:
    """The hashes behind the full tiles of each level as they were at `size`, from today's tiles."""
    edge, count, count_now, level = [], size, size_now, 0
    while count:
        index, width = divmod(count, tile_width)
        row: list[bytes] = []
        if width:
            path = tile_path(level, index, min(tile_width, count_now - index * tile_width))
            data = read_or_cut(read, path, tile_path(level, index))[: width * hash_size_bytes]
            if len(data) != width * hash_size_bytes:
                raise TileInvalidError(f"{path} is cut short.")
            row = [data[at : at + hash_size_bytes] for at in range(0, len(data), hash_size_bytes)]
        edge.append(row)
        count, count_now, level = index, count_now // tile_width, level + 1
    return edge
