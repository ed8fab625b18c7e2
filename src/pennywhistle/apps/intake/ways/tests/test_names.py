"""What the names of folders say, and which paths are refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.apps.intake.ways.names import parcel_name, unsafe

MOMENT = "20260201100000000"


@pytest.mark.parametrize(
    ("text", "subject", "moment", "manifest"),
    [
        (f"N_A1_{MOMENT}", "A1", MOMENT, f"BatchComplete_A1_{MOMENT}.xml"),
        (f"P_A1_{MOMENT}", "A1", MOMENT, f"BatchComplete_A1_{MOMENT}.xml"),
        (f"N_{MOMENT}", MOMENT, MOMENT, f"BatchComplete_{MOMENT}.xml"),
        (f"M_{MOMENT}", MOMENT, MOMENT, f"BatchComplete_{MOMENT}.xml"),
        (MOMENT, MOMENT, MOMENT, f"BatchComplete_{MOMENT}.xml"),
        (f"A1_{MOMENT}", "A1", MOMENT, f"BatchComplete_A1_{MOMENT}.xml"),
        ("N_batch-7", "batch-7", "", "BatchComplete_batch-7.xml"),
    ],
)
def test_names_are_read(text: str, subject: str, moment: str, manifest: str) -> None:
    name = parcel_name(text)

    assert name is not None
    assert (name.subject, name.moment, name.manifest) == (subject, moment, manifest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acknowledgements",
        "Acknowledgements",
        ".hidden",
        "N_",
        "a b",
        "a/b",
        "a~2",
        "ä",
        "a" * 201,
    ],
)
def test_what_is_no_parcel(text: str) -> None:
    assert parcel_name(text) is None


def test_the_day_in_the_name() -> None:
    good, none = parcel_name(f"N_A1_{MOMENT}"), parcel_name("N_A1_20269901100000000")

    assert good is not None
    assert none is not None
    assert (good.set_up_on, none.set_up_on) == (date(2026, 2, 1), None)


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../x", "/x", "a//x", "a/./x", "a\\x", "a\0x", "a\nx", "a\u202ex", "x" * 256,
     "é" * 128, "a/b/c/d/e/f/g/h", "\udcff", "a/" * 500 + "x", ""],
)  # fmt: skip
def test_paths_that_are_refused(path: str) -> None:
    assert unsafe(path)


@given(st.lists(st.text("abcÄ中 ._-()&'", min_size=1, max_size=20), min_size=1, max_size=6))
def test_plain_paths_are_taken(steps: list[str]) -> None:
    if not {".", ".."} & set(steps):
        assert unsafe("/".join(steps)) == ""
