"""What buyers give back leaves every door; unspent money, withdrawals, and the public sums."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from builders import NOON, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.delivery.links import make_link
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.downloads import begin_downloads
from pennywhistle.apps.orders.letters import other_addresses_max
from pennywhistle.apps.orders.models import (
    Entitlement,
    Letter,
    OrderLine,
    Refund,
    Waiver,
    Withdrawal,
)
from pennywhistle.apps.parties.models import Store
from pennywhistle.apps.payments import actions as payments
from pennywhistle.apps.payments import work
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.proof import work as proof
from pennywhistle.apps.proof.log import the_log
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.apps.statements.opened import open_accounts
from pennywhistle.apps.users.models import User
from pennywhistle.apps.users.tokens import create_token
from pennywhistle.engines.tlog.verify import verify_receipt
from pennywhistle.interfaces.clock.law_letters import send_law_letters
from pennywhistle.providers.fakepay import desk

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def bought(user: User, ref, price: str = "0.14", *, territory: str = "US") -> OrderLine:
    order_id = check_out(
        buyer_id=user.pk,
        wanted=[ref],
        territory=territory,
        shown=usd(price),
        key=f"key-{OrderLine.objects.count()}",
        now=timezone.now(),
    )
    return OrderLine.objects.get(order=order_id)


def paid_in(user: User, amount: str = "10.00", *, scenario: str = "succeed") -> TopUp:
    asked = payments.TopUpAsked(user.pk, usd(amount), "fakepay", "top-up-key-000001", "/")
    payments.start_top_up(asked=asked, origin="http://testserver", now=timezone.now())
    top_up = TopUp.objects.get()
    desk.choose(ref=top_up.provider_ref, scenario=scenario, now=timezone.now())
    return work.refresh_top_up(top_up_id=top_up.id, now=timezone.now())


def key_in(page: bytes) -> str:
    found = re.search(rb'name="key" value="([^"]+)"', page)
    assert found
    return found[1].decode()


def text_of(response) -> str:
    return re.sub(r"<[^>]+>", "", response.content.decode())


def test_a_purchase_is_given_back_from_the_shelf() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.track(1))
    client = browser(user)
    assert f"/refund/{line.pk}" in client.get("/shelf").content.decode()
    asked = text_of(client.get(f"/refund/{line.pk}"))
    assert "$0.14" in asked
    assert "within 14 days" in asked

    for _ in range(2):
        response = client.post(f"/refund/{line.pk}", follow=True)
        assert "Receipt of a refund" in text_of(response)

    refund = Refund.objects.get()
    assert refund.why == Refund.Why.BUYER
    assert f"/refund/{line.pk}" not in client.get("/shelf").content.decode()
    assert "Refund: Track 1" in text_of(client.get("/balance"))
    order = text_of(client.get(f"/orders/{line.order_id}"))
    assert "Given back" in order
    assert "It was given back." in text_of(client.get(f"/refund/{line.pk}"))


def test_another_s_purchase_cannot_be_given_back() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.track(1), territory="DE")
    other = browser(a_user("other@example.org"))

    for address in (f"/refund/{line.pk}", f"/orders/{line.order_id}/begin"):
        assert other.post(address, {"waiver": "yes"}).status_code == 404
    assert other.get(f"/refund/{line.pk}").status_code == 404
    assert not Refund.objects.exists()
    assert not Waiver.objects.exists()


def test_after_a_refund_every_door_is_closed() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.album, "0.35")
    entitlement = Entitlement.objects.get()
    track = shelf.tracks[0].public_id
    link = make_link(owned=entitlement, recipe="flac", track=track, now=timezone.now())
    token = create_token(user_id=user.pk, label="pull", scope="shelf", now=timezone.now())
    client = browser(user)

    client.post(f"/refund/{line.pk}")

    for address in (
        f"/download/{entitlement.pk}/flac?track={track}",
        f"/download/{entitlement.pk}/flac.zip",
        reverse("delivery:order-archive", args=[line.order_id, "flac"]),
        reverse("delivery:shelf-archive", args=["flac"]),
        f"/shelf/{entitlement.pk}/formats",
        f"/stream/{track}",
    ):
        assert client.get(address).status_code == 404, address
    assert Client().get(f"/fetch/{link}").status_code == 404
    shelf_list = Client().get("/sync/shelf", headers={"Authorization": f"Bearer {token}"})
    assert shelf_list.json()["files"] == []


def test_the_receipt_of_a_refund_is_checked_as_any_other(
    settings: SettingsWrapper, tmp_path: Path
) -> None:
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    create_keys(now=NOON)
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.track(1))
    client = browser(user)
    client.post(f"/refund/{line.pk}")
    proof.order_waiting()
    proof.close_page(log=the_log(), now=NOON)
    proof.publish(log=the_signing_log())
    refund_id = Refund.objects.get().entry_id

    response = client.get(f"/receipt/{refund_id}.tlog-proof")

    now_us = int(timezone.now().timestamp() * 1_000_000)
    verdict = verify_receipt(response.getvalue(), keys=[the_log().verifier], now_us=now_us)
    assert verdict.passed
    said = {check.code: check.sentence for check in verdict.checks}
    assert "got back" in said["price-paid"]


def test_unspent_money_goes_back_on_a_page() -> None:
    a_store()
    user = a_user()
    paid_in(user)
    client = browser(user)
    page = client.get("/balance/payback")
    assert "$10.00" in text_of(page)
    key = key_in(page.content)

    assert client.post("/balance/payback", {"amount": "99", "key": key}).status_code == 400
    for _ in range(2):
        done = client.post("/balance/payback", {"amount": "4.00", "key": key}, follow=True)
        assert "Paid back" in text_of(done)

    assert Payback.objects.get().amount_micro == 4_000_000
    assert balance_of(user=user, currency="USD") == usd("6.00")


def test_the_waiver_is_asked_for_without_a_tick_where_the_law_wants_it() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    User.objects.filter(pk=buyer.pk).update(country="DE")
    client = browser(User.objects.get())
    item = f"track:{shelf.tracks[0].public_id}"

    page = client.get(f"/checkout?item={item}").content.decode()

    box = re.search(r"<input[^>]*name=\"waiver\"[^>]*>", page)
    assert box
    assert "checked" not in box[0]
    assert "right of withdrawal" in page
    said = {"item": item, "shown": "0.14 USD", "key": key_in(page.encode())}
    client.post("/checkout", said | {"waiver": "yes"})
    waiver = Waiver.objects.get()
    assert "right of withdrawal" in waiver.words
    assert send_law_letters() == 1
    assert waiver.words in mail.outbox[0].body
    assert Letter.objects.get().sent_at is not None
    assert send_law_letters() == 0


def test_who_does_not_ask_for_downloads_at_once_waits_and_can_change_their_mind() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.track(1), territory="DE")
    client = browser(user)
    order = f"/orders/{line.order_id}"
    assert "Downloads begin later" in text_of(client.get(order))

    client.post(f"{order}/begin")
    assert not Waiver.objects.exists(), "without the tick nothing is waived"
    client.post(f"{order}/begin", {"waiver": "yes"})

    assert Waiver.objects.exists()
    assert "Downloads begin later" not in text_of(client.get(order))


def test_outside_of_such_territories_nobody_is_asked() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    client = browser(user)

    page = client.get(f"/checkout?item=track:{shelf.tracks[0].public_id}")

    assert b'name="waiver"' not in page.content
    assert "You can give it back within 14 days" in text_of(page)


def withdraw_from(client: Client, contract: str, **said: str):
    """Both steps; the answer to the second one."""
    page = client.get("/withdraw")
    stated = {
        "contract": contract,
        "name": "Ann Buyer",
        "contact": "ann@example.org",
        "key": key_in(page.content),
    } | said
    first = client.post("/withdraw", stated)
    assert "Confirm withdrawal" in text_of(first)
    assert not Withdrawal.objects.exists()
    return client.post("/withdraw", stated | {"confirm": "yes"}, follow=True)


def test_a_purchase_is_withdrawn_from_in_two_steps_and_acknowledged() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.track(1), territory="DE")
    client = browser(user)
    assert "Withdraw from contract here" in text_of(client.get("/"))

    answer = text_of(withdraw_from(client, str(line.pk)))

    made = Withdrawal.objects.get()
    assert "Your withdrawal was received" in answer
    assert f"{made.stated_at:%Y-%m-%d %H:%M:%S} UTC" in answer
    assert Refund.objects.get().why == Refund.Why.WITHDRAWAL
    assert balance_of(user=user, currency="USD") == usd("10.00")
    send_law_letters()
    (letter,) = mail.outbox
    assert letter.to == [user.email, "ann@example.org"]
    assert made.statement in letter.body
    assert f"{made.stated_at:%Y-%m-%d %H:%M:%S} UTC" in letter.body


def test_unspent_money_is_withdrawn_from_wherever_one_lives() -> None:
    a_store()
    user = a_user()
    paid_in(user)

    withdraw_from(browser(user), "balance-USD")

    assert Withdrawal.objects.get().outcome == Withdrawal.Outcome.PAID_BACK
    assert Payback.objects.get().state == Payback.State.DONE
    assert balance_of(user=user, currency="USD") == usd("0")


def test_acknowledgments_go_to_strangers_a_few_times_a_day_only() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    client, answers = browser(user), []

    for number in range(other_addresses_max + 1):
        line = bought(user, shelf.track(1), territory="DE")
        key = f"withdrawal-key-{number:04}"
        said = {"contact": f"stranger-{number}@example.org", "key": key}
        stated = {"contract": str(line.pk), "name": "Ann", "confirm": "yes"} | said
        answers.append(text_of(client.post("/withdraw", stated, follow=True)))
    send_law_letters()

    strangers = [letter.to[1:] for letter in mail.outbox]
    assert all(letter.to[0] == user.email for letter in mail.outbox)
    assert sum(map(bool, strangers)) == other_addresses_max
    assert "stranger-0@example.org" in answers[0]
    assert "stranger" not in answers[-1]


@pytest.mark.parametrize("name", ["win.example.com now", "https://x", "WWW.x", "Ann (bit.ly/x)"])
def test_a_name_brings_no_address_into_the_store_s_mails(name: str) -> None:
    a_store()
    user = a_user()
    paid_in(user)
    stated = {"contract": "balance-USD", "contact": user.email, "key": "withdrawal-key-0001"}

    answer = browser(user).post("/withdraw", stated | {"name": name, "confirm": "yes"})

    assert answer.status_code == 400
    assert "address of a page" in text_of(answer)
    assert not Withdrawal.objects.exists()


def test_what_was_paid_in_before_the_store_s_currency_changed_goes_back() -> None:
    a_store()
    user = a_user()
    paid_in(user)
    Store.objects.update(currency="EUR")
    client = browser(user)
    page = client.get("/balance/payback")
    assert "/balance/payback?currency=USD" in page.content.decode()

    here = client.get("/balance/payback?currency=USD")
    asked = {"amount": "4.00", "key": key_in(here.content)}
    done = client.post("/balance/payback?currency=USD", asked, follow=True)
    assert "Paid back" in text_of(done)
    assert balance_of(user=user, currency="USD") == usd("6.00")
    withdraw_from(client, "balance-USD")

    assert balance_of(user=user, currency="USD") == usd("0")
    assert {each.currency for each in Payback.objects.all()} == {"USD"}


def test_who_has_nothing_to_withdraw_from_is_told_why() -> None:
    a_store()
    shelf, user = a_shelf(), a_buyer()
    line = bought(user, shelf.track(1), territory="DE")
    client = browser(user)
    client.post(f"/orders/{line.order_id}/begin", {"waiver": "yes"})
    send_law_letters()
    later = timezone.now() + timedelta(minutes=1)
    begin_downloads(user_id=user.pk, track_ids=[shelf.tracks[0].pk], now=later)

    page = text_of(client.get("/withdraw"))

    assert "You asked for the download at once, and it has begun" in page
    assert client.post("/withdraw", {"contract": str(line.pk), "key": "x" * 20}).status_code == 400
    assert Client().get("/withdraw").status_code == 302


def test_another_s_withdrawal_is_not_there() -> None:
    a_store()
    user = a_user()
    paid_in(user)
    withdraw_from(browser(user), "balance-USD")

    made = Withdrawal.objects.get()
    other = browser(a_user("other@example.org"))

    assert other.get(f"/withdraw/{made.pk}").status_code == 404


def test_the_public_page_adds_up_and_opens_providers_accounts_only(
    settings: SettingsWrapper, tmp_path: Path
) -> None:
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    a_store()
    assert "No page of the log is closed yet" in text_of(Client().get("/money"))
    create_keys(now=NOON)
    user = a_user()
    paid_in(user)
    bought(user, a_shelf().track(1))
    proof.order_waiting()
    proof.close_page(log=the_log(), now=NOON)
    proof.publish(log=the_signing_log())
    open_accounts(log=the_log())

    page = Client().get("/money")

    said = text_of(page)
    assert "$9.860000" in said
    assert said.count("$10.000000") == 3
    addresses = re.findall(r'href="(/money/\d+/newest\.json)"', page.content.decode())
    assert len(addresses) == 1
    assert Client().get(addresses[0]).status_code == 200
    others = {f"/money/{number}/newest.json" for number in range(8)} - set(addresses)
    assert {Client().get(address).status_code for address in others} == {404}
