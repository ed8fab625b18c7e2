"""Whoever reads a receipt learns whose money each line is."""

import pytest

from pennywhistle.apps.ledger.models import Account
from pennywhistle.interfaces.common.purse_names import purse_name
from pennywhistle.kernel.purse import PurseKind


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("store", "", "The store"),
        ("tax", "DE", "Tax, Germany"),
        ("held", "claims:work-17:FR:2026", "Held until a dispute is settled"),
        ("unclaimed", "no-mandate:work-17:FR:2026", "Kept until somebody claims it"),
        ("subsidy", "", "Added by the store"),
    ],
)
def test_money_of_nobody_in_particular_has_a_name(kind: str, code: str, name: str) -> None:
    assert purse_name(kind, code) == name


def test_no_two_kinds_are_called_the_same() -> None:
    kinds = [kind for kind in PurseKind if kind is not PurseKind.PAYEE]

    assert len({purse_name(kind, "DE") for kind in kinds}) == len(kinds)
    assert {kind.value for kind in PurseKind} <= set(Account.Kind.values)
