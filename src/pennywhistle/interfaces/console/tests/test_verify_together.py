"""Several receipts of one and the same sale are no proof of several sales."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
import typer
from rich.console import Console

from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.interfaces.console import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    told = StringIO()
    monkeypatch.setattr(verify, "console", Console(file=told, width=120, height=100))
    return told


@pytest.fixture
def receipts() -> list[bytes]:
    """Of two sales, one after the other."""
    shop = Shop()
    indexes = [shop.sell(), shop.sell()]
    shop.close()
    return [build_receipt(shop.receipt(index)) for index in indexes]


def verified(files: list[Path]) -> int:
    with pytest.raises(typer.Exit) as stopped:
        verify.verify(files, key=[KEY.verifier.to_text()])
    return stopped.value.exit_code


def test_one_sale_that_two_shoppers_hold_a_receipt_of_is_refused(
    tmp_path: Path, receipts: list[bytes], printed: StringIO
) -> None:
    files = [tmp_path / "a.tlog-proof", tmp_path / "b.tlog-proof"]
    for file in files:
        file.write_bytes(receipts[1])
        assert verified([file]) == 0

    assert verified(files) == verify.FAILED
    told = " ".join(printed.getvalue().replace("│", " ").split())
    assert "✗ Each receipt is of a sale of its own" in told
    assert "are receipts of one and the same sale, entry 1 of store.example/log." in told


def test_different_sales_and_one_file_named_twice_are_no_repetition(
    tmp_path: Path, receipts: list[bytes], printed: StringIO
) -> None:
    files = [tmp_path / "a.tlog-proof", tmp_path / "b.tlog-proof"]
    for file, data in zip(files, receipts, strict=True):
        file.write_bytes(data)

    assert verified([*files, files[0]]) == 0
    assert "You are account 0" in printed.getvalue()
    assert "Each receipt" not in printed.getvalue()
