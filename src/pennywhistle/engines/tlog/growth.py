"""The log's tree grown leaf by leaf, in the memory of its right edge, with each tile on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.merkle import (
    EMPTY_ROOT,
    ProofInvalidError,
    hash_size_bytes,
    tree_root,
)
from pennywhistle.engines.tlog.tiles import tile_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass
class Growth:
    """What is needed of a log of `size` leaves to go on: its last, partial tile of each level.

    `edge[L]` are the hashes of level 8 L behind its full tiles, fewer than 256.
    """

    size: int = 0
    edge: list[list[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = self.size
        for hashes in self.edge:
            if len(hashes) != count % tile_width:
                raise ProofInvalidError("The edge of the tree is not that of its size.")
            if any(len(each) != hash_size_bytes for each in hashes):
                raise ProofInvalidError(f"A hash has {hash_size_bytes} bytes.")
            count //= tile_width
        if count:
            raise ProofInvalidError("The edge of the tree is lower than its size.")

    def add(self, hashes: Sequence[bytes]) -> Iterator[tuple[int, int, list[bytes]]]:
        """Take the next leaf hashes; yields level, index and hashes of each tile they fill."""
        for each in hashes:
            self.size += 1
            yield from self._put(0, each)

    def _put(self, level: int, node: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
        if level == len(self.edge):
            self.edge.append([])
        row = self.edge[level]
        row.append(node)
        if len(row) == tile_width:
            self.edge[level] = []
            index = (self.size >> 8 * (level + 1)) - 1
            yield level, index, row
            yield from self._put(level + 1, tree_root(row))

    def partial_tiles(self) -> Iterator[tuple[int, int, list[bytes]]]:
        """Level, index and hashes of the tiles at the right edge that are not full."""
        for level, row in enumerate(self.edge):
            if row:
                yield level, self.size >> 8 * (level + 1), row

    def root(self) -> bytes:
        """Root hash at this size."""
        below: list[bytes] = []
        for row in self.edge:
            nodes = row + below
            below = [tree_root(nodes)] if nodes else []
        return below[0] if below else EMPTY_ROOT
