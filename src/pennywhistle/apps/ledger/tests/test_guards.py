"""Whatever comes past the actions, the database keeps the books right by itself."""

import json
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


INSERT = """
INSERT INTO ledger_entry (id, kind, occurred_at, subject_id, item, price_micro, territory,
  currency, accounts, amounts_micro)
SELECT coalesce(%s, gen_random_uuid()), 'top_up', %s, %s, '', 0, '', %s, accounts, amounts
FROM jsonb_to_recordset(%s::jsonb) AS entry(accounts integer[], amounts bigint[])
"""


def insert(
    *entries: tuple[list[int | None], list[int | None]],
    made: uuid.UUID | None = None,
    currency: str = "USD",
    subject: int = 0,
) -> None:
    """Insert entries in one statement: accounts and amounts as the columns shall have them."""
    rows = [{"accounts": accounts, "amounts": amounts} for accounts, amounts in entries]
    run(INSERT, made, NOON, subject, currency, json.dumps(rows))


def post(*postings: tuple[int, int], currency: str = "USD", subject: int = 0) -> uuid.UUID:
    """Insert an entry with (account, micro-units) as its postings; answers its id."""
    made = uuid.uuid4()
    entry = ([account for account, _ in postings], [micro for _, micro in postings])
    insert(entry, made=made, currency=currency, subject=subject)
    return made


def balance(account: int) -> int:
    return Balance.objects.get(account=account).amount_micro


def test_a_balanced_entry_moves_the_balance(account: int, clearing: int) -> None:
    made = post((account, 5), (clearing, -5))

    assert balance(account) == 10_000_005
    rows = Posting.objects.filter(entry=made).order_by("line")
    assert list(rows.values_list("line", "account_id", "amount_micro", "currency")) == [
        (0, account, 5, "USD"),
        (1, clearing, -5, "USD"),
    ]


@pytest.mark.parametrize("left_over", [1, -1, 10**15])
def test_an_unbalanced_entry_is_refused(account: int, clearing: int, left_over: int) -> None:
    with refused_by("do not sum to zero"):
        post((account, 5 + left_over), (clearing, -5))

    assert balance(account) == 10_000_000


def test_entries_that_balance_only_together_are_refused(account: int, clearing: int) -> None:
    with refused_by("do not sum to zero"):
        insert(([account], [5]), ([clearing], [-5]))


def test_an_entry_without_postings_is_refused(account: int) -> None:
    with refused_by("do not sum to zero"):
        post()


def test_sums_too_large_for_a_number_of_eight_bytes_are_sums_still(
    account: int, clearing: int
) -> None:
    most = 2**63 - 1
    with refused_by("do not sum to zero|out of range"):
        post((account, most), (account, most), (account, 2), (clearing, -1), (clearing, 1))

    assert balance(account) == 10_000_000


def test_a_view_is_all_that_postings_are(account: int, clearing: int) -> None:
    for change in (
        "INSERT INTO ledger_posting SELECT * FROM ledger_posting",
        "UPDATE ledger_posting SET amount_micro = 9",
        "DELETE FROM ledger_posting",
    ):
        with refused_by("view"):
            run(change)


def test_an_unknown_account_is_refused(account: int) -> None:
    with refused_by("account that does not exist in its currency"):
        post((account, 5), (999, -5))


@pytest.mark.parametrize("others", [[None], [], [1, 1]])
def test_each_amount_has_its_account(account: int, clearing: int, others: list[int | None]) -> None:
    with refused_by("account that does not exist|ledger_posting_whole"):
        insert(([account, *others], [-5, 5]))


def test_an_entry_of_an_unknown_account_is_refused(account: int, clearing: int) -> None:
    with refused_by("an entry names an account that does not exist"):
        post((account, 5), (clearing, -5), subject=999)


def test_another_currency_than_the_account_s_is_refused(account: int, clearing: int) -> None:
    with refused_by("account that does not exist in its currency"):
        post((account, 5), (clearing, -5), currency="EUR")


@pytest.mark.parametrize("amounts", [[0, 0], [5, -5, 0], [5, -5, None]])
def test_a_posting_of_nothing_is_refused(account: int, amounts: list[int | None]) -> None:
    with refused_by("ledger_posting_moves"):
        insert(([account] * len(amounts), amounts))


def test_a_balance_never_goes_below_zero(account: int, clearing: int) -> None:
    with refused_by("ledger_balance_never_negative"):
        post((account, -10_000_001), (clearing, 10_000_001))

    assert balance(account) == 10_000_000


@pytest.mark.parametrize("table", ["ledger_account", "ledger_entry"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET currency = 'EUR'", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_what_is_written_stays_written(account: int, table: str, change: str) -> None:
    with refused_by("is written once"):
        run(change.format(table))


def test_an_upsert_does_not_get_past_it(account: int, clearing: int) -> None:
    made = post((account, 5), (clearing, -5))

    with refused_by("is written once"):
        run(
            "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE id = %s"
            " ON CONFLICT (id) DO UPDATE SET amounts_micro = ARRAY[9, -9]",
            made,
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
    account: int, clearing: int
) -> None:
    user = a_user("second@example.org")
    run(
        "INSERT INTO ledger_account (number, kind, currency, code, user_id)"
        " VALUES (2, 'balance', 'USD', '', %s)",
        user.pk,
    )

    with refused_by("ledger_balance_never_negative"):
        post((2, -5), (clearing, 5))


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


def test_every_refusal_left_the_books_as_they_were(account: int, clearing: int) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: post((account, 5)),
        lambda: post((account, -11_000_000), (clearing, 11_000_000)),
        lambda: run("DELETE FROM ledger_entry"),
    ]

    for attempt in attempts:
        with pytest.raises(DatabaseError):
            attempt()

    assert Posting.objects.count() == 2
    assert Entry.objects.count() == 1
    assert open_account(kind="clearing", currency="USD", code="fakepay").number == clearing
