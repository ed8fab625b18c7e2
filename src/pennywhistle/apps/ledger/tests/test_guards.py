"""Whatever comes past the actions, the database keeps the books right by itself."""

import uuid
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from builders import NOON, a_buyer, a_user
from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account, Balance, Entry, Posting

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def run(sql: str, *parameters: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def refused_by(message: str) -> "pytest.RaisesExc[DatabaseError]":
    return pytest.raises(DatabaseError, match=message)


@pytest.fixture
def account() -> int:
    """A buyer's account with ten dollars."""
    number = Account.objects.get(user=a_buyer()).number
    # Checks that wait for the commit would refuse a TRUNCATE before our guard does.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    return number


@pytest.fixture
def clearing(account: int) -> int:
    return Account.objects.get(kind="clearing").number


@pytest.fixture
def entry(account: int) -> uuid.UUID:
    """An entry without postings yet."""
    made = uuid.uuid4()
    run(
        "INSERT INTO ledger_entry (id, kind, occurred_at, subject_id, item, price_micro, territory)"
        " VALUES (%s, 'top_up', %s, %s, '', 0, '')",
        made,
        NOON,
        account,
    )
    return made


def post(entry: uuid.UUID, *postings: tuple[int, int, int], currency: str = "USD") -> None:
    """Insert (line, account, micro-units) in one statement."""
    lines, accounts, amounts = (list(column) for column in zip(*postings, strict=True))
    run(
        "INSERT INTO ledger_posting (account_id, entry_id, line, amount_micro, currency)"
        " SELECT p.account, %s, p.line, p.amount, %s"
        " FROM unnest(%s::int[], %s::int[], %s::bigint[]) AS p(line, account, amount)",
        entry,
        currency,
        lines,
        accounts,
        amounts,
    )


def balance(account: int) -> int:
    return Balance.objects.get(account=account).amount_micro


def test_a_balanced_entry_moves_the_balance(account: int, clearing: int, entry: uuid.UUID) -> None:
    post(entry, (0, account, 5), (1, clearing, -5))

    assert balance(account) == 10_000_005


@pytest.mark.parametrize("left_over", [1, -1, 10**15])
def test_an_unbalanced_entry_is_refused(
    account: int, clearing: int, entry: uuid.UUID, left_over: int
) -> None:
    with refused_by("do not sum to zero"):
        post(entry, (0, account, 5 + left_over), (1, clearing, -5))

    assert balance(account) == 10_000_000


def test_postings_that_come_later_are_refused_even_in_balance(
    account: int, clearing: int, entry: uuid.UUID
) -> None:
    post(entry, (0, account, 5), (1, clearing, -5))

    with refused_by("written at once"):
        post(entry, (2, account, 7), (3, clearing, -7))
    with refused_by("ledger_posting_line_once"):
        post(entry, (0, clearing, -7), (2, account, 7))
    with refused_by("written at once"):
        post(entry, (-1, account, 7), (2, clearing, -7))

    assert balance(account) == 10_000_005


def test_an_unknown_account_and_an_unknown_entry_are_refused(
    account: int, entry: uuid.UUID
) -> None:
    with refused_by("account that does not exist in its currency"):
        post(entry, (0, account, 5), (1, 999, -5))
    with refused_by("entry that does not exist"):
        post(uuid.uuid4(), (0, account, 5), (1, account, -5))


def test_an_entry_of_an_unknown_account_is_refused(account: int) -> None:
    with refused_by("an entry names an account that does not exist"):
        run(
            "INSERT INTO ledger_entry"
            " (id, kind, occurred_at, subject_id, item, price_micro, territory)"
            " VALUES (%s, 'top_up', %s, 999, '', 0, '')",
            uuid.uuid4(),
            NOON,
        )


def test_a_line_below_zero_is_refused_beside_line_zero(
    account: int, clearing: int, entry: uuid.UUID
) -> None:
    with refused_by("written at once"):
        post(entry, (0, account, 5), (-1, clearing, -5))


def test_another_currency_than_the_account_s_is_refused(
    account: int, clearing: int, entry: uuid.UUID
) -> None:
    with refused_by("account that does not exist in its currency"):
        post(entry, (0, account, 5), (1, clearing, -5), currency="EUR")


def test_a_posting_of_nothing_is_refused(account: int, clearing: int, entry: uuid.UUID) -> None:
    with refused_by("ledger_posting_moves"):
        post(entry, (0, account, 0), (1, clearing, 0))


def test_a_balance_never_goes_below_zero(account: int, clearing: int, entry: uuid.UUID) -> None:
    with refused_by("ledger_balance_never_negative"):
        post(entry, (0, account, -10_000_001), (1, clearing, 10_000_001))

    assert balance(account) == 10_000_000


@pytest.mark.parametrize("table", ["ledger_account", "ledger_entry", "ledger_posting"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET currency = 'EUR'", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_what_is_written_stays_written(account: int, table: str, change: str) -> None:
    statement = change.format(table)
    if table == "ledger_entry":
        statement = statement.replace("currency = 'EUR'", "price_micro = 1")

    with refused_by("is written once"):
        run(statement)


def test_an_upsert_does_not_get_past_it(account: int, clearing: int, entry: uuid.UUID) -> None:
    post(entry, (0, account, 5), (1, clearing, -5))

    with refused_by("is written once"):
        run(
            "INSERT INTO ledger_posting SELECT * FROM ledger_posting WHERE entry_id = %s"
            " ON CONFLICT (entry_id, line) DO UPDATE SET amount_micro = 9",
            entry,
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_balance SET amount_micro = amount_micro + 1",
        "UPDATE ledger_balance SET account_id = 1",
        "INSERT INTO ledger_balance (account_id, amount_micro) VALUES (1, 0)",
    ],
)
def test_a_balance_changes_by_postings_only(account: int, change: str) -> None:
    with refused_by("changes by postings only"):
        run(change)

    assert balance(account) == 10_000_000


@pytest.mark.parametrize("change", ["DELETE FROM ledger_balance", "TRUNCATE ledger_balance"])
def test_a_balance_stays(account: int, change: str) -> None:
    with refused_by("is written once"):
        run(change)


@pytest.mark.parametrize("number", [3, 7, -1])
def test_account_numbers_leave_no_gap(account: int, number: int) -> None:
    assert Account.objects.count() == 2

    with refused_by("account numbers are dense; the next one is 2"):
        run(
            "INSERT INTO ledger_account (number, kind, currency, code)"
            " VALUES (%s, 'clearing', 'USD', 'bank')",
            number,
        )


def test_an_account_made_by_hand_has_a_balance_that_cannot_be_overdrawn(
    account: int, clearing: int, entry: uuid.UUID
) -> None:
    user = a_user("second@example.org")
    run(
        "INSERT INTO ledger_account (number, kind, currency, code, user_id)"
        " VALUES (2, 'balance', 'USD', '', %s)",
        user.pk,
    )

    with refused_by("ledger_balance_never_negative"):
        post(entry, (0, 2, -5), (1, clearing, 5))


@pytest.mark.parametrize(
    ("kind", "holder"),
    [
        ("balance", None),
        ("payee", None),
        ("store", "code"),
        ("store", "user"),
        ("clearing", None),
        ("tax", None),
        ("held", None),
        ("held", "user"),
        ("unclaimed", None),
        ("subsidy", "code"),
        ("gift", "code"),
    ],
)
def test_an_account_belongs_to_its_kind_of_holder(
    account: int, kind: str, holder: str | None
) -> None:
    user = Account.objects.get(number=account).user_id if holder == "user" else None

    with refused_by("ledger_account_has_its_holder"):
        run(
            "INSERT INTO ledger_account (number, kind, currency, code, user_id)"
            " VALUES (2, %s, 'USD', %s, %s)",
            kind,
            "x" if holder == "code" else "",
            user,
        )


def test_nobody_has_two_accounts_of_a_kind_and_currency(account: int) -> None:
    user = Account.objects.get(number=account).user_id

    with pytest.raises(IntegrityError, match="ledger_account_once"):
        run(
            "INSERT INTO ledger_account (number, kind, currency, code, user_id)"
            " VALUES (2, 'balance', 'USD', '', %s)",
            user,
        )


def test_every_refusal_left_the_books_as_they_were(
    account: int, clearing: int, entry: uuid.UUID
) -> None:
    attempts: list[Callable[[], None]] = [
        lambda: post(entry, (0, account, 5)),
        lambda: post(entry, (0, account, -11_000_000), (1, clearing, 11_000_000)),
        lambda: run("DELETE FROM ledger_posting"),
    ]

    for attempt in attempts:
        with pytest.raises(DatabaseError):
            attempt()

    assert Posting.objects.count() == 2
    assert Entry.objects.count() == 2
    assert open_account(kind="clearing", currency="USD", code="fakepay").number == clearing
