"""Orders, lines and entitlements name what exists, without a foreign key that would lock it."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from builders import NOON, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Entitlement, Order, OrderLine

pytestmark = pytest.mark.django_db


def refused_by(message: str) -> "pytest.RaisesExc[DatabaseError]":
    return pytest.raises(DatabaseError, match=message)


@pytest.fixture
def order() -> Order:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("0.14"),
        key="key-1",
        now=NOON,
    )
    return Order.objects.get()


def copy(row: Order | OrderLine | Entitlement, **changed: object) -> None:
    """Insert the row once more with some of its columns changed."""
    columns = {field.column: getattr(row, field.attname) for field in row._meta.concrete_fields}
    columns |= changed
    names = ", ".join(columns)
    places = ", ".join(["%s"] * len(columns))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({places})",  # noqa: S608
            list(columns.values()),
        )


def test_an_order_is_paid_from_its_buyer_s_own_balance(order: Order) -> None:
    other = a_user("other@example.org")

    for changed in ({"account_id": 999}, {"buyer_id": other.pk}, {"currency": "EUR"}):
        with refused_by("its buyer's own balance"):
            copy(order, id=uuid.uuid4(), key="key-2", **changed)


def test_a_line_names_an_entry_an_order_and_a_verdict_that_exist(order: Order) -> None:
    line = order.lines.get()
    paid_in = Entry.objects.get(kind="top_up").pk

    for changed in (
        {"entry_id": uuid.uuid4()},
        {"entry_id": paid_in, "order_id": uuid.uuid4()},
        {"entry_id": paid_in, "verdict_id": b"x" * 32},
    ):
        with refused_by("an entry, an order or a verdict that does not exist"):
            copy(line, **changed)


def test_an_entitlement_names_a_line_that_exists(order: Order) -> None:
    entitlement = Entitlement.objects.get()

    with refused_by("does not exist"):
        copy(entitlement, id=999, track_id=None, line_id=uuid.uuid4())
    with refused_by("ends once"), transaction.atomic():
        Entitlement.objects.update(line_id=uuid.uuid4())
