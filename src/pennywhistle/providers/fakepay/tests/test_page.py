"""fakepay's page says that it is play money, and ends a payment as the buyer chooses."""

import pytest
from django.test import Client

from builders import usd
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment

pytestmark = pytest.mark.django_db

BACK = "http://shop.example/balance/top-ups/1/"
State = FakePayment.State


@pytest.fixture
def payment() -> FakePayment:
    return desk.begin(
        reference="top-up-1",
        amount=usd("10.00"),
        return_url=BACK,
        notify_url="http://127.0.0.1:1/",
        now=now(),
    )


@pytest.fixture
def page(payment: FakePayment) -> str:
    return f"/fakepay/pay/{payment.ref}/"


def state(payment: FakePayment) -> str:
    return FakePayment.objects.get(ref=payment.ref).state


def test_the_page_is_open_and_says_what_it_is(client: Client, page: str) -> None:
    response = client.get(page)

    text = response.content.decode()
    assert response.status_code == 200
    assert "This is play money." in text
    assert "10.00 USD" in text
    assert "no-store" in response["Cache-Control"]
    assert "style=" not in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("scenario", "ended"),
    [
        ("succeed", State.PAID),
        ("decline", State.FAILED),
        ("cancel", State.FAILED),
        ("delay", State.DELAYED),
    ],
)
def test_a_choice_ends_the_payment_and_leads_back(
    client: Client, payment: FakePayment, page: str, scenario: str, ended: str
) -> None:
    response = client.post(page, {"scenario": scenario})

    assert (response.status_code, response["Location"]) == (302, BACK)
    assert state(payment) == ended


def test_three_d_secure_asks_for_the_code_that_it_shows(
    client: Client, payment: FakePayment, page: str
) -> None:
    asked = client.post(page, {"scenario": "secure"}, follow=True)
    wrong = client.post(f"{page}confirm/", {"code": "1111"})
    right = client.post(f"{page}confirm/", {"code": desk.SECURE_CODE})

    assert desk.SECURE_CODE in asked.content.decode()
    assert wrong.status_code == 400
    assert "This is not the code." in wrong.content.decode()
    assert "2 tries are left." in wrong.content.decode()
    assert (right.status_code, right["Location"]) == (302, BACK)
    assert state(payment) == State.PAID


def test_giving_up_at_the_code_leads_back_unpaid(
    client: Client, payment: FakePayment, page: str
) -> None:
    client.post(page, {"scenario": "secure"})

    response = client.post(f"{page}confirm/", {"give-up": "yes", "code": desk.SECURE_CODE})

    assert response["Location"] == BACK
    assert state(payment) == State.FAILED


def test_a_payment_that_ended_only_leads_back(
    client: Client, payment: FakePayment, page: str
) -> None:
    client.post(page, {"scenario": "decline"})

    for address in (page, f"{page}confirm/"):
        assert client.get(address)["Location"] == BACK
    client.post(page, {"scenario": "succeed"})
    client.post(f"{page}confirm/", {"code": desk.SECURE_CODE})

    assert state(payment) == State.FAILED


@pytest.mark.parametrize("scenario", ["", "paid", "PAID", "refund"])
def test_another_choice_changes_nothing(
    client: Client, payment: FakePayment, page: str, scenario: str
) -> None:
    assert client.post(page, {"scenario": scenario, "state": "paid"}).status_code == 400
    assert state(payment) == State.OPEN


def test_the_code_s_page_comes_after_the_choice(client: Client, page: str) -> None:
    assert client.get(f"{page}confirm/")["Location"] == page


def test_a_payment_that_does_not_exist_is_not_there(client: Client) -> None:
    for ref in ("fp_nothing", "x"):
        assert client.get(f"/fakepay/pay/{ref}/").status_code == 404
        assert client.post(f"/fakepay/pay/{ref}/confirm/", {"code": "1"}).status_code == 404


def test_another_site_cannot_pay_in_the_buyer_s_name(payment: FakePayment, page: str) -> None:
    stranger = Client(enforce_csrf_checks=True)

    assert stranger.post(page, {"scenario": "succeed"}).status_code == 403
    assert state(payment) == State.OPEN
