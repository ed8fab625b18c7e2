"""Dates that no calendar reaches are told on the console, and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
import typer
from rich.console import Console

from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.engines.tlog.tlog_proof import format_proof, parse_proof
from pennywhistle.interfaces.console import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("instant_us", [2**63 - 1, 1 - 2**63, 4_000_000_000_000_000])
def test_a_receipt_of_no_possible_day_is_refused(
    tmp_path: Path, instant_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    proof = parse_proof(build_receipt(shop.receipt(shop.sell())))
    document = json.loads(proof.extra)
    document["common"]["at"] = instant_us
    file = tmp_path / "a.tlog-proof"
    file.write_bytes(format_proof(replace(proof, extra=json.dumps(document).encode())))

    printed = StringIO()
    monkeypatch.setattr(verify, "console", Console(file=printed, width=120, height=100))

    with pytest.raises(typer.Exit) as stopped:
        verify.verify([file], key=[KEY.verifier.to_text()])

    told = " ".join(printed.getvalue().replace("│", " ").split())
    assert stopped.value.exit_code == verify.FAILED
    assert ("✗ The sale has happened" in told) is (instant_us > 0)
    assert "differs from what the store sealed" in told
