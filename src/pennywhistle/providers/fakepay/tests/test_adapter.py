"""The port, as the store sees it; and webhooks that only fakepay can have written."""

import json
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings

from builders import NOON, usd
from pennywhistle.apps.payments.provider import NoticeRefusedError, PaymentState, Started
from pennywhistle.providers.fakepay import desk, webhooks
from pennywhistle.providers.fakepay.adapter import PROVIDER
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment, FakeWebhook
from pennywhistle.providers.fakepay.signing import (
    HEADER,
    age_s_max,
    require_signature,
    shared_secret,
    signature,
)

pytestmark = pytest.mark.django_db

SECRET = b"s" * 32
BODY = b'{"id":"fn_000000000000000000000001","payment":"fp_000000000000000000000001"}'
SENT_S = int(NOON.timestamp())


def start(notify_url: str = "http://127.0.0.1:1/hooks/fakepay/") -> Started:
    return PROVIDER.start(
        reference="top-up-1",
        amount=usd("10.00"),
        return_url="http://shop.example:8000/balance/top-ups/1/",
        notify_url=notify_url,
    )


def test_a_payment_is_begun_once_and_paid_on_fakepay_s_page() -> None:
    started, again = start(), start()

    assert started == again
    assert started.redirect_url == f"http://shop.example:8000/fakepay/pay/{started.provider_ref}/"
    assert PROVIDER.fetch(provider_ref=started.provider_ref).state is PaymentState.PENDING


@pytest.mark.parametrize(
    ("scenario", "state"),
    [
        ("succeed", PaymentState.PAID),
        ("decline", PaymentState.FAILED),
        ("cancel", PaymentState.FAILED),
        ("delay", PaymentState.PENDING),
        ("secure", PaymentState.PENDING),
    ],
)
def test_the_store_is_told_how_it_stands(scenario: str, state: PaymentState) -> None:
    ref = start().provider_ref

    desk.choose(ref=ref, scenario=scenario, now=now())

    payment = PROVIDER.fetch(provider_ref=ref)
    assert (payment.state, payment.reference, payment.amount) == (state, "top-up-1", usd("10.00"))


def test_money_goes_back_and_out() -> None:
    ref = start().provider_ref
    desk.choose(ref=ref, scenario="succeed", now=now())

    PROVIDER.refund(provider_ref=ref, amount=usd("2.50"), key="r-1")
    payout = PROVIDER.pay_out(key="p-1", amount=usd("1.00"), account="DE00")

    assert FakePayment.objects.get(ref=ref).left_micro() == usd("7.50").micro
    assert payout == PROVIDER.pay_out(key="p-1", amount=usd("1.00"), account="DE00")


def test_a_right_signature_is_taken_up_to_five_minutes_either_way() -> None:
    header = signature(BODY, secret=SECRET, sent_at_s=SENT_S)

    for off_s in (0, age_s_max, -age_s_max):
        require_signature(BODY, header, secret=SECRET, now_s=SENT_S + off_s)
    for off_s in (age_s_max + 1, -age_s_max - 1):
        with pytest.raises(NoticeRefusedError, match="s old"):
            require_signature(BODY, header, secret=SECRET, now_s=SENT_S + off_s)


def test_the_signature_is_of_this_form() -> None:
    # Computed by another program: printf '1.{}' | openssl dgst -sha256 -hmac k
    mac = "3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158"
    assert signature(b"{}", secret=b"k", sent_at_s=1) == f"t=1,v1={mac}"


RIGHT = signature(BODY, secret=SECRET, sent_at_s=SENT_S)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        RIGHT.upper(),
        RIGHT + " ",
        RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1"),
        RIGHT.replace(f"t={SENT_S}", f"t={SENT_S + 1}"),
        RIGHT.replace("v1=", "v0="),
        f"t={SENT_S},v1=",
        "t=²,v1=" + "0" * 64,
        signature(BODY, secret=b"another", sent_at_s=SENT_S),
        signature(BODY + b" ", secret=SECRET, sent_at_s=SENT_S),
    ],
)
def test_a_forged_signature_is_refused(header: str) -> None:
    with pytest.raises(NoticeRefusedError):
        require_signature(BODY, header, secret=SECRET, now_s=SENT_S)


def signed(body: bytes) -> dict[str, str]:
    secret = shared_secret(settings.KEYS)
    return {HEADER: signature(body, secret=secret, sent_at_s=int(now().timestamp()))}


def test_a_signed_notice_is_read() -> None:
    notice = PROVIDER.read_notice(body=BODY, headers=signed(BODY))

    assert notice.notice_id == "fn_000000000000000000000001"
    assert notice.provider_ref == "fp_000000000000000000000001"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 4_000,
        b'{"id": 1, "payment": 2}',
        b'{"id":"fn_000000000000000000000001","payment":"../../x"}',
        b'{"id":"fn_000000000000000000000001"}',
        BODY + b" " * 5_000,
    ],
)
def test_a_signed_body_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(NoticeRefusedError):
        PROVIDER.read_notice(body=body, headers=signed(body))


def test_processes_that_start_together_share_one_secret(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    with ThreadPoolExecutor(16) as pool:
        read = set(pool.map(lambda _: shared_secret(folder), range(64)))

    assert len(read) == 1
    assert len(read.pop()) == 32
    assert [file.name for file in folder.iterdir()] == ["fakepay_webhook_secret"]
    assert stat.S_IMODE((folder / "fakepay_webhook_secret").stat().st_mode) == 0o600


class Listener(BaseHTTPRequestHandler):
    """A store's hook that notes what it gets, and answers with the status in its path."""

    got: ClassVar[list[tuple[bytes, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((body, self.headers[HEADER]))
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "http://192.0.2.1/")
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[str]:
    Listener.got.clear()
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def a_webhook(notify_url: str) -> FakeWebhook:
    ref = start(notify_url).provider_ref
    desk.choose(ref=ref, scenario="succeed", now=now())
    return FakeWebhook.objects.get(payment=ref)


def test_a_webhook_is_delivered_once_and_can_be_read(listener: str) -> None:
    webhook = a_webhook(f"{listener}/204")

    webhooks.send(notice_id=webhook.notice_id)
    webhooks.send(notice_id=webhook.notice_id)

    ((body, header),) = Listener.got
    assert json.loads(body) == {"id": webhook.notice_id, "payment": webhook.payment_id}
    assert PROVIDER.read_notice(body=body, headers={HEADER: header}).notice_id == webhook.notice_id


@pytest.mark.parametrize("status", [400, 503, 302, 307])
def test_a_webhook_that_nobody_took_stays_due(listener: str, status: int) -> None:
    webhook = a_webhook(f"{listener}/{status}")

    with pytest.raises(OSError, match=str(status)):
        webhooks.send(notice_id=webhook.notice_id)

    webhook.refresh_from_db()
    assert (webhook.delivered_at, webhook.attempt_count) == (None, 1)


@pytest.mark.parametrize(
    "address",
    [
        "http://192.0.2.1/hooks/",
        "http://localhost.example/hooks/",
        "http://127.0.0.1.example/hooks/",
        "http://127.0.0.1@192.0.2.1/hooks/",
        "http://[2001:db8::1]/hooks/",
        "http://0.0.0.0/hooks/",
        "ftp://127.0.0.1/hooks/",
        "file:///etc/passwd",
        "/hooks/",
    ],
)
def test_webhooks_go_to_this_machine_only(address: str) -> None:
    with pytest.raises(webhooks.AddressRefusedError):
        webhooks.send(notice_id=a_webhook(address).notice_id)
