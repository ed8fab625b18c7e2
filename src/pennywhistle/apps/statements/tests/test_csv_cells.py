"""What a spreadsheet would compute is told as text; amounts stay numbers."""

import pytest

from pennywhistle.apps.statements.csv_file import amount_cell, cell_of_text
from pennywhistle.kernel.money import Money


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example","x")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
    ],
)
def test_a_text_that_looks_like_a_formula_is_escaped(text) -> None:
    assert cell_of_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Tin Weather", "", "1984", "A = B", "Ünder", "'already"])
def test_other_texts_stay_as_they_are(text) -> None:
    assert cell_of_text(text) == text


@pytest.mark.parametrize(
    ("micro", "written"),
    [(63_000, "0.063000"), (-63_000, "-0.063000"), (1, "0.000001"), (10**18, f"{10**12}.000000")],
)
def test_an_amount_is_exact_and_a_number_also_below_zero(micro, written) -> None:
    assert amount_cell(Money(micro, "USD")) == written
