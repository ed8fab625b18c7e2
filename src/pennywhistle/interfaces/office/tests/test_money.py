"""The office refunds any sale, sets the terms, and sees whether providers hold what they should."""

from __future__ import annotations

import pytest
from django.test import Client

from builders import NOON, a_buyer, a_shelf, a_user, usd
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine, Refund, RefundTerms
from pennywhistle.apps.payments.models import Payback, TopUp


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


def test_a_track_that_an_album_counted_is_refunded_after_the_album(office: Client) -> None:
    user, shelf = a_buyer(), a_shelf()
    for item, price in ((shelf.track(1), "0.14"), (shelf.album, "0.21")):
        check_out(
            buyer_id=user.pk,
            wanted=[item],
            territory="US",
            shown=usd(price),
            key=f"key-{item.track_id}",
            now=NOON,
        )
    line = OrderLine.objects.get(track__isnull=False)

    said = office.post("/office/money/refund", {"sale": str(line.pk), "reason": "A bad master."})

    assert said.status_code == 400
    assert "Refund the album first" in said.content.decode()
    assert not Refund.objects.exists()


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


def test_what_waits_for_a_provider_that_is_gone_is_said(office: Client, settings) -> None:
    user = a_user("paid@example.org")
    top_up = TopUp.objects.create(
        user=user,
        key="top-up-key-0001",
        provider="gonepay",
        provider_ref="ref-1",
        amount_micro=5_000_000,
        currency="USD",
        state=TopUp.State.PAID,
        created_at=NOON,
        due_at=NOON,
    )
    Payback.objects.create(
        user=user,
        key="payback-key-0001",
        top_up=top_up,
        amount_micro=5_000_000,
        currency="USD",
        state=Payback.State.SENT,
        created_at=NOON,
        due_at=NOON,
    )

    assert "gonepay: 5.00 USD" in office.get("/office/").content.decode()
    settings.PAYMENT_PROVIDERS = ["fakepay", "gonepay"]
    assert "gonepay" not in office.get("/office/").content.decode()
