"""What was given back was no use of a work; what a society's account gained is still all told."""

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.proof.models import Leaf
from pennywhistle.apps.societies.actions import distribute
from pennywhistle.apps.societies.models import Distribution, DistributionLine
from pennywhistle.apps.societies.reporting import report_of
from pennywhistle.apps.societies.sharing import Owners, Recipient
from pennywhistle.apps.societies.taking import take_back
from pennywhistle.apps.societies.tests.society_shop import LATER, a_shop, balance, sell, usage
from pennywhistle.apps.societies.work import plan_distribution
from societies import mandate, written_by

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# 9 % of a sale at 0.14, and what of it is a member's.
FEE, NET = 12_600, 11_340


def refund(count, *, at=NOON):
    """The first of what was sold, by the store."""
    operator = a_user(f"operator-{Refund.objects.count()}@example.org")
    for line in OrderLine.objects.filter(refund=None).order_by("order__key", "pk")[:count]:
        asked = RefundAsked(line.pk, operator.pk, Refund.Why.OPERATOR, "A bad master.")
        refund_sale(asked=asked, now=at)
    sequencer.order_waiting()


def distributed(society, at):
    made = distribute(society_id=society.pk, period_end=at, now=at)
    sequencer.order_waiting()
    return made


def test_a_sale_that_was_refunded_in_the_same_stretch_is_no_use():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 5)

    refund(2)

    found = usage(society)
    assert sum(earned.sale_count for earned in found.uses.values()) == 3
    assert found.account_micro == found.gross_micro == balance(society)
    assert found.other_micro == 0


def test_the_refund_of_an_earlier_stretch_s_sale_is_a_use_below_zero():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 5)
    before, first_index = usage(society), Leaf.objects.count()
    refund(2)

    found = usage(society, first_index=first_index)

    assert found.gross_micro == -2 * FEE == found.due
    assert sum(earned.sale_count for earned in found.uses.values()) == -2
    assert found.other_micro == found.own_micro == 0
    assert found.account_micro == balance(society) - before.account_micro
    assert {use.used_at for use in found.uses} == {use.used_at for use in before.uses}
    (told,) = report_of(found).rows
    assert (told.recipient.reason, told.due) == ("owed", -2 * FEE)


def test_a_refund_before_the_distribution_is_never_paid():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 5)
    refund(2)

    (made,) = distributed(society, LATER)

    assert made.paid_micro == balance(writers["Ada"]) == 3 * NET
    assert distributed(society, LATER + DAY) == []


def test_what_a_refund_takes_after_the_distribution_the_work_s_next_money_pays():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 5)
    distributed(society, LATER)
    sell(shelf, 3, at=LATER + DAY, name="later")
    refund(2, at=LATER + 2 * DAY)

    (made,) = distributed(society, LATER + 3 * DAY)

    assert made.paid_micro == NET
    assert balance(writers["Ada"]) == 6 * NET
    assert balance(society) == 6 * (FEE - NET)


def test_of_a_work_without_other_money_it_is_taken_back_from_who_got_it():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    writers |= written_by(shelf, {"Ben": Fraction(1)}, track=2)
    mandate(writers["Ben"], society)
    sell(shelf, 5)
    distributed(society, LATER)
    refund(2, at=LATER + DAY)
    sell(shelf, 4, at=LATER + DAY, name="later", track=2)
    assert balance(society) == 5 * (FEE - NET) - 2 * FEE + 4 * FEE

    (made,) = distributed(society, LATER + 2 * DAY)

    assert made.paid_micro == balance(writers["Ben"]) == 4 * NET
    assert balance(writers["Ada"]) == 3 * NET
    assert balance(society) == 7 * (FEE - NET)
    assert take_back(society=society.society, currency="USD", now=LATER + 3 * DAY) == 0
    found = usage(society)
    assert (found.account_micro, found.other_micro) == (balance(society), -2 * (FEE - NET))


def test_a_plan_carries_what_is_owed_until_it_is_made_good_and_pays_nothing_below_zero():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    writers = written_by(shelf, {"Ben": Fraction(1)}, track=2)
    mandate(writers["Ben"], society)
    sell(shelf, 5)
    distributed(society, LATER)
    refund(2, at=LATER + DAY)
    sell(shelf, 1, at=LATER + DAY, name="later", track=2)

    plan = plan_distribution(society=society.society, currency="USD", period_end=LATER + 2 * DAY)

    assert (plan.paid_micro, plan.carried_micro) == (NET, -2 * FEE)
    assert [line.kind for line in plan.lines if line.gross_micro < 0] == ["carried"]


def test_a_refund_behind_the_second_period_is_taken_once_before_the_third():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 2)
    distributed(society, LATER)
    sell(shelf, 2, at=LATER + DAY, name="later")
    distributed(society, LATER + 2 * DAY)
    assert balance(writers["Ada"]) == 4 * NET
    refund(3, at=LATER + 3 * DAY)

    assert distributed(society, LATER + 4 * DAY) == []
    assert balance(writers["Ada"]) == NET
    assert distributed(society, LATER + 5 * DAY) == []
    sell(shelf, 1, at=LATER + 6 * DAY, name="last")
    (made,) = distributed(society, LATER + 7 * DAY)

    assert made.paid_micro == NET
    assert balance(writers["Ada"]) == 2 * NET
    assert balance(society) == 2 * (FEE - NET)
    assert Distribution.objects.count() == 3
    assert not DistributionLine.objects.filter(gross_micro__lt=0).exists()


def test_what_refunds_took_of_money_kept_apart_pays_no_member_below_nothing(monkeypatch):
    owners = Owners(society_id=1, currency="USD", uses=[])
    ada = Recipient(1)
    halves = ({ada: Fraction(1, 2)}, Fraction(1, 2))
    monkeypatch.setattr(owners, "_divided", lambda _: halves)

    less = owners.parts_of(None, got=Fraction(10), contested=Fraction(-4))
    nothing = owners.parts_of(None, got=Fraction(10), contested=Fraction(-20))

    assert (less[ada], ada in nothing) == (Fraction(3, 10), False)
    assert sum(less.values()) == sum(nothing.values()) == 1
