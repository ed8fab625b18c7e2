"""Buyers find their invoices, nobody else's, and say for which business they buy."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, a_user
from pennywhistle.apps.invoices.models import Document
from pennywhistle.apps.proof.work import order_waiting
from pennywhistle.apps.taxes.models import PlaceClue, VatNumber
from taxed_shop import TILLEUL, Purchases, a_taxed_store, confirm_business, issue_all

pytestmark = pytest.mark.django_db


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def buyer() -> Purchases:
    return Purchases(a_taxed_store(track_price="0.142857"))


def test_an_invoice_is_a_page_and_a_file(buyer) -> None:
    order_id = buyer.buy(1, price="0.142857")
    issue_all()
    client = browser(buyer.user)

    listed = client.get(reverse("invoices")).content.decode()
    page = client.get(reverse("invoice", args=["R-2026-000001"])).content.decode()
    file = client.get(reverse("invoice-xml", args=["R-2026-000001"]))

    assert "R-2026-000001" in listed
    for text in ("Test Records GmbH", "DE136695976", "0.142857", "20 %", "EN 16931", "0.14"):
        assert text in page
    assert file["Content-Disposition"] == 'attachment; filename="R-2026-000001.xml"'
    assert b"urn:cen.eu:en16931:2017" in file.content
    assert (
        reverse("order-invoice", args=[order_id])
        in client.get(reverse("order", args=[order_id])).content.decode()
    )


def test_an_invoice_is_issued_when_it_is_asked_for(buyer) -> None:
    order_id = buyer.buy(1, price="0.142857")
    while order_waiting():
        pass
    client, address = browser(buyer.user), reverse("order-invoice", args=[order_id])

    assert client.get(address).status_code == 200
    assert not Document.objects.exists()
    for _ in range(2):
        answer = client.post(address)
        assert answer["Location"] == reverse("invoice", args=["R-" + _year() + "-000001"])
    assert client.get(address).status_code == 302


def _year() -> str:
    return Document.objects.get().code.split("-")[1]


def test_an_invoice_that_cannot_be_issued_yet_says_so(buyer) -> None:
    order_id = buyer.buy(1, price="0.142857")
    client = browser(buyer.user)

    answer = client.post(reverse("order-invoice", args=[order_id]), follow=True)

    assert "There is no invoice of this order yet" in answer.content.decode()


def test_nobody_sees_anothers_invoice(buyer) -> None:
    order_id = buyer.buy(1, price="0.142857")
    issue_all()
    other = browser(a_user("other@example.org"))

    for name, args in (
        ("invoice", ["R-2026-000001"]),
        ("invoice-xml", ["R-2026-000001"]),
        ("order-invoice", [order_id]),
    ):
        assert other.get(reverse(name, args=args)).status_code == 404
    assert other.post(reverse("order-invoice", args=[order_id])).status_code == 404
    assert "R-2026" not in other.get(reverse("invoices")).content.decode()
    assert Client().get(reverse("invoices")).status_code == 302


@pytest.mark.parametrize("text", ["DE136695976", "FR61954506078", "x" * 41])
def test_a_wrong_number_is_told_and_not_kept(buyer, text) -> None:
    answer = browser(buyer.user).post(reverse("business"), {"number": text})

    assert answer.status_code in {200, 400}
    assert answer.context["form"].errors["number"]
    assert not VatNumber.objects.exists()


def test_a_number_is_noted_confirmed_and_gone_when_its_owner_moves(buyer) -> None:
    client = browser(buyer.user)
    said = {"number": "FR 61 954 506 077"}
    assert client.post(reverse("business"), said).context["form"].errors["name"]
    client.post(reverse("business"), said | asdict(TILLEUL))
    assert "Nobody has confirmed it yet" in client.get(reverse("business")).content.decode()
    confirm_business(buyer.user, at=NOON)
    assert "Confirmed on" in client.get(reverse("business")).content.decode()

    moved = client.post(reverse("profile"), {"name": "A", "country": "DE"}, follow=True)

    assert "Your VAT number was of another country" in moved.content.decode()
    assert not VatNumber.objects.open().exists()
    assert PlaceClue.objects.filter(user=buyer.user, kind="declared", country="DE").exists()


def test_the_till_notes_where_the_network_is_if_a_proxy_is_trusted_to_say_so(
    buyer, settings
) -> None:
    client, address = browser(buyer.user), reverse("checkout")
    client.get(address, headers={"CF-IPCountry": "FI"})
    assert not PlaceClue.objects.filter(kind="network").exists()

    settings.NETWORK_COUNTRY_HEADER = "CF-IPCountry"
    for said in ("fi", "FI", "XX", "T1", "<script>", ""):
        client.get(address, headers={"CF-IPCountry": said})

    network = PlaceClue.objects.filter(kind="network")
    assert list(network.values_list("country", flat=True)) == ["FI"]
    assert PlaceClue.objects.filter(kind="declared", country="FR").count() == 1


def test_the_till_tells_the_tax_and_that_it_comes_back_to_a_business(buyer) -> None:
    client = browser(buyer.user)
    track = buyer.shelf.tracks[0]
    address = f"{reverse('checkout')}?item=track:{track.public_id}"

    assert "It holds $0.02381 of tax (20 %)." in client.get(address).content.decode()
    confirm_business(buyer.user, at=NOON)

    assert "comes back to your balance" in client.get(address).content.decode()
    buyer.user.country = "US"
    buyer.user.save()
    assert "of tax" not in client.get(address).content.decode()
