"""Reading a log in pieces: what was read before is known again, and kept exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.audit_state import (
    AuditState,
    AuditStateInvalidError,
    format_state,
    parse_state,
)
from pennywhistle.engines.tlog.checkpoint import Checkpoint
from pennywhistle.engines.tlog.cosignature import (
    CosignatureKind,
    CosigningKey,
    cosignatures_of,
)
from pennywhistle.engines.tlog.log_audit import LogAudit, growth_check, time_check, tree_checks
from pennywhistle.engines.tlog.merkle import leaf_hash
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.engines.tlog.tiles import bundles_to_write, tiles_to_write

if TYPE_CHECKING:
    from collections.abc import Sequence


def files_of(records: Sequence[bytes]) -> dict[str, bytes]:
    """A log's files at one size."""
    empty: dict[str, bytes] = {}
    hashes = [leaf_hash(data) for data in records]
    read = empty.__getitem__
    return {
        **dict(bundles_to_write(old_size=0, new_records=records, read=read)),
        **dict(tiles_to_write(old_size=0, new_hashes=hashes, read=read)),
    }


def a_shop(*sales: int) -> Shop:
    shop = Shop()
    for count in sales:
        for _ in range(count):
            shop.sell()
        shop.close()
    shop.records.append(AnnouncedLeaf("C", "song-1", bytes(32)).encode())
    return shop


def read(audit: LogAudit, records: Sequence[bytes]) -> int:
    """Read up to the end; answers how many new records came."""
    return sum(len(new) for new in audit.read_on(files_of(records).__getitem__, len(records)))


def head_of(shop: Shop, size: int) -> Checkpoint:
    part = Shop(records=shop.records[:size])
    return Checkpoint(KEY.name, size, part.tree().root)


@pytest.mark.parametrize("size", [0, 1, 7, 255, 256, 257, 300])
def test_a_log_that_is_read_in_two_goes_gives_what_one_gives(size: int) -> None:
    shop = a_shop(5, 290, 4)
    audit = LogAudit()
    assert read(audit, shop.records[:size]) == size
    kept = parse_state(format_state(AuditState(KEY.name, b"", LogAudit(), audit)))
    assert kept == AuditState(KEY.name, b"", LogAudit(), audit)

    assert kept.ahead is not None
    assert read(kept.ahead, shop.records) == len(shop.records) - size
    checks = (*tree_checks(kept.ahead, head_of(shop, len(shop.records))), *audit.records.checks())
    assert all(check.passed for check in checks)
    assert kept.ahead.records.counts == {"S": 299, "P": 3, "C": 1}


def test_an_entry_that_changed_since_it_was_read_is_named() -> None:
    shop = a_shop(5, 290)
    audit = LogAudit()
    read(audit, shop.records[:290])
    shop.records[280] = shop.records[0]

    read(audit, shop.records)
    tree, _ = tree_checks(audit, head_of(shop, len(shop.records)))
    assert tree.passed is False
    assert tree.sentence == "Entry 280 of the log is not what it was before."


def test_a_tile_that_is_not_there_is_named() -> None:
    shop = a_shop(300)
    files = files_of(shop.records)
    del files["tile/1/000.p/1"]
    audit = LogAudit()
    list(audit.read_on(files.__getitem__, len(shop.records)))

    tree, tiles = tree_checks(audit, head_of(shop, len(shop.records)))
    assert (tree.passed, tiles.passed) == (True, False)
    assert tiles.sentence == "tile/1/000.p/1 is not there."


def test_problems_are_kept_with_the_state() -> None:
    audit = LogAudit()
    records = [b"X", b"Y"]
    read(audit, records)

    kept = parse_state(format_state(AuditState(KEY.name, b"", LogAudit(), audit)))
    assert kept.ahead is not None
    assert kept.ahead.records.unreadable == audit.records.unreadable != []
    assert kept.ahead.records.checks()[0].passed is False


def test_a_state_of_the_version_before_is_read_on() -> None:
    shop = a_shop(5)
    audit = LogAudit()
    size = read(audit, shop.records)
    written = json.loads(format_state(AuditState(KEY.name, b"", LogAudit(), audit)))
    old = {"format": "pennywhistle-audit/1", "origin": KEY.name, **written["ahead"]}
    cut = parse_state(json.dumps(old | {"head": ""}).encode())
    whole = parse_state(json.dumps(old | {"head": shop.checkpoint().decode()}).encode())

    assert (cut.audit.tree.size, cut.ahead) == (0, audit)
    assert (whole.audit, whole.ahead) == (audit, None)
    assert size == len(shop.records)


def test_growth_is_proven_refused_or_open() -> None:
    shop = a_shop(5, 290)
    whole, files = len(shop.records), files_of(shop.records)
    head = head_of(shop, whole)

    def said(before: Checkpoint | None, now: Checkpoint = head) -> bool | None:
        check, _ = growth_check(before, now, files.__getitem__)
        return check.passed

    assert said(None) is None
    assert said(head_of(shop, 100)) is said(head) is said(head_of(shop, 0)) is True
    other = Checkpoint(KEY.name, 100, bytes(32))
    assert said(other) is said(Checkpoint(KEY.name, whole, bytes(32))) is False
    assert said(head, head_of(shop, 100)) is False
    files.clear()
    assert said(head_of(shop, 100)) is False


def test_a_signature_of_the_future_is_seen() -> None:
    witness = CosigningKey("w.example", CosignatureKind.ED25519, bytes(32))
    text = head_of(a_shop(1), 1).format()
    note = (text + "\n" + witness.line_at(text, time_s=2_000_000_000)).encode()
    found = cosignatures_of(note, [witness.verifier])

    assert time_check(found, now_s=2_000_000_000 - 86_400).passed
    late = time_check(found, now_s=2_000_000_000 - 86_401)
    assert late.passed is False
    assert late.sentence == "The signature of w.example is dated in the future."


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"x" * (1024 * 1024 + 1), b'{"format":"pennywhistle-audit/3"}']
)
def test_what_is_no_state_is_refused(data: bytes) -> None:
    with pytest.raises(AuditStateInvalidError):
        parse_state(data)
