"""BTCPay's API against a server of ours: what comes is credited as it came, and once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from btcpay_face import KEY, SECRET, STORE, BtcPayFace, signed
from builders import NOON, a_store, a_user
from json_server import serving
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import actions, paying_back, work
from pennywhistle.apps.payments.abilities import Level
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.payments.provider import (
    About,
    KeyReusedError,
    NoticeRefusedError,
    ProviderClosedError,
    ProviderError,
)
from pennywhistle.kernel.money import Money
from pennywhistle.providers.btcpay.adapter import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.apps.users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
REFERENCE = "5f0e4b3a-0000-4000-8000-000000000001"


def euro(text: str) -> Money:
    return Money.parse(text, currency="EUR")


@pytest.fixture
def face(settings: SettingsWrapper) -> Iterator[BtcPayFace]:
    made = BtcPayFace()
    settings.PAYMENT_PROVIDERS = ["btcpay"]
    settings.BTCPAY_STORE, settings.BTCPAY_KEY = STORE, KEY
    settings.BTCPAY_HOOK_SECRET = SECRET
    with serving(made.answer) as url:
        settings.BTCPAY_URL = url
        yield made


@pytest.fixture
def buyer(face: BtcPayFace) -> User:
    a_store(currency="EUR")
    return a_user()


def begin(buyer: User) -> TopUp:
    asked = actions.TopUpAsked(buyer.pk, euro("10.00"), "btcpay", "key-of-a-coin", "/balance/")
    address = actions.start_top_up(asked=asked, origin="https://shop.example", now=NOON)
    top_up = TopUp.objects.get()
    assert address == f"https://pay.example/i/{top_up.provider_ref}"
    return top_up


@pytest.mark.parametrize(
    ("came", "state", "credited"),
    [
        (("0", "New", "None"), "pending", "0"),
        (("10", "Processing", "None"), "pending", "0"),
        (("10", "Settled", "None"), "paid", "10.00"),
        (("12.509", "Settled", "PaidOver"), "paid", "12.50"),
        (("0", "Settled", "Marked"), "paid", "10.00"),
        (("10", "Expired", "PaidLate"), "paid", "10.00"),
        # The rest may still come late.
        (("4.99", "Expired", "PaidPartial"), "pending", "0"),
        (("0", "Expired", "None"), "pending", "0"),
        (("0", "Invalid", "None"), "failed", "0"),
    ],
)
def test_what_came_is_credited_as_it_came(
    buyer: User, face: BtcPayFace, came: tuple[str, str, str], state: str, credited: str
) -> None:
    top_up = begin(buyer)
    face.come(top_up.provider_ref, came[0], status=came[1], more=came[2])

    states = [work.refresh_top_up(top_up_id=top_up.id, now=NOON).state for _ in range(2)]

    assert states == [state] * 2
    assert balance_of(user=buyer, currency="EUR") == euro(credited)


@pytest.mark.parametrize(
    ("coins", "invoice", "ended"),
    [
        # What is not confirmed can be replaced by who sent it.
        ("10 Settled, 50000 Processing", "Settled PaidOver watched", "pending 0"),
        ("10 Settled, 50000 Processing", "Settled PaidOver over", "paid 10.00"),
        ("10 Settled, 50000 Invalid", "Settled PaidOver watched", "paid 10.00"),
        # Nobody pays in more at once than the store's most, unless somebody looks.
        ("50000 Settled", "Settled PaidOver watched", "paid 500.00"),
        ("6 Settled", "Expired PaidPartial watched", "pending 0"),
        ("6 Settled, 4.50 Settled", "Expired PaidPartial watched", "paid 10.50"),
        ("6 Settled, 1 Settled, 3 Invalid", "Expired PaidPartial over", "paid 7.00"),
        ("6 Settled, 3 Processing", "Expired PaidPartial over", "pending 0"),
        ("6 Invalid", "Expired PaidPartial over", "failed 0"),
    ],
)
def test_only_confirmed_coins_are_credited_and_all_of_them(
    buyer: User, face: BtcPayFace, coins: str, invoice: str, ended: str
) -> None:
    top_up = begin(buyer)
    ref = top_up.provider_ref
    status, more, when = invoice.split()
    for coin in coins.split(", "):
        amount, how = coin.split()
        face.come(ref, amount, status=status, more=more)
        face.payments[ref][-1]["status"] = how
    if when == "over":
        face.invoices[ref]["monitoringExpiration"] = int(time.time()) - 60

    state, credited = ended.split()
    assert work.refresh_top_up(top_up_id=top_up.id, now=NOON).state == state
    assert balance_of(user=buyer, currency="EUR") == euro(credited)


def test_what_is_never_confirmed_is_given_up(buyer: User, face: BtcPayFace) -> None:
    top_up = begin(buyer)
    ref = top_up.provider_ref
    face.come(ref, "4.00", status="Expired", more="PaidPartial", sure=False)
    assert work.refresh_top_up(top_up_id=top_up.id, now=NOON).state == "pending"

    face.invoices[ref]["monitoringExpiration"] = int(time.time()) - 15 * 86_400
    assert work.refresh_top_up(top_up_id=top_up.id, now=NOON).state == "failed"


def test_the_same_reference_is_the_same_invoice(face: BtcPayFace) -> None:
    def start(amount: str) -> str:
        return PROVIDER.start(
            reference=REFERENCE, amount=euro(amount), return_url="https://x/", notify_url=""
        ).provider_ref

    assert start("10.00") == start("10.00")
    with pytest.raises(KeyReusedError):
        start("11.00")
    assert len(face.invoices) == 1


def test_money_goes_back_when_its_buyer_claims_it(buyer: User, face: BtcPayFace) -> None:
    top_up = begin(buyer)
    face.come(top_up.provider_ref, "10", status="Settled")
    work.refresh_top_up(top_up_id=top_up.id, now=NOON)
    asked = paying_back.PaybackAsked(buyer.pk, "EUR", euro("6.00"), "pay-me-back")
    [payback] = paying_back.pay_back(asked=asked, now=NOON)

    assert payback.state == Payback.State.SENT
    assert payback.reason == "Claim it with your wallet: https://pay.example/pull-payments/pull1"
    face.payouts["pull1"].append({"id": "o1", "state": "Completed"})
    again = paying_back.refresh_payback(payback_id=payback.id, now=NOON)
    assert (again.state, again.reason) == (Payback.State.DONE, "")
    assert len(face.pulls) == 1


def told(**said: Any) -> dict[str, Any]:
    return {
        "deliveryId": "delivery-2",
        "originalDeliveryId": "delivery-1",
        "type": "InvoiceSettled",
        "timestamp": int(time.time()),
        "storeId": STORE,
        "invoiceId": "Invoice1",
    } | said


def test_a_webhook_is_taken_from_btcpay_only(face: BtcPayFace) -> None:
    body, headers = signed(told())
    notice = PROVIDER.read_notice(body=body, headers=headers)
    assert (notice.notice_id, notice.provider_ref) == ("delivery-1", "Invoice1")
    other, headers = signed(told(type="PayoutCreated"))
    assert PROVIDER.read_notice(body=other, headers=headers).about is About.OTHER

    bad = [
        (body, {}),
        (body + b" ", headers),
        signed(told(), secret="guessed"),
        signed(told(storeId="another")),
        signed(told(timestamp=int(time.time()) - 200_000)),
        signed(told(timestamp="soon")),
        signed(told(deliveryId="", originalDeliveryId="")),
        signed({"type": "InvoiceSettled"}),
    ]
    for wrong, with_headers in bad:
        with pytest.raises(NoticeRefusedError):
            PROVIDER.read_notice(body=wrong, headers=with_headers)


def test_a_server_that_refuses_or_answers_nonsense_moves_nothing(
    buyer: User, face: BtcPayFace
) -> None:
    top_up = begin(buyer)
    face.invoices[top_up.provider_ref]["amount"] = "NaN"
    with pytest.raises(ProviderError):
        work.refresh_top_up(top_up_id=top_up.id, now=NOON)
    face.is_frozen = True
    with pytest.raises(ProviderClosedError):
        work.refresh_top_up(top_up_id=top_up.id, now=NOON)
    with pytest.raises(ProviderError):
        PROVIDER.fetch(provider_ref="../stores")

    assert TopUp.objects.get().state == TopUp.State.PENDING


def test_the_doctor_is_told_what_is_set_up(face: BtcPayFace) -> None:
    def levels(notify_url: str) -> list[Level]:
        found = PROVIDER.check(notify_url=notify_url, currency="EUR", now=NOON)  # type: ignore[attr-defined]
        return [each.level for each in found]

    assert levels("https://shop.example/hooks/btcpay/") == [Level.RIGHT, Level.RIGHT]
    assert levels("https://elsewhere.example/") == [Level.RIGHT, Level.DOUBTFUL]
    face.is_frozen = True
    assert levels("https://elsewhere.example/") == [Level.WRONG]
