"""Merkle tree hash and its proofs, as RFC 9162, section 2.1, defines them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

hash_size_bytes = 32

# The two prefixes keep a leaf from being passed off as an inner node (second preimage).
_LEAF_PREFIX = b"\x00"
_NODE_PREFIX = b"\x01"

EMPTY_ROOT = sha256(b"").digest()


class ProofInvalidError(ValueError):
    """The path does not lead from the leaf, or from the older tree, to the root."""

    code = "proof-invalid"


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf that holds `data` (RFC 9162, section 2.1.1)."""
    return sha256(_LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node above two hashes (RFC 9162, section 2.1.1)."""
    return sha256(_NODE_PREFIX + left + right).digest()


class Tree:
    """All levels of one tree over given leaf hashes, so that every path is a look-up.

    Building it hashes each node once; a path then costs the height of the tree.
    """

    def __init__(self, hashes: Sequence[bytes]) -> None:
        """Build the levels upward from `hashes` (32 bytes each, else `ProofInvalidError`)."""
        _check_sizes(hashes)
        self._levels = [list(hashes)]
        while len(self._levels[-1]) > 1:
            self._levels.append(level_above(self._levels[-1]))

    @property
    def size(self) -> int:
        """Count of leaves."""
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        """Root hash; that of the empty tree is the hash of nothing."""
        return self._levels[-1][0] if self.size else EMPTY_ROOT

    def path(self, index: int) -> list[bytes]:
        """Inclusion path of leaf `index`, from the leaf's sibling up (RFC 9162, section 2.1.3)."""
        _check_index(index, self.size)
        path = []
        for level in self._levels[:-1]:
            # The last node of an odd level has no sibling: it moves up as it is.
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path


def level_above(level: Sequence[bytes]) -> list[bytes]:
    """Hash the nodes of a level two by two; a last single one moves up unchanged."""
    above = [
        sha256(_NODE_PREFIX + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
    ]
    if len(level) % 2:
        above.append(level[-1])
    return above


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """Root of the tree over leaf hashes, in one pass (RFC 9162, section 2.1.1)."""
    _check_sizes(hashes)
    level = list(hashes)
    while len(level) > 1:
        level = level_above(level)
    return level[0] if level else EMPTY_ROOT


def inclusion_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Path that proves leaf `index`, from its sibling to the root's child; time O(n)."""
    return [tree_root(hashes[start:end]) for start, end in inclusion_ranges(index, len(hashes))]


def consistency_path(hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Path that proves the first `old_size` leaves unchanged; time O(n).

    Empty for an old size of 0: every log continues the empty one, and there is nothing to show.
    """
    return [tree_root(hashes[a:b]) for a, b in consistency_ranges(old_size, len(hashes))]


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaf ranges (start, end) whose roots make the inclusion path, in its order."""
    _check_index(index, size)
    start, end, ranges = 0, size, []
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def consistency_ranges(old_size: int, size: int) -> list[tuple[int, int]]:
    """Return the leaf ranges whose roots make the consistency path (RFC 9162, section 2.1.4.1)."""
    if not 0 <= old_size <= size:
        raise ProofInvalidError(f"A tree of {size} leaves never had {old_size}.")
    if old_size == 0:
        return []
    start, end, ranges = 0, size, []
    while old_size != end:
        split = _split(start, end)
        if old_size <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    # Once the walk has gone right, the verifier does not know this last subtree's root.
    if start > 0:
        ranges.append((start, end))
    return ranges[::-1]


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Prove that the leaf with hash `leaf` stands at `index` of the tree (section 2.1.3.2).

    Raises:
        ProofInvalidError: it does not, or a hash is not 32 bytes.
    """
    _check_sizes([leaf, root])
    if _root_over(leaf, index, size, path) != root:
        raise ProofInvalidError("The path leads to another root.")


def _root_over(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    _check_index(index, size)
    _check_sizes(path)
    place, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofInvalidError("The path is longer than the tree is high.")
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            place, last = _skip_promoted(place, last)
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalidError("The path is shorter than the tree is high.")
    return result


def verify_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> None:
    """Prove that the tree still begins with the older one (RFC 9162, section 2.1.4.2).

    An older size of 0 is refused: it would prove nothing, so callers treat it apart.

    Raises:
        ProofInvalidError: it does not, or a hash is not 32 bytes.
    """
    _check_sizes([old_root, root, *path])
    if not 0 < old_size <= size:
        raise ProofInvalidError(f"{old_size} to {size} leaves is not a growing log.")
    if old_size == size:
        if path or old_root != root:
            raise ProofInvalidError("Two trees of one size have two roots, or a path too many.")
        return
    if not path:
        raise ProofInvalidError("The consistency path is empty.")
    # A complete older tree is itself the first node of the path, and is left out of it.
    nodes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if _both_roots(old_size, size, nodes) != (old_root, root):
        raise ProofInvalidError("The path leads to other roots.")


def _both_roots(old_size: int, size: int, nodes: Sequence[bytes]) -> tuple[bytes, bytes]:
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_root = root = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise ProofInvalidError("The path is longer than the tree is high.")
        if place & 1 or place == last:
            old_root, root = node_hash(node, old_root), node_hash(node, root)
            place, last = _skip_promoted(place, last)
        else:
            root = node_hash(root, node)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalidError("The path is shorter than the tree is high.")
    return old_root, root


def _skip_promoted(place: int, last: int) -> tuple[int, int]:
    """Pass the levels on which this node had no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(start: int, end: int) -> int:
    """Return where the tree over [start, end) parts: at the largest power of two below its size."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ProofInvalidError(f"There is no leaf {index} in a tree of {size}.")


def _check_sizes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != hash_size_bytes:
            raise ProofInvalidError(f"A hash has {len(value)} bytes instead of {hash_size_bytes}.")
