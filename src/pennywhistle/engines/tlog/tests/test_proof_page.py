"""The page docs/algorithms/proof.md names the checks and limits that the program has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pennywhistle.engines.tlog import document, note, receipt, records, statement, tiles
from pennywhistle.engines.tlog.audit import audit_records
from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.statement import build_statement
from pennywhistle.engines.tlog.tests.sealed_shop import KEYS, Shop
from pennywhistle.engines.tlog.verify import verify_receipt, verify_statement

PAGE = Path(__file__).resolve().parents[5] / "docs" / "algorithms" / "proof.md"


@pytest.fixture
def words() -> str:
    if not PAGE.exists():
        pytest.skip("docs/ is not beside src/ (an installed package has no docs)")
    return " ".join(PAGE.read_text().split())


def test_the_page_names_every_check(words: str) -> None:
    shop = Shop()
    shop.sell()
    shop.close()
    checks = [
        *verify_receipt(build_receipt(shop.receipt(0)), keys=KEYS).checks,
        *verify_statement(build_statement(shop.statement(1)), keys=KEYS).checks,
        *audit_records(shop.records)[1:],
    ]

    for check in checks:
        assert f"`{re.sub('[0-9]+$', 'k', check.code)}`" in words


def test_the_page_gives_the_limits_as_they_are(words: str) -> None:
    mib = 1024 * 1024
    limits = {
        "receipt": f"{receipt.receipt_size_bytes_max // mib} MiB, {receipt.line_count_max:,} lines",
        "statement": f"{statement.statement_size_bytes_max // mib} MiB, "
        f"{statement.page_count_max:,} pages, {statement.page_line_count_max:,} postings a page",
        "JSON": f"nesting of {document.depth_max}; {document.values_max:,} values; "
        f"{document.bytes_a_container_min} bytes for each bracket, beyond "
        f"{document.containers_at_least:,}",
        "signed note": f"{note.note_size_bytes_max // 1024} KiB, "
        f"{note.signature_count_max} signatures",
        "log entry": f"{tiles.record_bytes_max:,} bytes",
        "numbers": "whole, below 2⁶³",
    }
    for what, limit in limits.items():
        assert f"| {what} | {limit} |" in words
    assert records.integer_max == 2**63 - 1
