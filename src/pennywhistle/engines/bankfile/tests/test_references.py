"""A reference survives what people and banks do to it, and no slip makes another one of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from pennywhistle.engines.bankfile import (
    is_reference,
    make_reference,
    printed,
    references_in,
    wrong_places,
)
from pennywhistle.engines.bankfile.references import ALPHABET

numbers = st.integers(0, 23**10 - 1)


@given(numbers)
def test_every_reference_is_a_creditor_reference_of_iso_11649(number: int) -> None:
    reference = make_reference(number)

    assert is_reference(reference)
    assert iso11649.is_valid(reference)


def test_numbers_out_of_range_have_none() -> None:
    for number in (-1, 23**10):
        with pytest.raises(ValueError, match="no reference"):
            make_reference(number)


@given(numbers)
def test_it_is_found_however_it_was_typed(number: int) -> None:
    reference = make_reference(number)
    look_alike = reference[:4] + reference[4:].replace("5", "s").replace("8", "B")
    typed = [
        printed(reference).lower(),
        f"Top-up {printed(reference)}, thanks!",
        reference[:9] + "\n" + reference[9:],
        reference.removeprefix("RF"),
        look_alike.replace("2", "Z"),
        "RF" + reference[2:4].replace("0", "O").replace("1", "l") + reference[4:],
    ]

    for text in typed:
        assert reference in references_in(text), text


@given(numbers, st.integers(2, 13), st.data())
def test_one_wrong_sign_is_never_another_reference(
    number: int, place: int, data: st.DataObject
) -> None:
    reference = make_reference(number)
    others = "0123456789" if place < 4 else ALPHABET
    sign = data.draw(st.sampled_from([each for each in others if each != reference[place]]))
    wrong = reference[:place] + sign + reference[place + 1 :]

    assert not is_reference(wrong)
    assert wrong_places(wrong, reference) <= 1


@given(st.text(max_size=300))
def test_no_text_breaks_the_search(text: str) -> None:
    assert all(is_reference(found) for found in references_in(text))
