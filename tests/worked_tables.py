"""Reads the worked tables of docs/algorithms, so that tests can compute them again."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parent.parent / "docs" / "algorithms"


def worked_table(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the first table under `heading`, each by the words at the head of its columns."""
    lines = (line.strip() for line in page_text(page).splitlines())
    for line in lines:
        if line.lstrip("#") == f" {heading}":
            break
    else:
        raise AssertionError(f"{page} has no heading {heading!r}")
    table: list[list[str]] = []
    for line in lines:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table or line.startswith("#"):
            break
    if len(table) < 3:
        raise AssertionError(f"{page} has no table under {heading!r}")
    head, _, *rows = table
    return [dict(zip(head, row, strict=True)) for row in rows]


def page_text(page: str) -> str:
    """The Markdown of a page; where there are no pages beside the program, the test skips."""
    path = PAGES / page
    if not path.exists():
        pytest.skip(f"docs/algorithms/{page} is not beside this copy of the program")
    return path.read_text(encoding="utf-8")


def micro_of(cell: str) -> int:
    """0.07 as 70 000 micro-units; a dash or an empty cell is nothing."""
    amount = Decimal(cell.strip("*") if cell not in {"", "-", "–"} else "0") * 1_000_000  # noqa: RUF001
    assert amount == int(amount), f"{cell} is no whole number of micro-units"
    return int(amount)


def part_of(cell: str) -> Fraction:
    """Read 8 % or 1/3 as an exact fraction; a dash or an empty cell is nothing."""
    if cell in {"", "-", "–"}:  # noqa: RUF001
        return Fraction(0)
    return Fraction(cell.removesuffix("%").strip()) / (100 if cell.endswith("%") else 1)
