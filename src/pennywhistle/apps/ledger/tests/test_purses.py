"""Purses have accounts: opened when first paid into, and never mistaken for somebody else's."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from pennywhistle.apps.ledger import purses
from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.kernel.purse import Purse, PurseKind
from threads import at_once

TAX = Purse(PurseKind.TAX, code="DE")
STORE = Purse(PurseKind.STORE)
SUBSIDY = Purse(PurseKind.SUBSIDY)
HELD = Purse(PurseKind.HELD, code="claims:work-17:FR:2026")
UNCLAIMED = Purse(PurseKind.UNCLAIMED, code="no-mandate:work-17:FR:2026")


def payee(name: str) -> Purse:
    return Purse(PurseKind.PAYEE, party_id=ensure_party(name=name).pk)


@pytest.mark.django_db
def test_every_kind_of_purse_gets_an_account_of_its_own() -> None:
    ann = payee("Ann")
    asked = [ann, STORE, TAX, HELD, UNCLAIMED, SUBSIDY]

    numbers = account_numbers([*asked, TAX], currency="USD")

    assert sorted(numbers.values()) == list(range(6))
    for purse in asked:
        account = Account.objects.get(number=numbers[purse])
        shown = Purse(PurseKind(account.kind), account.party_id or 0, account.code)
        assert (shown, account.currency) == (purse, "USD")
    assert account_numbers(asked, currency="USD") == numbers


@pytest.mark.django_db
def test_what_is_open_already_is_found() -> None:
    ann, bob = payee("Ann"), payee("Bob")
    store = open_account(kind=Account.Kind.STORE, currency="USD").number
    for_bob = open_account(kind=Account.Kind.PAYEE, currency="USD", party_id=bob.party_id).number

    numbers = account_numbers([ann, bob, STORE], currency="USD")

    assert numbers == {STORE: store, bob: for_bob, ann: 2}


@pytest.mark.django_db
def test_each_currency_has_its_own_accounts() -> None:
    dollars = account_numbers([STORE, TAX], currency="USD")
    euros = account_numbers([STORE, TAX], currency="EUR")

    assert not set(dollars.values()) & set(euros.values())


@pytest.mark.django_db
def test_a_kind_and_a_code_that_are_known_apart_are_not_known_together() -> None:
    other = Purse(PurseKind.UNCLAIMED, code="no-mandate:work-1:FR:2026")
    account_numbers([HELD, other], currency="USD")
    crossed = Purse(PurseKind.HELD, code=other.code)

    assert account_numbers([HELD, other, crossed], currency="USD")[crossed] == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "purse",
    [
        Purse(PurseKind.PAYEE),
        Purse(PurseKind.TAX),
        Purse(PurseKind.HELD),
        Purse(PurseKind.UNCLAIMED),
        Purse(PurseKind.SUBSIDY, code="DE"),
        Purse(PurseKind.STORE, code="DE"),
    ],
    ids=str,
)
def test_a_purse_without_its_holder_or_code_opens_nothing(purse: Purse) -> None:
    with pytest.raises(IntegrityError, match="ledger_account_has_its_holder"), transaction.atomic():
        account_numbers([TAX, purse], currency="USD")

    assert not Account.objects.exists()


@pytest.mark.django_db
def test_numbers_of_a_transaction_that_is_undone_are_forgotten() -> None:
    with transaction.atomic():
        account_numbers([HELD], currency="USD")
        transaction.set_rollback(True)
    numbers = account_numbers([TAX, HELD], currency="USD")

    assert Account.objects.get(number=numbers[TAX]).kind == "tax"
    assert Account.objects.get(number=numbers[HELD]).kind == "held"


@pytest.mark.django_db(transaction=True)
def test_what_is_known_costs_no_query() -> None:
    asked = [payee("Ann"), STORE, TAX]
    numbers = account_numbers(asked, currency="USD")

    with CaptureQueriesContext(connection) as queries:
        assert account_numbers(asked, currency="USD") == numbers
    assert len(queries) == 0

    with CaptureQueriesContext(connection) as queries:
        account_numbers([*asked, HELD], currency="EUR")
        assert account_numbers([*asked, HELD], currency="EUR").keys() == {*asked, HELD}
    assert sum("INSERT" in query["sql"] for query in queries.captured_queries) == 4


@pytest.mark.django_db(transaction=True)
def test_what_another_opened_takes_one_query() -> None:
    for purse in (HELD, UNCLAIMED, TAX):
        open_account(kind=purse.kind, currency="USD", code=purse.code)

    with CaptureQueriesContext(connection) as queries:
        account_numbers([HELD, UNCLAIMED, TAX], currency="USD")

    assert len(queries) == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_knows_nothing_of_the_old_one_s_database() -> None:
    account_numbers([HELD, TAX], currency="USD")
    # What a restoring does: all connections end, and the books are at an earlier state again.
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM ledger_account")
    connection.close()
    account_numbers([SUBSIDY], currency="USD")

    numbers = account_numbers([HELD, TAX], currency="USD")

    assert {number: Account.objects.get(number=number).kind for number in range(3)} == {
        0: "subsidy",
        numbers[HELD]: "held",
        numbers[TAX]: "tax",
    }


@pytest.mark.django_db(transaction=True)
def test_no_more_numbers_are_known_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purses, "numbers_known_max", 3)

    numbers = [
        account_numbers([Purse(PurseKind.TAX, code=code)], currency="USD") for code in "ABCDE"
    ]

    assert [list(each.values()) for each in numbers] == [[0], [1], [2], [3], [4]]
    assert len(purses._known()) == 2


@pytest.mark.django_db(transaction=True)
def test_those_who_open_the_same_purses_at_once_get_the_same_numbers() -> None:
    answers = at_once(4, lambda _: account_numbers([TAX, HELD, STORE], currency="USD"))

    assert all(answer == answers[0] for answer in answers)
    assert sorted(answers[0].values()) == [0, 1, 2]
