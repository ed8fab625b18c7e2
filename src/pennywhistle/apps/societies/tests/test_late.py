"""What a society kept for nobody is paid to whoever it turns out to belong, once and exactly."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.actions import MandateTerms
from pennywhistle.apps.rights.models import License
from pennywhistle.apps.societies.actions import distribute, set_up_society
from pennywhistle.apps.societies.deadlines import deadlines_of
from pennywhistle.apps.societies.late import late_dues, pay_everything_kept, pay_what_was_kept
from pennywhistle.apps.societies.models import LatePayment, Society
from pennywhistle.apps.societies.stretches import Stretch
from pennywhistle.apps.societies.tests.society_shop import (
    LATER,
    SMALL,
    TENTH,
    a_shop,
    balance,
    sell,
    unclaimed,
    usage,
)
from pennywhistle.apps.societies.usage import usage_of
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society, mandate
from threads import at_once

LAW = "17 U.S.C. 115"
PARTS = {"Ada": Fraction(1, 2), "Ben": Fraction(1, 3), "Stranger": Fraction(1, 6)}
MUCH_LATER = LATER + timedelta(days=1)


def a_distribution_with_a_stranger(count: int = 12) -> tuple[Party, dict[str, Party]]:
    """Ada and Ben are members; the law reaches the stranger, whose part is kept."""
    shelf, society, writers = a_shop(PARTS, members=["Ada", "Ben"], unidentified_by=LAW)
    sell(shelf, count)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    return society, writers


def joins(member: Party, society: Party) -> None:
    """By a mandate that begins long after the work was used."""
    terms = MandateTerms(
        from_party_id=member.pk,
        to_party_id=society.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period(MUCH_LATER, None),
        is_exclusive=True,
    )
    actions.record_mandate(terms=terms, now=LATER)


def kept_now() -> int:
    return sum(unclaimed().values())


def pay(society: Party) -> int:
    return pay_what_was_kept(society_id=society.pk, now=MUCH_LATER)


@pytest.mark.django_db
def test_it_waits_while_the_owner_is_no_member():
    society, _ = a_distribution_with_a_stranger()
    kept = kept_now()

    assert pay(society) == 0

    assert kept_now() == kept > 0
    assert not LatePayment.objects.exists()


@pytest.mark.django_db
def test_who_joins_gets_what_was_kept_less_the_deduction():
    society, writers = a_distribution_with_a_stranger()
    kept, own, ada = kept_now(), balance(society), balance(writers["Ada"])
    mandate(writers["Stranger"], society)

    assert pay_everything_kept(now=MUCH_LATER) == 1

    assert kept_now() == 0
    assert balance(writers["Stranger"]) + balance(society) - own == kept
    assert abs(balance(writers["Stranger"]) - kept * Fraction(9, 10)) < 2
    assert balance(writers["Ada"]) == ada
    found = Society.objects.get(pk=society.pk)
    assert deadlines_of(found, now=MUCH_LATER).unclaimed == ()


@pytest.mark.django_db
def test_a_mandate_that_begins_with_joining_is_enough():
    society, writers = a_distribution_with_a_stranger()
    kept, own = kept_now(), balance(society)
    joins(writers["Stranger"], society)

    before = pay_what_was_kept(society_id=society.pk, now=LATER)
    paid = [pay(society), pay(society)]

    assert [before, *paid] == [0, 1, 0]
    assert (kept, kept_now()) == (25_200, 0)
    assert balance(writers["Stranger"]) == 25_200 - 2_520
    assert balance(society) - own == 2_520


@pytest.mark.django_db
def test_who_joins_another_society_is_paid_nothing_by_this_one():
    society, writers = a_distribution_with_a_stranger()
    ada = balance(writers["Ada"])
    joins(writers["Stranger"], a_society("Other Society", tariff=SMALL))

    assert pay(society) == 0

    assert balance(writers["Ada"]) == ada
    assert kept_now() == 25_200


@pytest.mark.django_db
def test_a_second_call_pays_nothing_more():
    society, writers = a_distribution_with_a_stranger()
    mandate(writers["Stranger"], society)
    pay(society)
    before = Posting.objects.count()

    assert pay(society) == 0

    assert Posting.objects.count() == before


@pytest.mark.django_db
def test_it_is_no_new_use_of_the_society_and_the_books_still_tie_out():
    society, writers = a_distribution_with_a_stranger()
    mandate(writers["Stranger"], society)
    pay(society)
    sequencer.order_waiting()

    assert usage(society).account_micro == balance(society)
    assert distribute(society_id=society.pk, period_end=MUCH_LATER, now=MUCH_LATER) == []


@pytest.mark.django_db
def test_another_society_that_is_paid_so_passes_it_on():
    society, writers = a_distribution_with_a_stranger()
    other = a_society("Other Society", tariff=SMALL)
    set_up_society(party_id=other.pk, terms=TENTH)
    mandate(writers["Stranger"], other)
    mandate(other, society)
    close_license(other)

    assert pay(society) == 1
    sequencer.order_waiting()

    got = balance(other)
    assert got > 0
    found = usage_of(Society.objects.get(pk=other.pk), "USD", Stretch(0, 10_000))
    assert found.gross_micro == got
    after = MUCH_LATER + timedelta(days=1)
    (passed_on,) = distribute(society_id=other.pk, period_end=after, now=after)
    assert passed_on.gross_micro == got
    assert balance(writers["Stranger"]) == passed_on.paid_micro


def close_license(other: Party) -> None:
    """It licenses nothing to the store itself, so that the walk goes on to the first one."""
    for license_ in License.objects.filter(licensor=other):
        actions.close_license(license_id=license_.pk, now=LATER)


@pytest.mark.django_db
def test_the_database_pays_no_more_than_was_kept():
    society, writers = a_distribution_with_a_stranger()
    mandate(writers["Stranger"], society)
    pay(society)
    payment = LatePayment.objects.get()

    with pytest.raises(IntegrityError, match="more would be paid"), transaction.atomic():
        LatePayment.objects.create(
            line=payment.line,
            party=payment.party,
            entry=payment.entry,
            gross_micro=1,
            deduction_micro=0,
            paid_at=NOON,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        LatePayment.objects.update(gross_micro=1)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_pay_it_once():
    society, writers = a_distribution_with_a_stranger()
    kept, own = kept_now(), balance(society)
    mandate(writers["Stranger"], society)

    answers = at_once(4, lambda _: pay(society))

    assert sorted(map(str, answers)) == ["0", "0", "0", "1"]
    assert balance(writers["Stranger"]) + balance(society) - own == kept


parts = st.lists(
    st.fractions(min_value=0, max_value=1, max_denominator=60), min_size=1, max_size=5
).filter(lambda listed: sum(listed) <= 1)
amounts = st.integers(0, 10**7)


@given(
    parts, amounts, st.dictionaries(st.integers(1, 6), amounts, max_size=4), st.binary(min_size=1)
)
def test_never_more_than_is_left_and_nothing_the_second_time(listed, kept, paid, seed):
    found = dict(enumerate(listed, 1))

    due = late_dues(kept, paid=paid, late={}, parts=found, seed=seed)

    assert all(micro > 0 for micro in due.values())
    assert sum(due.values()) <= kept
    if sum(listed) == 1 and kept:
        assert sum(due.values()) == kept
    assert late_dues(kept, paid=paid, late=due, parts=found, seed=seed) == {}


@given(parts, parts, amounts, st.binary(min_size=1))
def test_whatever_the_register_says_later_no_more_is_paid_than_was_kept(first, last, kept, seed):
    late = late_dues(kept, paid={}, late={}, parts=dict(enumerate(first, 1)), seed=seed)

    more = late_dues(kept, paid={}, late=late, parts=dict(enumerate(last, 1)), seed=seed)

    assert sum(late.values()) + sum(more.values()) <= kept
