"""A society passes on to its members, to the micro-unit, what their works earned."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, a_shelf, a_store, a_user
from pennywhistle.apps.ledger.models import Entry, Posting
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    close_mandate,
    record_mandate,
)
from pennywhistle.apps.societies.actions import (
    DeductionWrongError,
    NotAMemberError,
    PeriodOpenError,
    SocietyTerms,
    YearEndWrongError,
    distribute,
    join_society,
    leave_society,
    set_up_society,
)
from pennywhistle.apps.societies.models import Distribution, DistributionLine
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
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db


def test_members_get_their_shares_after_the_deduction():
    shelf, society, writers = a_shop(
        {"Ada": Fraction(2, 3), "Ben": Fraction(1, 3)}, members=["Ada", "Ben"]
    )
    sell(shelf, 7)
    whole = balance(society)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert made.gross_micro == whole
    assert made.deduction_micro + made.paid_micro == whole
    assert balance(society) == made.deduction_micro
    assert abs(made.deduction_micro - whole / 10) < 2
    assert abs(balance(writers["Ada"]) - whole * Fraction(6, 10)) < 3
    assert abs(balance(writers["Ben"]) - whole * Fraction(3, 10)) < 3
    assert balance(writers["Ada"]) + balance(writers["Ben"]) == made.paid_micro
    entry = Entry.objects.get(kind=Entry.Kind.DISTRIBUTION)
    assert entry.item == f"distribution:{society.public_id}"


def test_a_second_run_distributes_nothing_more():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 2)
    assert len(distribute(society_id=society.pk, period_end=LATER, now=LATER)) == 1
    sequencer.order_waiting()
    assert distribute(society_id=society.pk, period_end=LATER, now=LATER) == []
    assert Distribution.objects.count() == 1
    sell(shelf, 3, at=LATER, name="later")
    much_later = LATER + timedelta(days=1)
    (second,) = distribute(society_id=society.pk, period_end=much_later, now=much_later)
    first = Distribution.objects.order_by("id").first()
    assert second.first_index == first.end_index
    assert first.gross_micro * 3 == second.gross_micro * 2


def test_only_uses_before_the_end_of_the_period_are_distributed():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 2)
    sell(shelf, 1, at=LATER, name="later")
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER + timedelta(days=1))
    assert (
        made.gross_micro * 3 == (made.gross_micro + usage(society, made.end_index).gross_micro) * 2
    )


def test_usage_ties_out_to_the_account_with_the_rounding_shown():
    shelf, society, _ = a_shop(
        {"Ada": Fraction(1, 3), "Ben": Fraction(2, 3)},
        members=["Ada", "Ben"],
        tariff=replace(SMALL, track_minimum_micro=0, percent=Fraction(1, 7)),
    )
    sell(shelf, 5)
    sell(shelf, 3, territory="DE", name="german")
    found = usage(society)
    assert found.account_micro == balance(society)
    assert found.due == Fraction(8 * 140_000, 7)
    assert found.gross_micro - found.due == found.rounding
    assert {use.territory: earned.sale_count for use, earned in found.uses.items()} == {
        "FR": 5,
        "DE": 3,
    }
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    assert usage(society).account_micro == balance(society)


def test_what_the_society_earns_otherwise_is_not_distributed():
    a_store()
    shelf = a_shelf(payees_of="Society")
    society = a_society(shelf.payees[0].name, tariff=SMALL)
    writers = written_by(shelf, {"Ada": Fraction(1)})
    mandate(writers["Ada"], society)
    set_up_society(party_id=society.pk, terms=TENTH)
    sell(shelf, 3)
    found = usage(society)
    assert found.own_micro > 0
    assert found.account_micro == balance(society)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert made.gross_micro == found.gross_micro
    assert balance(society) == found.own_micro + made.deduction_micro


def test_owners_who_are_no_members_are_kept_apart_without_a_deduction():
    shelf, society, _ = a_shop(
        {"Ada": Fraction(1, 2), "Stranger": Fraction(1, 2)},
        members=["Ada"],
        unidentified_by="an extended license",
    )
    sell(shelf, 4)
    whole = balance(society)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    work = shelf.tracks[0].recording.works.get()
    assert unclaimed() == {
        f"society-{society.pk}-not-a-member:work-{work.pk}:FR:2026": made.unclaimed_micro
    }
    assert abs(made.unclaimed_micro - whole / 2) < 2
    line = DistributionLine.objects.get(kind="unclaimed")
    assert line.deduction_micro == 0
    assert line.reason == "not-a-member"


def test_nobody_is_paid_by_a_mandate_that_was_a_mistake():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 1)
    close_mandate(mandate_id=writers["Ada"].mandates_given.get().pk, now=NOON)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert (made.paid_micro, made.deduction_micro) == (0, 0)
    assert made.unclaimed_micro == made.gross_micro
    assert balance(writers["Ada"]) == 0


def test_who_left_is_paid_for_what_was_used_before():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=[])
    terms = MandateTerms(
        from_party_id=writers["Ada"].pk,
        to_party_id=society.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period.always(),
        notice_days=2,
    )
    joined = join_society(society_id=society.pk, terms=terms, now=NOON)
    assert join_society(society_id=society.pk, terms=terms, now=NOON) == joined
    sell(shelf, 2)
    left = leave_society(society_id=society.pk, mandate_id=joined.pk, now=NOON)
    assert left.valid_until == NOON + timedelta(days=2)
    assert leave_society(society_id=society.pk, mandate_id=joined.pk, now=NOON) is None
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert balance(writers["Ada"]) == made.paid_micro > 0


def test_the_members_of_another_society_are_paid_through_it():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=[])
    sister = ensure_party(name="Sister Society")
    mandate(writers["Ada"], sister)
    mandate(sister, society)
    set_up_society(party_id=sister.pk, terms=TENTH)
    sell(shelf, 3)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert balance(sister) == made.paid_micro
    sequencer.order_waiting()
    much_later = LATER + timedelta(days=1)
    (second,) = distribute(society_id=sister.pk, period_end=much_later, now=much_later)
    assert second.gross_micro == made.paid_micro
    assert second.deduction_micro + second.paid_micro == made.paid_micro
    assert balance(writers["Ada"]) == second.paid_micro
    assert balance(sister) == second.deduction_micro


def test_the_database_refuses_what_does_not_add_up():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 1)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    line = made.lines.first()
    for forge in (
        lambda: made.lines.update(net_micro=1),
        lambda: Distribution.objects.all().delete(),
        lambda: DistributionLine.objects.create(
            distribution=made, number=99, kind="carried", work=line.work, used_at=NOON,
            reason="owed", gross_micro=0, deduction_micro=0, net_micro=0,
        ),
        lambda: forged(made, gross_micro=0, deduction_micro=0, paid_micro=0),
        lambda: forged(made, first_index=made.end_index + 5, end_index=made.end_index + 9),
    ):  # fmt: skip
        with pytest.raises(IntegrityError):
            commit(forge)


@transaction.atomic
def commit(forge):
    """What is checked at a commit, checked at once."""
    forge()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def forged(made, **changes):
    """Another distribution like this one, without lines and entries of its own."""
    kept = {
        field.attname: getattr(made, field.attname)
        for field in made._meta.concrete_fields
        if field.attname != "id"
    }
    kept["first_index"], kept["end_index"] = made.end_index, made.end_index + 1
    Distribution.objects.create(**{**kept, **changes})


def test_a_distribution_of_many_members_takes_several_entries(monkeypatch):
    monkeypatch.setattr("pennywhistle.apps.societies.actions.accounts_per_entry_max", 2)
    names = {f"Writer {n}": Fraction(1, 5) for n in range(5)}
    shelf, society, _ = a_shop(names, members=list(names))
    sell(shelf, 2)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert made.entries.count() == 3
    assert all(Posting.objects.filter(entry=each.entry).count() <= 3 for each in made.entries.all())
    assert balance(society) == made.deduction_micro


def test_what_has_not_happened_yet_is_not_distributed():
    _, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    with pytest.raises(PeriodOpenError):
        distribute(society_id=society.pk, period_end=LATER, now=NOON)


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        (SocietyTerms(Fraction(1), "everything"), DeductionWrongError),
        (SocietyTerms(Fraction(-1, 10), "gifts"), DeductionWrongError),
        (SocietyTerms(Fraction(1, 10), " "), DeductionWrongError),
        (SocietyTerms(Fraction(0), "", year_ends_month=4, year_ends_day=31), YearEndWrongError),
        (SocietyTerms(Fraction(0), "", year_ends_month=13), YearEndWrongError),
    ],
)
def test_a_society_states_terms_that_make_sense(terms, error):
    party = ensure_party(name="Society")
    with pytest.raises(error):
        set_up_society(party_id=party.pk, terms=terms)


def test_a_mandate_to_somebody_else_makes_no_member():
    _, society, writers = a_shop({"Ada": Fraction(1)}, members=[])
    other = ensure_party(name="Somebody Else")
    terms = MandateTerms(
        from_party_id=writers["Ada"].pk,
        to_party_id=other.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period.always(),
    )
    with pytest.raises(NotAMemberError):
        join_society(society_id=society.pk, terms=terms, now=NOON)
    given = record_mandate(terms=terms, now=NOON)
    with pytest.raises(NotAMemberError):
        leave_society(society_id=society.pk, mandate_id=given.pk, now=NOON)


def test_an_empty_stretch_has_nothing():
    _, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    assert usage_of(society.society, "USD", Stretch(0, 0)).account_micro == 0
    assert distribute(society_id=society.pk, period_end=NOON, now=NOON) == []
    assert a_user("nobody@example.org").pk
