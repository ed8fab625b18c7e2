"""The office refunds any sale, sets the terms, and sees whether providers hold what they should."""

from __future__ import annotations

import pytest
from django.test import Client

from builders import NOON, a_buyer, a_shelf, usd
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine, Refund, RefundTerms


def a_sale(user) -> OrderLine:
    order_id = check_out(
        buyer_id=user.pk,
        wanted=[a_shelf().track(1)],
        territory="US",
        shown=usd("0.14"),
        key="key-1",
        now=NOON,
    )
    return OrderLine.objects.get(order=order_id)


def test_any_sale_is_refunded_with_a_reason_on_record(office: Client, operator) -> None:
    user = a_buyer()
    line = a_sale(user)
    address = f"/office/money/refund?sale={line.pk}"
    assert str(line.pk) in office.get(address).content.decode()

    nothing = office.post(address, {"sale": str(line.pk), "reason": ""})
    assert nothing.status_code == 400
    done = office.post(address, {"sale": str(line.pk), "reason": "A bad master."}, follow=True)

    assert "A bad master." in done.content.decode()
    refund = Refund.objects.get()
    assert (refund.why, refund.asked_by) == (Refund.Why.OPERATOR, operator)
    assert balance_of(user=user, currency="USD") == usd("10.00")
    again = office.post(address, {"sale": str(line.pk), "reason": "Twice."})
    assert "refunded before" in again.content.decode()


@pytest.mark.parametrize("sale", ["", "17", "01a0d4f0-0000-7000-8000-000000000000"])
def test_what_is_no_sale_is_said(office: Client, sale: str) -> None:
    answer = office.post("/office/money/refund", {"sale": sale, "reason": "Why not."})

    assert answer.status_code == 400
    assert not Refund.objects.exists()


def test_terms_hold_from_now_on_and_are_kept(office: Client, operator) -> None:
    assert "within 14 days" in office.get("/office/money").content.decode()

    assert (
        office.post("/office/money/terms", {"days": "400", "downloads_max": "0"}).status_code == 400
    )
    office.post("/office/money/terms", {"days": "30", "downloads_max": "2"})
    office.post("/office/money/terms", {"days": "30", "downloads_max": "2"})

    row = RefundTerms.objects.get()
    assert (row.days, row.downloads_max, row.recorded_by) == (30, 2, operator)
    assert "within 30 days" in office.get("/office/money").content.decode()


def test_money_that_nobody_touches_is_listed(office: Client) -> None:
    a_buyer()

    assert "left alone" in office.get("/office/money/dormant?years=10").content.decode()
    assert office.get("/office/money/dormant?years=x").status_code == 200


def test_nobody_but_operators_comes_here(store) -> None:
    client = Client()
    client.force_login(a_buyer())

    for page in ("money", "money/terms", "money/refund", "money/dormant"):
        assert client.get(f"/office/{page}").status_code == 404
