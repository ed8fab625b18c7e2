"""A stranger's file does not paint on the console: what looks like markup is printed as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.engines.tlog.tlog_proof import format_proof, parse_proof
from pennywhistle.interfaces.console.tests.test_audit import run, said
from pennywhistle.interfaces.console.verify import FAILED, UNREADABLE, verify

if TYPE_CHECKING:
    from pathlib import Path


def sent(file: Path, change: dict[str, object]) -> Path:
    """A good receipt with something of a stranger in it."""
    shop = Shop()
    proof = parse_proof(build_receipt(shop.receipt(shop.sell())))
    document = json.loads(proof.extra) | change
    file.write_bytes(format_proof(replace(proof, extra=json.dumps(document).encode())))
    return file


@pytest.mark.parametrize("name", ["[/x]", "[green]right[/]", "[link=x]"])
def test_an_unknown_field_is_named_as_it_is_written(tmp_path: Path, name: str) -> None:
    file = sent(tmp_path / "a.tlog-proof", {name: 1})

    result = run(verify, file, "--key", KEY.verifier.to_text())

    assert (result.exit_code, result.exception.__class__) == (UNREADABLE, SystemExit)
    assert name in said(result)


@pytest.mark.parametrize("name", ["[z]a.tlog-proof", "[bold]a.tlog-proof"])
def test_a_file_s_name_is_no_markup(tmp_path: Path, name: str) -> None:
    file = sent(tmp_path / name, {})
    wrong = KEY.__class__(KEY.name, bytes(32)).verifier.to_text()

    assert name in said(run(verify, file, "--key", KEY.verifier.to_text()))
    assert run(verify, file, "--key", wrong).exit_code in {FAILED, UNREADABLE}
    file.write_bytes(b"junk")
    assert name in said(run(verify, file, "--key", KEY.verifier.to_text()))
