"""Rounding never stops a division: whoever moves most takes the rest, also where nobody is paid."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from builders import Shelf, a_shelf, a_store
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.rounds import divide_what_is_apart, review_disputes
from pennywhistle.apps.claims.tests.test_disputes import LATER, buy, claim, earned, settle
from pennywhistle.apps.claims.tests.test_unidentified import kept
from pennywhistle.apps.parties.actions import ensure_party
from societies import NINE_PERCENT, a_society, mandate, written_by

pytestmark = pytest.mark.django_db
# Three 31sts of 14 cents are no whole micro-units: 13,548 and a bit.
ODD = replace(NINE_PERCENT, is_by_repertoire=True, percent=Fraction(3, 31), track_minimum_micro=0)


@pytest.fixture
def shelf() -> Shelf:
    """A track whose work is nobody's; a law lets a society license that."""
    a_store()
    shelf = a_shelf(track_count=1)
    written_by(shelf, {})
    a_society("By Law", tariff=ODD, unidentified_by="17 U.S.C. 115")
    return shelf


@pytest.mark.parametrize("sales", [1, 2, 3, 5, 7])
def test_what_was_unclaimed_is_contested_by_two_who_claim_all(shelf: Shelf, sales: int) -> None:
    for number in range(1, sales + 1):
        buy(shelf, number=number)
    whole = kept("unclaimed:work-")
    assert whole >= sales * 13_548
    hers, his = a_society("Hers", tariff=ODD), a_society("His", tariff=ODD)
    for name, society in (("Wanda", hers), ("Will", his)):
        mandate(ensure_party(name=name), society)
        claim(shelf, name, Fraction(1))

    review_disputes(now=LATER)

    assert (kept("unclaimed:work-"), kept("claims:work-")) == (0, whole)
    assert divide_what_is_apart(now=LATER) == 0
    settle(wanda=Fraction(2, 3), will=Fraction(1, 3))
    assert kept("claims:work-") == 0
    assert earned(hers) + earned(his) == whole
    assert abs(earned(his) - Fraction(whole, 3)) < sales + 1
    assert not Dispute.objects.open().exists()
