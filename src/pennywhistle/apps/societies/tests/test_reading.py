"""What a society and the world can read: members, repertoire, dates, and what nobody claimed."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import NOON
from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.societies.actions import SocietyTerms, distribute, leave_society
from pennywhistle.apps.societies.deadlines import deadlines_of
from pennywhistle.apps.societies.models import Society
from pennywhistle.apps.societies.queries import (
    licenses_of,
    member_count,
    members_of,
    repertoire_of,
    sums_of,
)
from pennywhistle.apps.societies.stretches import (
    distributable_until,
    distribution_due_on,
    year_end_of,
)
from pennywhistle.apps.societies.tests.society_shop import LATER, TENTH, a_shop, sell, usage
from pennywhistle.apps.societies.unclaimed import unclaimed_works
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind

pytestmark = pytest.mark.django_db


def test_members_are_those_with_a_mandate():
    _, society, writers = a_shop(
        {"Ada": Fraction(1, 2), "Ben": Fraction(1, 4), "Cleo": Fraction(1, 4)},
        members=["Ben", "Ada"],
    )
    found = members_of(society_id=society.pk)
    assert [member.name for member in found.members] == ["Ada", "Ben"]
    assert not found.has_more
    ada = found.members[0]
    assert (ada.party_id, ada.left_at) == (writers["Ada"].pk, None)
    until = leave_society(society_id=society.pk, mandate_id=ada.mandates[0].pk, now=LATER)
    ada = members_of(society_id=society.pk).members[0]
    assert (ada.joined_at, ada.left_at) == (NOON, LATER)
    assert until.valid_until == LATER
    assert member_count(society_id=society.pk, now=NOON) == 2
    assert member_count(society_id=society.pk, now=LATER) == 1


def test_the_repertoire_is_what_members_hold_shares_in():
    shelf, society, _ = a_shop({"Ada": Fraction(1, 2), "Ben": Fraction(1, 2)}, members=["Ada"])
    works, after = repertoire_of(society_id=society.pk, now=NOON)
    assert [each.work for each in works] == [shelf.tracks[0].recording.works.get()]
    assert {share.party.name for share in works[0].shares} == {"Ada"}
    assert after is None
    assert repertoire_of(society_id=society.pk, now=NOON, after_id=works[0].work.pk) == ((), None)


def test_licenses_come_with_what_their_tariffs_ask():
    _, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    (held,) = licenses_of(society_id=society.pk)
    assert [line.percent for line in held.lines] == [Fraction(9, 100)]


@pytest.mark.parametrize(
    ("ends", "day", "year_end", "due", "until"),
    [
        ((12, 31), date(2026, 11, 22), date(2026, 12, 31), date(2027, 9, 30), date(2029, 12, 31)),
        ((12, 31), date(2026, 12, 31), date(2026, 12, 31), date(2027, 9, 30), date(2029, 12, 31)),
        ((6, 30), date(2026, 7, 1), date(2027, 6, 30), date(2028, 3, 31), date(2030, 6, 30)),
        ((2, 29), date(2026, 2, 28), date(2026, 2, 28), date(2026, 11, 30), date(2029, 2, 28)),
        ((5, 15), date(2026, 5, 16), date(2027, 5, 15), date(2028, 2, 15), date(2030, 5, 15)),
    ],
)
def test_deadlines_run_from_the_end_of_the_financial_year(ends, day, year_end, due, until):
    society = Society(year_ends_month=ends[0], year_ends_day=ends[1])
    assert year_end_of(society, day) == year_end
    assert distribution_due_on(year_end) == due
    assert distributable_until(year_end) == until


def test_what_is_due_is_listed_with_its_date():
    shelf, society, _ = a_shop(
        {"Ada": Fraction(1, 2), "Stranger": Fraction(1, 2)},
        members=["Ada"],
        unidentified_by="an extended license",
    )
    sell(shelf, 2)
    gross = usage(society).gross_micro
    (due,) = deadlines_of(society.society, now=LATER).to_distribute
    assert (due.due_on, due.money.micro, due.is_over) == (date(2027, 9, 30), gross, False)
    late = datetime(2027, 10, 1, tzinfo=UTC)
    assert deadlines_of(society.society, now=late).to_distribute[0].is_over
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    found = deadlines_of(society.society, now=LATER)
    assert found.to_distribute == ()
    (kept,) = found.unclaimed
    assert (kept.due_on, kept.money.micro) == (date(2029, 12, 31), made.unclaimed_micro)
    assert {(each.name, each.kind) for each in sums_of(made)} == {
        ("Ada", "paid"),
        ("", "unclaimed"),
    }


def test_sales_of_two_financial_years_have_two_deadlines():
    shelf, society, _ = a_shop(
        {"Ada": Fraction(1)},
        members=["Ada"],
        terms=SocietyTerms(Fraction(0), "", year_ends_month=11, year_ends_day=30),
    )
    sell(shelf, 2)
    sell(shelf, 1, at=datetime(2026, 12, 1, tzinfo=UTC), name="december")
    due = deadlines_of(society.society, now=LATER).to_distribute
    assert [each.due_on for each in due] == [date(2027, 8, 31), date(2028, 8, 31)]
    assert due[0].money.micro == 2 * due[1].money.micro


def test_unclaimed_works_are_found_by_title_and_told_in_bands():
    shelf, society, _ = a_shop(
        {"Ada": Fraction(1, 2), "Stranger": Fraction(1, 2)},
        members=["Ada"],
        unidentified_by="an extended license",
    )
    sell(shelf, 2)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    (found,) = unclaimed_works(wanted="track 1").works
    assert (found.title, found.years, found.territories) == ("Track 1", (2026,), ("FR",))
    assert [(why.reason, why.society) for why in found.reasons] == [("not-a-member", society.name)]
    assert (found.band_from, found.band_to) == (0, 1)
    assert unclaimed_works(wanted="nothing like it").works == ()
    more = unclaimed_purse_of(shelf)
    move(more, 25_000_000)
    cache.clear()
    (found,) = unclaimed_works().works
    assert (found.band_from, found.band_to) == (10, 100)
    move(more, -25_000_000)
    cache.clear()
    assert unclaimed_works().works[0].band_to == 1


def test_the_books_are_added_up_once_a_minute_however_many_ask():
    shelf, society, _ = a_shop(
        {"Stranger": Fraction(1)}, members=[], unidentified_by="an extended license"
    )
    sell(shelf, 1)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        found = [unclaimed_works(wanted=word).works for word in ("track", "TRACK 1", "no")]
    assert [len(works) for works in found] == [1, 1, 0]
    assert sum("ledger_posting" in query["sql"] for query in captured) == 1


def unclaimed_purse_of(shelf):
    work = shelf.tracks[0].recording.works.get()
    return Purse(PurseKind.UNCLAIMED, code=f"unclaimed:work-{work.pk}:DE:2026")


def move(purse, micro):
    """Money that was kept apart at some sale, and is claimed later."""
    subsidy = Purse(PurseKind.SUBSIDY)
    numbers = account_numbers([purse, subsidy], currency="USD")
    write_entry(
        kind="release",
        key=f"test:{micro}",
        subject=numbers[purse],
        amounts=[
            Amount(numbers[purse], Money(micro, "USD")),
            Amount(numbers[subsidy], Money(-micro, "USD")),
        ],
        now=NOON,
    )


def test_equal_sales_are_counted_in_a_fixed_number_of_queries():
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=["Ada"], terms=TENTH)
    counts = []
    usage(society)
    for count in (1, 9):
        sell(shelf, count, name=f"buyers-{count}")
        with CaptureQueriesContext(connection) as queries:
            usage(society)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_list_of_members_is_paged(monkeypatch):
    monkeypatch.setattr("pennywhistle.apps.societies.queries.rows_per_page", 2)
    names = {f"Writer {n}": Fraction(1, 5) for n in range(5)}
    _, society, _ = a_shop(names, members=list(names))
    pages = [members_of(society_id=society.pk, page=number) for number in (1, 2, 3, 4)]
    assert [len(page.members) for page in pages] == [2, 2, 1, 0]
    assert [page.has_more for page in pages] == [True, True, False, False]
    assert NOON + timedelta(0) == pages[0].members[0].joined_at
