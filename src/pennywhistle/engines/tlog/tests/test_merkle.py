"""The tree and its proofs against published vectors, and as laws."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog import merkle
from pennywhistle.engines.tlog.merkle import ProofInvalidError, Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

sizes = st.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([i])) for i in range(size)]


def flipped(data: bytes, bit: int) -> bytes:
    at = bit % (len(data) * 8)
    return (int.from_bytes(data, "big") ^ (1 << at)).to_bytes(len(data), "big")


def holds(verify: Callable[..., None], **arguments: object) -> bool:
    try:
        verify(**arguments)
    except ProofInvalidError:
        return False
    return True


def test_hashes_and_roots_are_those_of_rfc_6962(vectors: Path) -> None:
    known = json.loads((vectors / "derived/rfc6962_roots.json").read_text())

    inputs = [bytes.fromhex(data) for data in known["leaf_inputs_hex"]]
    hashes = [merkle.leaf_hash(data) for data in inputs]

    for size, root in enumerate(known["roots_hex_by_size"]):
        assert merkle.tree_root(hashes[:size]).hex() == root
        assert Tree(hashes[:size]).root.hex() == root
    for case in known["hasher"]:
        made = (
            merkle.node_hash(*(part.encode() for part in case["node"]))
            if "node" in case
            else merkle.leaf_hash(case["leaf"].encode())
        )
        assert made.hex() == case["hash_hex"]


def test_every_published_inclusion_probe_is_judged_alike(vectors: Path) -> None:
    names = list(vectors.glob("merkle-proofs/testdata/inclusion/**/*.json"))
    assert len(names) > 80

    for name in names:
        case = json.loads(name.read_text())
        judged = holds(
            merkle.verify_inclusion,
            leaf=b64decode(case["leafHash"] or ""),
            index=case["leafIdx"],
            size=case["treeSize"],
            path=[b64decode(node) for node in case["proof"] or []],
            root=b64decode(case["root"] or ""),
        )
        assert judged is not case["wantErr"], name


def test_every_published_consistency_probe_is_judged_alike(vectors: Path) -> None:
    names = list(vectors.glob("merkle-proofs/testdata/consistency/**/*.json"))
    assert len(names) > 90

    for name in names:
        case = json.loads(name.read_text())
        roots = [b64decode(case["root1"] or ""), b64decode(case["root2"] or "")]
        judged = holds(
            merkle.verify_consistency,
            old_size=case["size1"],
            size=case["size2"],
            old_root=roots[0],
            root=roots[1],
            path=[b64decode(node) for node in case["proof"] or []],
        )
        # One probe passes two equal "roots" of 12 bytes; here a hash has 32 bytes or is refused.
        short = any(len(root) != 32 for root in roots)
        assert judged is (not case["wantErr"] and not short), name


@given(sizes, st.data())
def test_the_path_of_every_leaf_verifies_and_no_flipped_bit_does(
    size: int, data: st.DataObject
) -> None:
    hashes, index = leaves(size), data.draw(st.integers(0, size - 1))
    tree, path = Tree(hashes), merkle.inclusion_path(hashes, index)
    proof: dict[str, Any] = {
        "leaf": hashes[index],
        "index": index,
        "size": size,
        "path": path,
        "root": tree.root,
    }

    assert path == tree.path(index)
    assert tree.root == merkle.tree_root(hashes)
    merkle.verify_inclusion(**proof)

    bit = data.draw(st.integers(0, 2**14))
    altered = b"".join([hashes[index], tree.root, *path])
    altered = flipped(altered, bit)
    parts = [altered[i : i + 32] for i in range(0, len(altered), 32)]
    wrong = {**proof, "leaf": parts[0], "root": parts[1], "path": parts[2:]}
    assert not holds(merkle.verify_inclusion, **wrong)
    assert not holds(merkle.verify_inclusion, **{**proof, "index": index ^ 1})
    assert not holds(
        merkle.verify_inclusion, **{**proof, "path": [*path, path[0] if path else tree.root]}
    )
    assert not path or not holds(merkle.verify_inclusion, **{**proof, "path": path[:-1]})


@given(sizes, st.data())
def test_every_older_tree_is_proven_and_no_flipped_bit_is(size: int, data: st.DataObject) -> None:
    hashes, old_size = leaves(size), data.draw(st.integers(1, size))
    path = merkle.consistency_path(hashes, old_size)
    old_root, root = merkle.tree_root(hashes[:old_size]), merkle.tree_root(hashes)
    proof: dict[str, Any] = {
        "old_size": old_size,
        "old_root": old_root,
        "size": size,
        "root": root,
        "path": path,
    }

    merkle.verify_consistency(**proof)

    altered = flipped(b"".join([old_root, root, *path]), data.draw(st.integers(0, 2**14)))
    parts = [altered[i : i + 32] for i in range(0, len(altered), 32)]
    wrong = {**proof, "old_root": parts[0], "root": parts[1], "path": parts[2:]}
    assert not holds(merkle.verify_consistency, **wrong)
    assert not holds(merkle.verify_consistency, **{**proof, "path": [*path, root]})
    assert not path or not holds(merkle.verify_consistency, **{**proof, "path": path[:-1]})


@pytest.mark.parametrize(("old_size", "size"), [(-1, 3), (4, 3)])
def test_a_log_never_shrinks(old_size: int, size: int) -> None:
    with pytest.raises(ProofInvalidError, match="never had"):
        merkle.consistency_path(leaves(size), old_size)


def test_from_the_empty_log_there_is_nothing_to_show_and_nothing_to_verify() -> None:
    assert merkle.consistency_path(leaves(3), 0) == []

    root = merkle.tree_root(leaves(3))
    assert not holds(
        merkle.verify_consistency,
        old_size=0,
        old_root=merkle.EMPTY_ROOT,
        size=3,
        root=root,
        path=[],
    )


def test_a_leaf_that_is_not_there_has_no_path() -> None:
    for index in (-1, 3):
        with pytest.raises(ProofInvalidError, match="no leaf"):
            Tree(leaves(3)).path(index)


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ProofInvalidError, match="31 bytes"):
        merkle.tree_root([bytes(31)])


def test_a_size_that_is_no_power_of_two_has_shorter_paths_on_the_right() -> None:
    hashes = leaves(255) * 5
    root = merkle.tree_root(hashes)

    for index in (0, 254, 1023, 1024, 1274):
        path = merkle.inclusion_path(hashes, index)
        merkle.verify_inclusion(leaf=hashes[index], index=index, size=1275, path=path, root=root)
