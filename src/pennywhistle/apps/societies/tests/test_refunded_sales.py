"""What was given back was no use of a work; what a society's account gained is still all told."""

from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.proof.models import Leaf
from pennywhistle.apps.societies.tests.society_shop import a_shop, balance, sell, usage

pytestmark = pytest.mark.django_db


def refund(count):
    """The first of what was sold, by the store."""
    operator = a_user("operator@example.org")
    for line in OrderLine.objects.order_by("pk")[:count]:
        asked = RefundAsked(line.pk, operator.pk, Refund.Why.OPERATOR, "A bad master.")
        refund_sale(asked=asked, now=NOON)
    sequencer.order_waiting()


def test_a_sale_that_was_refunded_in_the_same_stretch_is_no_use():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 5)

    refund(2)

    found = usage(society)
    assert sum(earned.sale_count for earned in found.uses.values()) == 3
    assert found.account_micro == found.gross_micro == balance(society)
    assert found.other_micro == 0


def test_the_refund_of_an_earlier_stretch_s_sale_stands_by_itself():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 5)
    before, first_index = usage(society), Leaf.objects.count()

    refund(2)

    found = usage(society, first_index=first_index)
    assert found.gross_micro == 0
    assert found.other_micro == found.account_micro == balance(society) - before.account_micro < 0
