"""The commands about tax record what they are told, or say what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from builders import NOON
from pennywhistle.apps.taxes.exchange import per_euro
from pennywhistle.apps.taxes.known import installed_rates
from pennywhistle.apps.taxes.models import ExchangeRate, TaxRate
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.engines.tax import EU_STATES, Quarter
from pennywhistle.interfaces.console.taxes import app
from taxed_shop import Purchases, a_taxed_store, read_all, with_terms

pytestmark = pytest.mark.django_db
RUN = CliRunner()


def test_the_table_is_filled_wherever_the_store_is_registered() -> None:
    with_terms()

    for _ in range(2):
        ran = RUN.invoke(app, ["fill", "--from", "2026-01-01", "--also", "GB"])
        assert ran.exit_code == 0, ran.output

    known = installed_rates()
    held = dict(TaxRate.objects.open().values_list("territory", "source"))
    assert held.keys() == EU_STATES | {"MC", "GB", "IM"}
    assert tax_rate_at("HU", NOON) == known.rate("HU") == Fraction(27, 100)
    assert RUN.invoke(app, ["check"]).exit_code == 0


@pytest.mark.parametrize("words", [["--from", "soon"], ["--from", "2026-01-01", "--also", "US"]])
def test_what_cannot_be_filled_is_told(words: list[str]) -> None:
    assert RUN.invoke(app, ["fill", *words]).exit_code == 2
    assert not TaxRate.objects.exists()


def test_a_table_of_sales_tax_is_taken_whole(tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(
        "territory,percent,first_day,source\nCA,5,2026-01-01,An act\nJP,10,2026-01-01,An act\n"
    )

    assert RUN.invoke(app, ["import", str(file)]).exit_code == 0

    assert tax_rate_at("CA", NOON) == Fraction(1, 20)
    assert tax_rate_at("JP", datetime(2025, 12, 31, 23, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    "text",
    [
        "territory,percent\nCA,5\n",
        "territory,percent,first_day,source\nCA,5,2026-01-01,An act\nXX,5,2026-01-01,An act\n",
        "territory,percent,first_day,source\nCA,500,2026-01-01,An act\n",
        "territory,percent,first_day,source\nCA,5,soon,An act\n",
        "territory,percent,first_day,source\nCA,5,2026-01-01,\n",
        "territory,percent,first_day,source\nCA\n",
        "territory,percent,first_day,source\nCA,1/0,2026-01-01,An act\n",
    ],
)
def test_a_table_with_a_slip_is_not_taken_at_all(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(text)

    assert RUN.invoke(app, ["import", str(file)]).exit_code == 2
    assert not TaxRate.objects.exists()


def test_a_return_is_printed_once_the_banks_table_is_loaded(tmp_path: Path) -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    buyer.buy(1, price="1.20")
    read_all()
    missing = RUN.invoke(app, ["oss", "2026-Q4"])
    assert missing.exit_code == 2
    file = tmp_path / "eurofxref-hist.csv"
    file.write_text("Date,USD,JPY,\n2027-01-04,2.00,160,\n2019-12-31,1.1,1,\n")

    assert RUN.invoke(app, ["exchange", str(file)]).exit_code == 0

    assert ExchangeRate.objects.count() == 2
    assert per_euro("USD", Quarter(2026, 4).last_day) == 2
    assert "supplies,2026-Q4,FR,20,0.50,0.10" in RUN.invoke(app, ["oss", "2026-Q4"]).output
    assert RUN.invoke(app, ["oss", "2026"]).exit_code == 2
    assert RUN.invoke(app, ["exchange", str(tmp_path / "none.csv")]).exit_code == 2
