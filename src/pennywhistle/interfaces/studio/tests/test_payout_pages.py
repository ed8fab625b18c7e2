"""A payee sees what comes next and why not, says where it goes, and checks what was paid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from payee_shop import (
    IBAN,
    OTHER_IBAN,
    RUN_AT,
    SOLD_AT,
    a_euro_store,
    a_payee,
    a_run,
    an_operator,
    earn,
    enter,
    seal,
)
from pennywhistle.apps.payouts.approving import approve
from pennywhistle.apps.payouts.models import Details, Letter, Payout
from pennywhistle.apps.payouts.sending import send_by_hand
from pennywhistle.apps.payouts.settling import settle
from pennywhistle.apps.payouts.terms import (
    RateSaid,
    record_exchange_rate,
    set_account_terms,
    wanted_of,
)
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.engines.tlog.payout import read_payout
from pennywhistle.interfaces.clock.payout_letters import send_letters
from pennywhistle.kernel.money import Money


@pytest.fixture(autouse=True)
def store(db, settings, tmp_path) -> None:
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path / "data"
    (tmp_path / "data").mkdir()
    create_keys(now=SOLD_AT)
    a_euro_store()


def signed_in(user, *, just_now: bool = True) -> Client:
    client = Client()
    client.force_login(user)
    if just_now:
        client.post("/account/reauthenticate/", {"password": "whistle-while-you-work"})
    return client


def test_bank_details_are_entered_behind_the_password_and_told_to_everybody() -> None:
    payee = a_payee()
    address = f"/studio/payouts/accounts/{payee.account.number}/details"
    said = {"kind": "iban", "account": OTHER_IBAN, "holder": "Ada Lovelace", "country": "AT"}

    away = signed_in(payee.user, just_now=False).get(address)
    assert away.status_code == 302
    assert "reauthenticate" in away["Location"]
    client = signed_in(payee.user)
    form = client.get(address)
    assert form.status_code == 200
    assert IBAN not in form.content.decode()
    wrong = client.post(address, {**said, "account": "DE89370400440532013001"})
    assert wrong.status_code == 400
    assert Details.objects.count() == 1
    nameless = client.post(address, {**said, "holder": "\N{GRINNING FACE}"})
    assert "in letters that banks read" in nameless.content.decode()
    other = client.post(address, {**said, "kind": "other"})
    assert "choose that" in other.content.decode()
    done = client.post(address, said, follow=True)

    text = done.content.decode()
    assert "AT61 … 3201" in text
    assert OTHER_IBAN not in text
    assert Details.objects.filter(account=OTHER_IBAN).exists()
    # The first ones were told of long ago; of these everybody hears once.
    assert Letter.objects.filter(about="details").count() == 2
    assert (send_letters(), send_letters()) == (1, 0)
    assert {each.to[0] for each in mail.outbox} == {"ada@example.org"}
    assert OTHER_IBAN not in mail.outbox[-1].body


def test_an_old_address_hears_of_the_second_change_too() -> None:
    payee = a_payee()
    EmailAddress.objects.filter(user=payee.user).delete()
    payee.user.email = "thief@example.org"
    payee.user.save(update_fields=["email"])

    # A change that moves nothing, and behind it the one that matters, before and after its wait.
    enter(payee, IBAN, at=RUN_AT, holder="A. Lovelace")
    changes = [enter(payee, OTHER_IBAN, at=RUN_AT + timedelta(days=1))]
    changes.append(enter(payee, "NL91ABNA0417164300", at=RUN_AT + timedelta(days=40)))

    for change in changes:
        heard = Letter.objects.filter(details=change).values_list("email", flat=True)
        assert set(heard) == {"ada@example.org", "thief@example.org"}


def test_a_rate_of_whole_tens_is_written_as_people_write_it() -> None:
    payee, operator = a_payee(currency="GBP"), an_operator()
    earn(payee, "2.00")
    seal()
    euros = Money.zero("EUR")
    set_account_terms(
        account=payee.account, threshold=euros, cadence="month", user_id=operator.pk, now=SOLD_AT
    )
    rate = RateSaid("GBP", "EUR", Decimal(160), "ECB", RUN_AT.date())
    record_exchange_rate(said=rate, user_id=operator.pk, now=RUN_AT)
    a_run(operator, currency="GBP")
    approved = approve(payout_id=Payout.objects.get().id, user_id=operator.pk, now=RUN_AT)

    assert read_payout(bytes(approved.document)).exchanged.factor == "160"


def test_a_payee_says_when_to_be_paid_and_reads_why_not() -> None:
    payee = a_payee()
    earn(payee, "19.99")
    seal()
    client = signed_in(payee.user)
    address = f"/studio/payouts/accounts/{payee.account.number}/terms"

    assert "€19.99" in client.get("/studio/payouts").content.decode()
    said = {"threshold": "1e3", "cadence": "month", "currency": "EUR"}
    for wrong in ("1e3", "-1", "1,20", "1000.01", "NaN"):
        assert client.post(address, {**said, "threshold": wrong}).status_code == 400
    done = client.post(address, {**said, "threshold": "0"}, follow=True)

    assert "would be paid from" in done.content.decode()
    assert wanted_of(payee.account).threshold.micro == 0


def test_a_payout_is_shown_line_by_line_to_its_payee_alone() -> None:
    payee, stranger, operator = a_payee(), a_payee("Bob"), an_operator()
    entry = earn(payee, "50.00")
    seal()
    a_run(operator)
    payout = Payout.objects.get()
    approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)
    send_by_hand(payout_id=payout.id, reference="wire 7", now=RUN_AT)
    settle(payout_id=payout.id, reference="STMT-7", now=RUN_AT)
    seal(at=RUN_AT)
    client, other = signed_in(payee.user), signed_in(stranger.user)
    addresses = [
        f"/studio/payouts/{payout.id}",
        f"/studio/payouts/{payout.id}.json",
        f"/studio/payouts/accounts/{payee.account.number}/2026.csv",
        f"/studio/payouts/accounts/{payee.account.number}/terms",
        f"/studio/payouts?account={payee.account.number}",
    ]

    page, proof, table, *_ = [client.get(address) for address in addresses]
    assert [client.get(address).status_code for address in addresses] == [200] * 5
    assert [other.get(address).status_code for address in addresses] == [404] * 5
    for word in (str(entry.id), "STMT-7", payout.end_to_end_id, "DE89 … 3000"):
        assert word in page.content.decode()
    assert b"pennywhistle-payout/1" in proof.content
    assert b"50.000000" in table.content
    details = f"/studio/payouts/accounts/{payee.account.number}/details"
    assert other.get(details).status_code == 404
