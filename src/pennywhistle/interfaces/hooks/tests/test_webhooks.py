"""A webhook has at most one effect, and none without a right signature."""

import json
import logging
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import now

from builders import a_store, a_user, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import actions
from pennywhistle.apps.payments.models import ProviderNotice, TopUp
from pennywhistle.interfaces.hooks.views import body_bytes_max
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.models import FakePayment, FakeWebhook
from pennywhistle.providers.fakepay.signing import HEADER, shared_secret, signature
from pennywhistle.providers.fakepay.webhooks import signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def top_up() -> TopUp:
    """Ten dollars that were paid, of which the store does not know yet."""
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), "fakepay", "key-1", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    started = TopUp.objects.get()
    desk.choose(ref=started.provider_ref, scenario="succeed", now=now())
    return started


def tell(body: bytes, headers: dict[str, str], *, code: str = "fakepay") -> int:
    # With Django's check of forged forms on, which a provider cannot pass.
    client = Client(enforce_csrf_checks=True)
    return client.post(
        f"/hooks/{code}/", data=body, content_type="application/json", headers=headers
    ).status_code


def the_webhook(at: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    return signed(FakeWebhook.objects.get(), at=at or now())


def credited(top_up: TopUp) -> bool:
    return balance_of(user=top_up.user, currency="USD") == usd("10.00")


def nothing_changed() -> bool:
    return not (Entry.objects.exists() or ProviderNotice.objects.exists())


def test_a_webhook_makes_the_store_ask_and_credit(top_up: TopUp) -> None:
    assert tell(*the_webhook()) == 204

    assert credited(top_up)
    assert ProviderNotice.objects.get().provider_ref == top_up.provider_ref


def test_the_hundredth_copy_does_nothing(top_up: TopUp) -> None:
    body, headers = the_webhook()

    assert {tell(body, headers) for _ in range(100)} == {204}

    assert Entry.objects.count() == 1
    assert ProviderNotice.objects.count() == 1


@pytest.mark.parametrize(
    "header", [None, "", "t=1,v1=" + "0" * 64, "t=9999999999,v1=" + "f" * 64, "x" * 10_000]
)
def test_a_bad_signature_is_refused_without_a_word(
    top_up: TopUp, header: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    body, _ = the_webhook()

    with caplog.at_level(logging.WARNING, "pennywhistle"):
        response = Client().post(
            "/hooks/fakepay/",
            data=body,
            content_type="application/json",
            headers={HEADER: header} if header is not None else {},
        )

    assert (response.status_code, response.content) == (400, b"")
    assert "A webhook of fakepay was refused" in caplog.text
    assert nothing_changed()


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_a_stale_webhook_is_refused(top_up: TopUp, off: timedelta) -> None:
    assert tell(*the_webhook(now() + off)) == 400
    assert nothing_changed()


def test_a_changed_body_is_refused(top_up: TopUp) -> None:
    body, headers = the_webhook()

    assert tell(body.replace(b"fp_", b"fp_0"), headers) == 400
    assert nothing_changed()


def test_a_webhook_s_words_are_not_believed(top_up: TopUp) -> None:
    FakePayment.objects.update(state="failed")

    assert tell(*the_webhook()) == 204

    assert TopUp.objects.get().state == TopUp.State.FAILED
    assert not Entry.objects.exists()


def test_a_payment_of_nobody_s_is_logged_and_changes_nothing(
    top_up: TopUp, caplog: pytest.LogCaptureFixture
) -> None:
    TopUp.objects.update(provider_ref="fp_another")

    assert tell(*the_webhook()) == 204

    assert "which no top-up has" in caplog.text
    assert nothing_changed()


def test_another_amount_is_logged_and_changes_nothing(
    top_up: TopUp, caplog: pytest.LogCaptureFixture
) -> None:
    FakePayment.objects.update(amount_micro=9_000_000)

    assert tell(*the_webhook()) == 204

    assert "changed nothing" in caplog.text
    assert nothing_changed()
    assert TopUp.objects.get().state == TopUp.State.PENDING


def test_a_provider_that_cannot_be_asked_shall_send_again(top_up: TopUp) -> None:
    body, headers = the_webhook()
    kept = FakePayment.objects.get()
    FakePayment.objects.filter(ref=kept.ref).update(ref="fp_away")

    assert tell(body, headers) == 503
    assert nothing_changed()

    FakePayment.objects.filter(ref="fp_away").update(ref=kept.ref)
    assert tell(body, headers) == 204
    assert credited(top_up)


def test_a_signed_notice_without_a_payment_is_refused(top_up: TopUp) -> None:
    body = json.dumps({"id": "fn_x", "state": "paid", "amount": "999"}).encode()
    header = signature(body, secret=shared_secret(settings.KEYS), sent_at_s=int(now().timestamp()))

    assert tell(body, {HEADER: header}) == 400
    assert nothing_changed()


@pytest.mark.parametrize("code", ["stripe", "fakepay2", "adapter"])
def test_an_unknown_provider_is_not_there(top_up: TopUp, code: str) -> None:
    assert tell(*the_webhook(), code=code) == 404


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_hooks_take_posts_only(method: str) -> None:
    assert getattr(Client(), method)("/hooks/fakepay/").status_code == 405


def test_a_body_beyond_the_bound_is_not_read(top_up: TopUp) -> None:
    assert tell(b"x" * (body_bytes_max + 1), {}) == 413
    assert tell(b"x" * body_bytes_max, {}) == 400
