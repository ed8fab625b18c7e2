"""What load balancers and monitors are told."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.utils.timezone import now

from builders import a_buyer, a_store
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.media.models import DatabaseCheck
from pennywhistle.apps.proof import work
from pennywhistle.kernel.money import Money


def test_a_process_lives_without_a_database(client: Client) -> None:
    answer = client.get("/livez")  # this test has no mark: a query would fail it

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@override_settings(SECURE_SSL_REDIRECT=True)
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.django_db
def test_health_is_told_over_plain_http_too(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.get("/help").status_code == 301


@pytest.mark.django_db
def test_a_store_with_all_its_tables_is_ready(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "database": True,
        "migrations_missing": 0,
        "log_lag_s": 0,
        "masters_lost": 0,
        "database_damaged": 0,
        "database_trouble": False,
    }


@pytest.mark.django_db
def test_a_database_that_is_not_copied_is_told_of(client: Client) -> None:
    DatabaseCheck.objects.create(checked_at=now(), how="pages", trouble="The disk is away.")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["database_trouble"]) == (200, True)


@pytest.mark.django_db
def test_a_store_that_was_not_migrated_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders'")
        gone = cursor.rowcount

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["migrations_missing"] == gone > 0


@pytest.mark.django_db
def test_it_tells_how_long_the_log_is_behind_and_stays_ready(client: Client) -> None:
    a_store()
    buyer = a_buyer(balance="0")
    mine = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=buyer.pk).number
    theirs = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay").number
    dollar = Money(1_000_000, "USD")
    write_entry(
        kind="top_up",
        key="late",
        subject=mine,
        amounts=[Amount(mine, dollar), Amount(theirs, -dollar)],
        now=now() - timedelta(minutes=5),
    )

    behind = client.get("/readyz")
    work.order_waiting()
    caught_up = client.get("/readyz")

    assert behind.status_code == caught_up.status_code == 200
    assert 300 <= behind.json()["log_lag_s"] <= 330
    assert caught_up.json()["log_lag_s"] == 0


@pytest.mark.django_db
def test_a_store_without_its_database_is_not_ready(client: Client) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": False}
