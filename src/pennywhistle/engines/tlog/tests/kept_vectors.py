"""Cases that every verifier must judge alike, kept as files: `python -m` this module writes them.

Receipts are those of the cheating stores (test_receipt_cheats.py), byte for byte, and a few honest
ones; trees are small enough to have all their proofs. The second verifier, in interfaces/common,
reads the same files.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pennywhistle.engines.tlog import merkle
from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.receipt import Receipt, ReceiptInvalidError, build_receipt
from pennywhistle.engines.tlog.tests import test_receipt_cheats as cheats
from pennywhistle.engines.tlog.tests.sealed_shop import BUYER, KEYS, SPLIT, Shop, sale_lines
from pennywhistle.engines.tlog.tests.test_terms import receipts_of_terms
from pennywhistle.engines.tlog.verify import Verdict, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.tlog.note import VerifierKey

FOLDER = Path(__file__).parent / "vectors"
# A year after the sales of the small store.
NOW_US = 1_821_536_000_000_000
_SIZES_MAX = 6
Case = dict[str, Any]


def verdict_of(data: bytes, *, keys: Sequence[VerifierKey], now_us: int) -> Case:
    """What this verifier says, as it is kept: each check, or that the bytes are no receipt."""
    try:
        verdict = verify_receipt(data, keys=keys, now_us=now_us)
    except ReceiptInvalidError:
        return {"refused": True}
    checks = [
        {"code": each.code, "passed": each.passed, "title": each.title, "sentence": each.sentence}
        for each in verdict.checks
    ]
    return {"passed": verdict.passed, "state": verdict.state, "checks": checks}


def receipt_cases() -> list[Case]:
    """Every receipt that the tests of cheats judge, and honest ones, each with its verdict."""
    cases: list[Case] = []

    def keep(name: str, receipt: Receipt, keys: Sequence[VerifierKey], now_us: int) -> None:
        data = build_receipt(receipt)
        cases.append(
            {
                "name": name,
                "receipt": data.decode(),
                "vkeys": [key.to_text() for key in keys],
                "nowUs": str(now_us),
                "verdict": verdict_of(data, keys=keys, now_us=now_us),
            }
        )

    for name, test in _cheats():

        def judged(
            receipt: Receipt, keys: Sequence[VerifierKey] = KEYS, *, name: str = name
        ) -> Verdict:
            keep(name, receipt, keys, NOW_US)
            return verify_receipt(build_receipt(receipt), keys=keys)

        with patch.object(cheats, "judged", judged):
            test()
    for name, receipt in (*_honest(), *receipts_of_terms()):
        keep(name, receipt, KEYS, NOW_US)
    keep("a sale of the future", dict(_honest())["paged"], KEYS, 1_700_000_000_000_000)
    return cases


def _cheats() -> Iterator[tuple[str, Any]]:
    for name, test in vars(cheats).items():
        if not name.startswith("test_"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        title = name.removeprefix("test_").replace("_", " ")
        if not marks:
            yield title, test
        for mark in marks:
            names, values = mark.args
            for each in values:
                given = dict(zip(names, each, strict=True)) if len(names[0]) > 1 else {names: each}
                yield title, lambda test=test, given=given: test(**given)


def _honest() -> Iterator[tuple[str, Receipt]]:
    shop = cheats.paged_shop()
    yield "paged", shop.receipt(1)
    yield "sealed", replace(shop.receipt(1), page=None)
    returned = Shop()
    lines = sale_lines(0, split={k: -v for k, v in SPLIT.items()}, price_micro=900_000)
    lines[BUYER] = replace(lines[BUYER], amount_micro=900_000)
    index = returned.sell(lines)
    returned.close()
    yield "returned", returned.receipt(index)


def merkle_cases() -> dict[str, list[Case]]:
    """All inclusion and consistency proofs of small trees, and each once with another index."""
    hashes = [merkle.leaf_hash(bytes([i])) for i in range(_SIZES_MAX)]
    inclusion, consistency = [], []
    for size in range(1, _SIZES_MAX + 1):
        root = merkle.tree_root(hashes[:size])
        for index in range(size):
            path = merkle.inclusion_path(hashes[:size], index)
            for claimed in (index, index + 1):
                case = {"leaf": hashes[index], "size": size, "path": path, "root": root}
                inclusion.append(_written(case, index=claimed, holds=claimed == index))
        for old_size in range(1, size + 1):
            path = merkle.consistency_path(hashes[:size], old_size)
            for claimed in (old_size, old_size + 1):
                old_root = merkle.tree_root(hashes[:old_size])
                case = {"oldRoot": old_root, "size": size, "path": path, "root": root}
                consistency.append(_written(case, oldSize=claimed, holds=claimed == old_size))
    return {"inclusion": inclusion, "consistency": consistency}


def _written(case: Case, **more: object) -> Case:
    texts: Case = {}
    for name, value in case.items():
        if isinstance(value, bytes):
            texts[name] = encode_base64(value)
        else:
            texts[name] = [encode_base64(v) for v in value] if isinstance(value, list) else value
    return {**texts, **more}


def written() -> dict[str, str]:
    """The files by name, as they are kept."""
    kept = {"receipts.json": receipt_cases(), "merkle.json": merkle_cases()}
    return {
        name: json.dumps(cases, indent=1, ensure_ascii=False) + "\n" for name, cases in kept.items()
    }


if __name__ == "__main__":
    for file_name, text in written().items():
        (FOLDER / file_name).write_text(text, encoding="utf-8")
