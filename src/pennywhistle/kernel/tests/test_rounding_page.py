"""The page about rounding: its table is right, and its JavaScript cuts as we do."""

import hashlib
import json
import random
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import split, weights_to_shares

PAGE = Path(__file__).parents[4] / "docs" / "algorithms" / "rounding.md"
ROW = re.compile(
    r"^\| `(?P<seed>[^`]+)` \| `(?P<digest>[0-9a-f]{16})` \| (?P<parts>[0-9, ]+) \|$", re.MULTILINE
)
SHARES = [
    Fraction(percent) / 100 for percent in ("33.33", "16.67", "12.5", "12.5", "10", "10", "5")
]


def page() -> str:
    if not PAGE.exists():
        pytest.skip("docs/algorithms/rounding.md is not beside this copy of the program")
    return PAGE.read_text(encoding="utf-8")


def test_the_worked_table_is_right() -> None:
    rows = list(ROW.finditer(page()))

    assert len(rows) == 5
    for row in rows:
        seed = row["seed"].encode()
        parts = split(Money(21_000, "USD"), shares=SHARES, seed=seed)
        assert row["digest"] == hashlib.sha256(seed).hexdigest()[:16]
        assert row["parts"] == ", ".join(str(part.micro) for part in parts)


def test_a_stranger_recomputes_the_cut_in_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    function = page().partition("```javascript\n")[2].partition("\nawait split(")[0]
    cases = _cases()

    calls = f"Promise.all({json.dumps(cases)}.map(c => split(...c)))"
    program = f"{function}\n{calls}.then(all => console.log(JSON.stringify(all)))"
    done = subprocess.run([node, "-e", program], capture_output=True, check=True, timeout=60)

    assert json.loads(done.stdout) == [
        [
            part.micro
            for part in split(
                Money(total, "USD"),
                shares=[Fraction(*share) for share in shares],
                seed=seed.encode(),
            )
        ]
        for total, shares, seed in cases
    ]


def _cases() -> list[tuple[int, list[tuple[int, int]], str]]:
    chance = random.Random(2026)  # noqa: S311 - cases, not secrets
    weights = [
        [chance.randrange(1, 1000) for _ in range(chance.randrange(1, 9))] for _ in range(200)
    ]
    return [
        (
            chance.randrange(10**12),
            [share.as_integer_ratio() for share in weights_to_shares(each)],
            f"sale {number} – Ümläut",  # noqa: RUF001
        )
        for number, each in enumerate(weights)
    ]
