"""`verify --log`: receipts, promises and statements beside the log as it is seen now."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.delegation import sign_delegation
from pennywhistle.engines.tlog.promise import Terms, build_promise, sign_promise
from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.statement import build_statement
from pennywhistle.engines.tlog.tests.sealed_shop import DAY_US, KEY, TILL, Shop, sale_lines
from pennywhistle.interfaces.console.tests.log_on_disk import publish, served, shop_of
from pennywhistle.interfaces.console.tests.test_audit import run, said
from pennywhistle.interfaces.console.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from pennywhistle.engines.tlog.records import Line

GOOD, WRONG, UNREADABLE = 0, 1, 2


def checked(*files: Path, log: object = "") -> Result:
    given = ["--log", log] if log else []
    return run(verify, *files, "--key", KEY.verifier.to_text(), *given)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    publish(shop_of(3, 2), tmp_path / "log")
    return tmp_path / "log"


def receipt(place: Path, shop: Shop, index: int) -> Path:
    file = place / f"{index}.tlog-proof"
    file.write_bytes(build_receipt(shop.receipt(index)))
    return file


def test_a_receipt_is_found_in_the_log_of_now(tmp_path: Path, log: Path) -> None:
    file = receipt(tmp_path, shop_of(3), 1)
    with served(log) as server:
        for where in (log, server.address):
            result = checked(file, log=where)
            assert result.exit_code == GOOD, result.output
            assert "The log of now begins with the one of then (4 entries of then, 7 of now)" in (
                said(result)
            )
    statement = tmp_path / "a.json"
    statement.write_bytes(build_statement(shop_of(3).statement(1)))
    assert checked(statement, log=log).exit_code == GOOD


def test_a_receipt_of_a_history_that_nobody_else_sees_is_kept_with_its_proof(
    tmp_path: Path, log: Path
) -> None:
    other = Shop()
    index = other.sell(sale_lines(77))
    other.close()
    file = receipt(tmp_path, other, index)
    assert checked(file).exit_code == GOOD

    result = checked(file, log=log)
    assert result.exit_code == WRONG
    assert "The store signed two histories." in said(result)
    (evidence,) = tmp_path.glob("*.evidence-*.json")
    proven = checked(evidence)
    assert proven.exit_code == WRONG
    assert "Proven: store.example/log signed two different histories of its first 2" in said(proven)


def test_a_log_that_ends_before_the_receipt_is_no_proof(tmp_path: Path, log: Path) -> None:
    file = receipt(tmp_path, shop_of(3, 2, 2), 7)
    with served(log) as server:
        behind = checked(file, log=log)
        live = checked(file, log=server.address)

    # A mirror may be behind; the store itself must show that it holds the sale.
    assert (behind.exit_code, live.exit_code) == (GOOD, WRONG)
    for result in (behind, live):
        assert "That is no proof" in said(result)
    assert list(tmp_path.glob("*evidence*")) == []


def test_a_log_that_is_not_there_or_of_somebody_else_says_nothing_good(
    tmp_path: Path, log: Path
) -> None:
    file = receipt(tmp_path, shop_of(3), 1)
    assert checked(file, log=tmp_path / "nowhere").exit_code == UNREADABLE
    (log / "checkpoint").write_bytes(b"junk")
    assert checked(file, log=log).exit_code == WRONG
    (log / "checkpoint").unlink()
    assert checked(file, log=log).exit_code == UNREADABLE


def sold_just_now() -> list[Line]:
    now_us = time.time_ns() // 1_000
    return [replace(line, occurred_at_us=now_us) for line in sale_lines(77)]


def promise(place: Path, shop: Shop, lines: list[Line], *, is_due: bool) -> Path:
    """A promise by a till that may sign as of now."""
    by_us = lines[0].occurred_at_us + (-1 if is_due else DAY_US)
    made = shop.promise(lines, by_us=by_us)
    delegation = sign_delegation(TILL.verifier, until_us=2**62, signers=[KEY])
    terms = Terms(KEY.name, made.leaf, made.after, by_us)
    note = sign_promise(terms, key=TILL, delegation=delegation)
    file = place / ("due" if is_due else "early") / "sale.tlog-promise"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(build_promise(replace(made, note=note)))
    return file


def test_a_promise_is_pending_until_it_is_due_and_then_broken(tmp_path: Path, log: Path) -> None:
    lines = sold_just_now()
    early = promise(tmp_path, shop_of(3), lines, is_due=False)
    due = promise(tmp_path, shop_of(3), lines, is_due=True)

    for given in ("", log):
        pending = checked(early, log=given)
        assert pending.exit_code == GOOD, pending.output
        assert "Pending: it is to be there by" in said(pending)
    with served(log) as server:
        alone, broken = checked(due), checked(due, log=server.address)
    assert alone.exit_code == broken.exit_code == WRONG
    assert "nothing given here shows it" in said(alone)
    assert "Broken: the store signed that this sale would be in its log by" in said(broken)
    assert "None of the 7 entries is it." in said(broken)


def test_an_old_copy_of_a_log_convicts_nobody(tmp_path: Path, log: Path) -> None:
    file = promise(tmp_path, shop_of(3), sold_just_now(), is_due=True)
    copy = checked(file, log=log)
    assert copy.exit_code == WRONG
    assert "nothing given here shows it" in said(copy)
    assert "Broken" not in said(copy)

    newer = promise(tmp_path, shop_of(3, 2, 2), sold_just_now(), is_due=True)
    with served(log) as server:
        for where in (log, server.address):
            older = checked(newer, log=where)
            assert older.exit_code == UNREADABLE
            assert "older than the promise. Look at a newer copy." in said(older)


def test_a_promise_is_kept_by_the_log_or_by_the_receipt(tmp_path: Path, log: Path) -> None:
    lines = sold_just_now()
    file = promise(tmp_path, shop_of(3, 2), lines, is_due=True)
    shop = shop_of(3, 2)
    index = shop.sell(lines)
    publish(shop, log)

    kept = checked(file, log=log)
    assert kept.exit_code == GOOD, kept.output
    assert "The promised sale is entry 7 of 8 in the log." in said(kept)
    together = checked(file, receipt(tmp_path, shop, index))
    assert together.exit_code == GOOD, together.output
    other = checked(file, receipt(tmp_path, shop, 0))
    assert other.exit_code == WRONG


def test_tiles_that_hide_the_promised_sale_convict_nobody(tmp_path: Path, log: Path) -> None:
    file = promise(tmp_path, shop_of(3), sold_just_now(), is_due=True)
    tile = log / "tile/0/000.p/7"
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")

    result = checked(file, log=log)
    assert result.exit_code == UNREADABLE
    assert "not those that its head signs" in said(result)
