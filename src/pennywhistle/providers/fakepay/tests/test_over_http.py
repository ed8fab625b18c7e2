"""From the buyer's click to the credit, with nothing but HTTP between fakepay and the store."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import a_store, a_user, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import actions
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeKnobs, FakePayment, FakeWebhook
from pennywhistle.providers.fakepay.shape.keys import api_key, webhook_secret
from workers import run_worker

pytestmark = pytest.mark.django_db(transaction=True)


def pay_at(origin: str, *, code: str = "fakepay") -> TopUp:
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), code, "key-1", "/")
    actions.start_top_up(asked=asked, origin=origin, now=now())
    desk.choose(ref=FakePayment.objects.get().ref, scenario="succeed", now=now())
    return TopUp.objects.get()


def test_a_webhook_that_the_worker_sends_credits_the_buyer(live_server) -> None:
    top_up = pay_at(live_server.url)

    run_worker("fakepay")

    assert FakeWebhook.objects.get().delivered_at is not None
    assert TopUp.objects.get().state == TopUp.State.PAID
    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")


def test_a_webhook_of_stripe_s_shape_that_comes_twice_credits_the_buyer_once(
    live_server, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    settings.PAYMENT_PROVIDERS = ["fakepay", "stripe"]
    settings.STRIPE_URL = f"{live_server.url}/fakepay/stripe"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = api_key(), webhook_secret()
    FakeKnobs(webhooks="twice").save()
    top_up = pay_at(live_server.url, code="stripe")

    run_worker("fakepay")

    assert FakeWebhook.objects.get().delivered_at is not None
    assert TopUp.objects.get().state == TopUp.State.PAID
    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")
    assert Entry.objects.count() == 1


def test_a_store_that_does_not_listen_is_told_again_later() -> None:
    pay_at("http://127.0.0.1:1")

    run_worker("fakepay")

    job = ProcrastinateJob.objects.get(queue_name="fakepay")
    assert (job.status, job.attempts) == ("todo", 1)
    assert job.scheduled_at is not None
    assert job.scheduled_at > now()
    assert not Entry.objects.exists()
