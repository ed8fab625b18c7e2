"""The Stripe-shaped face refuses what Stripe refuses; the adapter's tests try what it does."""

import json
from typing import Any

import pytest
from django.test import Client

from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment, FakeRefund
from pennywhistle.providers.fakepay.shape.keys import api_key

pytestmark = pytest.mark.django_db

SESSION = {
    "mode": "payment",
    "client_reference_id": "top-up-1",
    "success_url": "http://testserver/back/",
    "cancel_url": "http://testserver/back/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "1000",
    "line_items[0][price_data][product_data][name]": "records.example",
    "payment_intent_data[metadata][reference]": "top-up-1",
}


def ask(path: str, said: dict[str, str] | None = None, *, key: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {api_key()}"} | ({"Idempotency-Key": key} if key else {})
    address = f"/fakepay/stripe/v1/{path}"
    client = Client(enforce_csrf_checks=True)
    if said is None:
        response = client.get(address, headers=headers)
    else:
        response = client.post(address, said, headers=headers)
    return response.status_code, json.loads(response.content)


@pytest.mark.parametrize("given", ["", "Bearer sk_test_another", "Bearer ", "Basic eDp5"])
def test_without_the_key_nothing_is_there(given: str) -> None:
    headers = {"Authorization": given} if given else {}
    for path in ("checkout/sessions", "balance", "nonesuch"):
        address = f"/fakepay/stripe/v1/{path}"
        assert Client().post(address, SESSION, headers=headers).status_code == 401
        assert Client().get(address, headers=headers).status_code == 401
    assert not FakePayment.objects.exists()


def test_the_same_key_gives_the_same_answer_and_refuses_other_parameters() -> None:
    first = ask("checkout/sessions", SESSION, key="k-1")
    assert first == ask("checkout/sessions", SESSION, key="k-1")
    assert FakePayment.objects.count() == 1

    changed = SESSION | {"line_items[0][price_data][unit_amount]": "2000"}
    status, said = ask("checkout/sessions", changed, key="k-1")

    assert (status, said["error"]["type"]) == (400, "idempotency_error")
    assert ask("refunds", {"payment_intent": "pi_1"}, key="k-1")[0] == 400


def test_without_a_key_the_same_again_is_another_one() -> None:
    assert ask("checkout/sessions", SESSION)[1]["id"] != ask("checkout/sessions", SESSION)[1]["id"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": "subscription"}, ""),
        ({"mode": ""}, "parameter_missing"),
        ({"line_items[0][price_data][unit_amount]": "-5"}, ""),
        ({"line_items[0][price_data][unit_amount]": "1e3"}, ""),
        ({"nonesuch": "1"}, "parameter_unknown"),
        ({"payment_intent_data[metadata][reference]": "another"}, ""),
    ],
)
def test_what_is_wrong_is_refused(changes: dict[str, str], reason: str) -> None:
    status, said = ask("checkout/sessions", SESSION | changes)

    assert (status, said["error"].get("code", "")) == (400, reason)
    assert not FakePayment.objects.exists()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("checkout/sessions/cs_test_0", 404),
        ("payment_intents/pi_0", 404),
        ("payment_intents/ch_0", 404),
        ("refunds/re_0", 404),
        ("disputes/du_0", 404),
        ("transfers/tr_0", 404),
        ("payouts/po_0", 404),
        ("customers", 404),
        ("refunds", 400),
        ("disputes?limit=1000", 400),
        ("disputes?starting_after=du_0", 404),
        ("balance_transactions?created[gte]=x", 400),
        ("balance_transactions?created[lte]=5", 400),
    ],
)
def test_what_is_not_there_is_said_so(path: str, status: int) -> None:
    assert ask(path)[0] == status


def test_an_over_refund_is_refused_in_words() -> None:
    _, session = ask("checkout/sessions", SESSION)
    payment = FakePayment.objects.get()
    desk.choose(ref=payment.ref, scenario="succeed", now=now())
    _, session = ask(f"checkout/sessions/{session['id']}")
    said = {"payment_intent": session["payment_intent"], "amount": "1001", "metadata[key]": "r-1"}

    status, refused = ask("refunds", said | {"metadata[reference]": "top-up-1"})

    assert status == 400
    assert "greater than unrefunded amount" in refused["error"]["message"]
    assert not FakeRefund.objects.exists()


def test_a_payout_is_of_what_is_there() -> None:
    status, said = ask("payouts", {"amount": "1", "currency": "usd", "metadata[key]": "p-1"})

    assert (status, said["error"]["code"]) == (400, "balance_insufficient")
