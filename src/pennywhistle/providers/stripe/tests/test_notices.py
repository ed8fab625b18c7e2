"""Stripe's webhooks over the store's own hook: signed, believed in nothing, applied once."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from builders import a_store, a_user, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import actions
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import About, NoticeRefusedError
from pennywhistle.providers.fakepay import cases, desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeAnswer, FakePayment, FakeWebhook
from pennywhistle.providers.fakepay.shape.events import HEADER, signature
from pennywhistle.providers.fakepay.webhooks import signed
from pennywhistle.providers.stripe.adapter import Stripe
from stripe_shaped import stripe_shaped

pytestmark = pytest.mark.django_db

STRIPE = Stripe()


@pytest.fixture(autouse=True)
def face(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with stripe_shaped(monkeypatch) as address:
        yield address


@pytest.fixture
def top_up() -> TopUp:
    """Ten dollars that were paid, of which the store does not know yet."""
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), "stripe", "key-1", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    desk.choose(ref=FakePayment.objects.get().ref, scenario="succeed", now=now())
    return TopUp.objects.get()


def tell(body: bytes, headers: dict[str, str]) -> int:
    return (
        Client()
        .post("/hooks/stripe/", data=body, content_type="application/json", headers=headers)
        .status_code
    )


def event(**changes: Any) -> tuple[bytes, dict[str, str]]:
    body, _ = signed(FakeWebhook.objects.get(), at=now())
    changed = json.dumps(json.loads(body) | changes).encode()
    return changed, {HEADER: signature(changed, at=now())}


def test_a_webhook_credits_once_however_often_it_comes(top_up: TopUp) -> None:
    body, headers = signed(FakeWebhook.objects.get(), at=now())

    assert {tell(body, headers) for _ in range(5)} == {204}

    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")
    assert Entry.objects.count() == 1


def test_the_same_top_up_a_day_later_leads_to_the_same_page() -> None:
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), "stripe", "key-1", "/")
    first = actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    FakeAnswer.objects.all().delete()

    again = actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    desk.choose(ref=FakePayment.objects.get().ref, scenario="cancel", now=now())
    ended = actions.start_top_up(asked=asked, origin="http://testserver", now=now())

    assert first == again
    assert ended == f"http://testserver/balance/top-ups/{TopUp.objects.get().id}/"


def test_its_words_are_not_believed(top_up: TopUp) -> None:
    FakePayment.objects.update(state="failed", scenario="cancel")
    body, headers = event(type="checkout.session.completed")

    assert tell(body, headers) == 204

    assert TopUp.objects.get().state == TopUp.State.FAILED
    assert not Entry.objects.exists()


def test_what_is_forged_stale_or_of_the_other_mode_is_refused(
    top_up: TopUp, caplog: pytest.LogCaptureFixture
) -> None:
    body, _ = signed(FakeWebhook.objects.get(), at=now())
    wrong = [
        {},
        {HEADER: "t=1,v1=00"},
        {HEADER: "nonsense"},
        {HEADER: f"t=1,v1=é{'0' * 62}"},
        {HEADER: signature(body, at=now(), secret="whsec_another")},
        {HEADER: signature(body, at=now() - timedelta(minutes=6))},
        {HEADER: signature(b" " + body, at=now())},
    ]

    with caplog.at_level(logging.WARNING, "pennywhistle"):
        assert {tell(body, headers) for headers in wrong} == {400}
        assert tell(*event(livemode=True)) == 400

    assert caplog.text.count("A webhook of stripe was refused") == 8
    assert not Entry.objects.exists()


def test_another_account_s_changes_nothing(top_up: TopUp) -> None:
    assert tell(*event(account="acct_another")) == 204
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 9_000, b'{"id": 1}'],
)
def test_signed_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(NoticeRefusedError):
        STRIPE.read_notice(body=body, headers={HEADER: signature(body, at=now())})


def test_each_kind_says_what_it_is_about(top_up: TopUp) -> None:
    ref = FakePayment.objects.get().ref
    desk.refund(ref=ref, amount=usd("1.00"), key="r-1", now=now())
    dispute = cases.open_dispute(ref=ref, now=now())
    warning = cases.warn(ref=ref, now=now())

    told = {}
    for webhook in FakeWebhook.objects.select_related("payment"):
        body, headers = signed(webhook, at=now())
        told[webhook.about] = STRIPE.read_notice(body=body, headers=headers)

    assert told["payment"].provider_ref == top_up.provider_ref
    assert (told["refund"].about, told["refund"].reference) == (About.PAYMENT, str(top_up.id))
    assert told["dispute"].about is About.DISPUTE
    assert told["dispute"].provider_ref == dispute.ref.replace("fd_", "du_")
    assert told["warning"].about is About.WARNING
    assert told["warning"].provider_ref == warning.ref.replace("fw_", "issfr_")
    assert STRIPE.read_notice(**_customer()).about is About.OTHER


def _customer() -> dict[str, Any]:
    said = {"id": "evt_1", "object": "event", "type": "customer.created", "livemode": False}
    body = json.dumps(said | {"data": {"object": {"id": "cus_1", "object": "customer"}}}).encode()
    return {"body": body, "headers": {HEADER: signature(body, at=now())}}
