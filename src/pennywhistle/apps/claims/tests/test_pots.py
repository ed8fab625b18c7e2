"""What lies in a pot is divided to the last micro-unit: nothing is made, nothing is lost."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.apps.claims.pots import Due, Pot, divided
from pennywhistle.kernel.purse import Purse, PurseKind

parts = st.lists(
    st.fractions(min_value=0, max_value=1, max_denominator=97), min_size=1, max_size=5
).filter(lambda listed: 0 < sum(listed) <= 1)
seeds = st.binary(min_size=1, max_size=8)


def owners(listed: list[Fraction]) -> dict[Due, Fraction]:
    return {
        ("sales", Purse(PurseKind.PAYEE, number)): part for number, part in enumerate(listed, 1)
    }


@given(parts, st.integers(0, 10**9), st.fractions(min_value=1, max_denominator=999), seeds)
def test_never_more_than_was_posted_and_all_of_it_where_all_owners_are_known(
    listed: list[Fraction], posted: int, whole: Fraction, seed: bytes
) -> None:
    dues = {due: part * whole for due, part in owners(listed).items()}

    found = divided(posted, whole, dues, seed=seed)

    assert all(micro >= 0 for micro in found.values())
    assert sum(found.values()) <= posted
    if sum(listed) == 1:
        assert sum(found.values()) == posted
    for due, part in owners(listed).items():
        assert abs(found.get(due, 0) - part * posted) < 1


@given(parts, st.integers(1, 40))
def test_a_pot_adds_up_what_sales_put_in(listed: list[Fraction], sale_count: int) -> None:
    pot = Pot(Purse(PurseKind.HELD, code="transfer:recording-1:FR:2026"), "USD")
    for _ in range(sale_count):
        pot.add(None, Fraction(100, 3), owners(listed))  # type: ignore[arg-type] (any id does)

    assert pot.whole == Fraction(100, 3) * sale_count
    assert sum(pot.dues.values()) == sum(listed) * pot.whole
    assert len(pot.sale_ids) == sale_count


def test_an_empty_pot_gives_nothing() -> None:
    assert divided(0, Fraction(1), owners([Fraction(1)]), seed=b"x") == {}
    assert divided(5, Fraction(0), {}, seed=b"x") == {}
