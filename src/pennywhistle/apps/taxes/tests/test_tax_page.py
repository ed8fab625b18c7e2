"""The figures of the page on tax are right."""

import re
from fractions import Fraction
from pathlib import Path

PAGE = Path(__file__).resolve().parents[5] / "docs" / "running" / "tax.md"
ROW = re.compile(
    r"^\| (?P<price>[\d.]+) \| (?P<rate>\d+) % \| (?P<net>[\d./]+) \| (?P<tax>[\d./]+) \|$",
    re.MULTILINE,
)


def test_each_price_is_its_net_and_its_tax() -> None:
    rows = [
        [Fraction(text) for text in row.groups()]
        for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))
    ]

    assert len(rows) == 4
    for price, percent, net, tax in rows:
        assert net == price / (1 + percent / 100)
        assert tax == price - net
