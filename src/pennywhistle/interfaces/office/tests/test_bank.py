"""From the announcement to the books: the buyer's page, the office's, and the terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from bank_files import Line, camt
from builders import NOON, a_store, a_user
from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import balance_of, sum_of
from pennywhistle.apps.payments.actions import TopUpAsked, start_top_up
from pennywhistle.apps.payments.bank.orders import send_back
from pennywhistle.apps.payments.models import (
    BankEntry,
    BankOrder,
    BankTransfer,
    Difference,
)
from pennywhistle.engines.bankfile import printed
from pennywhistle.interfaces.console.bank import app
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def transfer(settings: SettingsWrapper, store: None) -> BankTransfer:
    """Ten euro that a buyer has announced."""
    settings.PAYMENT_PROVIDERS = ["bank"]
    settings.BANK_NAME, settings.BANK_IBAN = "Test Records", "DE89370400440532013000"
    settings.BANK_BIC = "COBADEFFXXX"
    a_store(currency="EUR")
    ten = Money.parse("10.00", currency="EUR")
    asked = TopUpAsked(a_user().pk, ten, "bank", "key-of-a-transfer", "/cart")
    start_top_up(asked=asked, origin="http://testserver", now=NOON)
    return BankTransfer.objects.get()


def text(response: HttpResponse) -> str:
    return response.content.decode()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(office: Client, *lines: Line) -> HttpResponse:
    file = SimpleUploadedFile("day.xml", camt(*lines))
    return office.post("/office/bank/statement", {"statement": file}, follow=True)


def test_only_the_buyer_is_told_what_to_send_until_it_has_come(
    transfer: BankTransfer, office: Client
) -> None:
    address = f"/balance/top-ups/{transfer.top_up_id}/transfer/"
    buyer = signed_in(transfer.top_up.user)
    page = text(buyer.get(address))

    assert printed(transfer.reference) in page
    assert "DE89 3704 0044 0532 0130 00" in page
    assert "€10.00" in page
    assert buyer.get(f"{address}qr.svg")["Content-Type"] == "image/svg+xml"
    stranger = signed_in(a_user("other@example.org"))
    assert stranger.get(address).status_code == stranger.get(f"{address}qr.svg").status_code == 404

    state = f"/balance/top-ups/{transfer.top_up_id}/"
    assert address in text(buyer.get(state))
    read(office, Line("9.00", reference=transfer.reference))
    assert buyer.get(address).status_code == 302
    assert "You had announced" in text(buyer.get(f"{state}?look=1"))
    assert balance_of(user=transfer.top_up.user, currency="EUR").micro == 9_000_000


def test_what_waits_is_decided_on_its_page_with_a_reason(
    transfer: BankTransfer, office: Client
) -> None:
    done = text(read(office, Line("10.00", text="for music", name="Ann <b>Otter</b>")))
    assert "New entries: 1. Waiting for you: 1." in done
    assert "Perhaps it is of buyer@example.org" in done
    assert "<b>Otter" not in done
    entry = BankEntry.objects.get()
    address = f"/office/bank/entries/{entry.pk}"
    said = {"how": "credited", "who": "buyer@example.org", "provider": "", "reason": "By mail."}

    for wrong in ({"reason": ""}, {"who": "nobody@example.org"}, {"how": "payback"}):
        assert office.post(address, said | wrong).status_code == 400
    assert "By mail." in text(office.post(address, said, follow=True))
    assert office.get(address).status_code == 404
    assert balance_of(user=transfer.top_up.user, currency="EUR").micro == 10_000_000


def test_what_is_no_statement_is_refused_with_its_reason(
    transfer: BankTransfer, office: Client
) -> None:
    for data, why in ((b"<!DOCTYPE x><x/>", "document type"), (b"a,b\n", "headings")):
        file = SimpleUploadedFile("x.xml", data)
        response = office.post("/office/bank/statement", {"statement": file})
        assert response.status_code == 400
        assert why in text(response)


def test_orders_become_a_file_that_can_be_fetched_again(
    transfer: BankTransfer, office: Client
) -> None:
    read(office, Line("10.00", reference=transfer.reference))
    four = Money.parse("4.00", currency="EUR")
    send_back(provider_ref=transfer.reference, amount=four, key="key-1", now=NOON)

    page = text(office.post("/office/bank/orders", follow=True))
    order = BankOrder.objects.get()
    assert order.ordered_at is not None
    address = f"/office/bank/orders/{order.ordered_at.isoformat()}.xml".replace("+", "%2B")
    assert page.count("pain.001") == 1
    files = [office.get(address).content for _ in range(2)]
    assert order.name.encode() in files[0]
    for no_instant in ("2026", "2026-13-40T00:00:00Z"):
        assert office.get(f"/office/bank/orders/{no_instant}.xml").status_code == 404

    failed = f"/office/bank/orders/{order.pk}/fail"
    assert office.post(failed, {"reason": ""}).status_code == 400
    office.post(failed, {"reason": "The account is closed."})
    order.refresh_from_db()
    assert order.state == BankOrder.State.FAILED


def test_clearing_shows_what_is_open_and_settles_what_differs(
    transfer: BankTransfer, office: Client
) -> None:
    read(office, Line("3.00", text="who?"))
    Difference.objects.create(
        provider="bank",
        currency="EUR",
        kind="balance",
        subject="balance",
        amount_micro=5_000_000,
        said="It holds more.",
        entries=[{"where": "books", "what": "x", "amount_micro": "1", "at": NOON.isoformat()}],
        found_at=NOON - timedelta(days=2),
    )
    page = text(office.get("/office/clearing"))
    assert "a bank entry that nothing explains" in page
    assert "It holds more." in page
    desk = text(office.get("/office/"))
    assert "Differences between the books and providers" in desk

    address = f"/office/clearing/{Difference.objects.get().pk}"
    assert "books: x" in text(office.get(address))
    office.post(address, {"how": "own", "reason": "Paid in at the beginning."})
    assert Difference.objects.get().reason == "Paid in at the beginning."
    assert "Compared." in text(office.post("/office/clearing/again", follow=True))


def test_a_gain_or_loss_is_booked_once_with_a_reason(
    transfer: BankTransfer, office: Client
) -> None:
    read(office, Line("10.00", reference=transfer.reference))
    said = {
        "provider": "bank",
        "side": "loss",
        "amount": "0.25",
        "reason": "A rate.",
        "key": "k" * 20,
    }
    assert office.post("/office/clearing/book", said | {"reason": ""}).status_code == 400
    for _ in range(2):
        assert office.post("/office/clearing/book", said).status_code == 302

    there = open_account(kind=Account.Kind.CLEARING, currency="EUR", code="bank")
    cost = open_account(kind=Account.Kind.EXPENSE, currency="EUR", code="fee:bank")
    assert [sum_of(each).micro for each in (there, cost)] == [-9_750_000, -250_000]


def test_the_terminal_reads_statements_and_says_what_waits(
    transfer: BankTransfer, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(camt(Line("10.00", reference=transfer.reference), Line("2.00", text="who?")))
    bad.write_bytes(b"<x>")

    first = CliRunner().invoke(app, ["statement", str(good)])
    second = CliRunner().invoke(app, ["statement", str(good), str(bad), str(tmp_path / "none")])

    assert first.exit_code == 3
    assert "2 entries, 2 new, 0 not booked yet; 1 explained, 1 wait" in first.output
    assert second.exit_code == 1
    assert "the file was read before" in second.output
