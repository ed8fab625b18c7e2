"""Two heads are proof only where no single log can have both."""

from __future__ import annotations

import json

import pytest

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.heads import (
    EvidenceInvalidError,
    Relation,
    build_evidence,
    check_evidence,
    compare_heads,
    is_evidence,
)
from pennywhistle.engines.tlog.merkle import leaf_hash, tree_root
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, KEYS
from pennywhistle.engines.tlog.tiles import tiles_to_write

ONE = [leaf_hash(b"%d" % number) for number in range(600)]
OTHER = [*ONE[:40], leaf_hash(b"another"), *ONE[41:]]


def head(hashes: list[bytes]) -> Checkpoint:
    return Checkpoint(KEY.name, len(hashes), tree_root(hashes))


def files(hashes: list[bytes]) -> dict[str, bytes]:
    none: dict[str, bytes] = {}
    return dict(tiles_to_write(old_size=0, new_hashes=hashes, read=none.__getitem__))


@pytest.mark.parametrize("size", [0, 1, 41, 64, 255, 256, 257, 511, 599])
def test_one_log_grows_and_an_old_copy_of_it_is_only_old(size: int) -> None:
    read = files(ONE).__getitem__

    assert compare_heads(head(ONE[:size]), head(ONE), read).relation is Relation.GREW
    assert compare_heads(head(ONE), head(ONE[:size]), read).relation is Relation.OLDER
    assert compare_heads(head(ONE), head(ONE), read).relation is Relation.SAME


@pytest.mark.parametrize("size", [41, 64, 255, 256, 257, 511, 599, 600])
def test_two_histories_are_proven_to_whoever_has_the_store_s_key(size: int) -> None:
    before, now = head(ONE[:size]), head(OTHER)
    compared = compare_heads(before, now, files(OTHER).__getitem__)
    assert compared.relation is Relation.FORKED

    data = build_evidence(
        before=sign_checkpoint(before, KEY),
        now=sign_checkpoint(now, KEY),
        origin=KEY.name,
        compared=compared,
    )
    assert is_evidence(data)
    check = check_evidence(data, keys=KEYS)
    assert check.passed is False
    assert check.sentence.startswith(f"Proven: {KEY.name} signed two different histories")
    with pytest.raises(EvidenceInvalidError):
        check_evidence(data, keys=[SigningKey(KEY.name, bytes(32)).verifier])


def test_tiles_that_were_bent_accuse_nobody() -> None:
    bent = files(ONE)
    for path, data in bent.items():
        if path.startswith("tile/0/000"):
            bent[path] = bytes([data[0] ^ 1]) + data[1:]

    compared = compare_heads(head(ONE[:41]), head(ONE), bent.__getitem__)
    assert compared.relation is Relation.UNPROVEN
    assert compare_heads(head(ONE[:41]), head(ONE), {}.__getitem__).relation is Relation.UNPROVEN


def test_evidence_of_an_honest_store_proves_nothing() -> None:
    read = files(ONE).__getitem__
    before, now = head(ONE[:41]), head(ONE)
    data = build_evidence(
        before=sign_checkpoint(before, KEY),
        now=sign_checkpoint(now, KEY),
        origin=KEY.name,
        compared=compare_heads(before, now, read),
    )
    assert check_evidence(data, keys=KEYS).passed is None
    bent = json.loads(data) | {"prefix": ""}
    assert check_evidence(json.dumps(bent).encode(), keys=KEYS).passed is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"x" * (1024 * 1024 + 1)])
def test_what_is_no_evidence_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceInvalidError):
        check_evidence(data, keys=KEYS)
