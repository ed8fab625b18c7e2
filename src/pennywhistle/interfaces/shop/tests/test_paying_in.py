"""Paying in goes on by another door; and whoever tries too much waits, or solves a puzzle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils.timezone import now

from builders import a_store, a_user, usd
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import guarding, puzzle
from pennywhistle.apps.payments.models import DoorSwitch, TopUp, Trace
from pennywhistle.apps.payments.switching import SwitchAsked, switch_door
from pennywhistle.apps.payments.work import refresh_top_up
from pennywhistle.providers.fakepay import desk, operating
from pennywhistle.providers.fakepay.models import FakePayment
from second_door import open_second_door
from sounding_shop import a_sounding_shop

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

KEY = "k" * 32
ADDRESS = "/balance/top-up"


@pytest.fixture
def user(db) -> User:
    a_store()
    return a_user()


@pytest.fixture
def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def asked(key: str = KEY, **more: str) -> dict[str, str]:
    return {"amount": "7.50", "provider": "fakepay", "key": key, "next": "/checkout"} | more


def fields(page: str) -> dict[str, str]:
    """What the page's own form would send."""
    form = page[page.rindex('action="/balance/top-up"') :]
    return {
        name: value
        for name, value in re.findall(r'<input type="[a-z]+" name="(\w+)" value="([^"]*)"', form)
        if name != "csrfmiddlewaretoken"
    }


def test_a_door_that_freezes_in_mid_checkout_leads_to_the_next_one(
    client: Client, user: User, monkeypatch, settings
) -> None:
    open_second_door(monkeypatch, settings)
    operating.freeze(now=now())

    failed = client.post(ADDRESS, asked())
    page = failed.content.decode()
    again = fields(page)
    done = client.post(ADDRESS, again)

    assert failed.status_code == 502
    assert "frozen" not in page
    assert (again["amount"], again["provider"], again["next"]) == ("7.50", "second", "/checkout")
    assert again["key"] != KEY
    # No redirect: the content policy lets forms go to the store alone.
    assert done.status_code == 200
    assert 'content="0;url=https://second.example/pay"' in done.content.decode()
    going = TopUp.objects.get(provider="second")
    assert (going.amount_micro, going.return_path) == (7_500_000, "/checkout")
    assert DoorSwitch.objects.get().cause == "frozen"
    # The form was drawn while the other door was open.
    assert "fakepay" not in fields(client.post(ADDRESS, asked("l" * 32)).content.decode())


def test_an_account_that_freezes_while_its_page_is_open_fails_and_the_wish_is_kept(
    client: Client, user: User, monkeypatch, settings
) -> None:
    open_second_door(monkeypatch, settings)
    client.post(ADDRESS, asked())
    top_up = TopUp.objects.get()
    operating.freeze(now=now())
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())

    page = client.get(f"/balance/top-ups/{top_up.id}/").content.decode()
    again = re.search(r'href="(/balance/top-up\?[^"]+)"', page)

    assert again is not None
    assert 'value="7.5' in client.get(again[1].replace("&amp;", "&")).content.decode()
    assert balance_of(user=user, currency="USD") == usd("0")


@pytest.mark.django_db(transaction=True)
def test_with_all_doors_closed_balances_buy_and_what_is_owned_is_downloaded() -> None:
    shop, client = a_sounding_shop(), Client()
    client.force_login(shop.buyer)
    reason = SwitchAsked(
        provider="fakepay", is_open=False, reason="All gone.", user_id=shop.buyer.pk
    )
    switch_door(asked=reason, now=now())

    page = client.get(ADDRESS, {"next": "/checkout"})
    item = f"track:{shop.shelf.tracks[0].public_id}"
    till = client.get("/checkout", {"item": item}).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(key|shown|item)" value="([^"]*)"', till)
    bought = client.post("/checkout", dict(hidden))
    owned = shop.buyer.entitlements.get()

    assert (page.status_code, bought.status_code) == (200, 302)
    assert "Nobody can pay in just now" in page.content.decode()
    assert client.post(ADDRESS, asked()).status_code == 503
    assert not TopUp.objects.exists()
    assert client.get(f"/download/{owned.pk}/flac").status_code == 200


def failed_payments(user: User, count: int) -> None:
    """So many of somebody's payments failed a moment ago."""
    for number in range(count):
        TopUp.objects.create(
            user=user,
            key=f"failed-{number}",
            provider="fakepay",
            provider_ref=f"failed-{user.pk}-{number}",
            amount_micro=1_000_000,
            currency="USD",
            state="failed",
            created_at=now(),
            due_at=now(),
            settled_at=now(),
        )


def test_after_failures_a_puzzle_comes_first_and_counts_once(
    client: Client, user: User, monkeypatch
) -> None:
    monkeypatch.setattr(puzzle, "zero_bits", 8)
    failed_payments(user, 3)

    drawn = client.get(ADDRESS).content.decode()
    refused = client.post(ADDRESS, asked())
    form = fields(refused.content.decode())
    solution = next(
        str(number) for number in range(100_000) if puzzle.is_solved(form["challenge"], str(number))
    )
    unsolved = client.post(ADDRESS, form)
    passed = client.post(ADDRESS, form | {"solution": solution})
    twice = client.post(ADDRESS, form | {"solution": solution, "key": "m" * 32})

    assert "data-puzzle" in drawn
    assert "puzzle.js" in drawn
    # The challenge stays the same, so that waiting on the page counts.
    assert fields(unsolved.content.decode())["challenge"] == form["challenge"]
    codes = [each.status_code for each in (refused, unsolved, passed, twice)]
    assert codes == [429, 429, 302, 429]
    assert TopUp.objects.filter(state="pending").count() == 1


def test_a_browser_without_scripts_waits_instead_and_others_challenges_do_not_count(
    user: User,
) -> None:
    made = puzzle.make_challenge(user_id=user.pk, now=now())
    read = puzzle.read_challenge(made.token, user_id=user.pk, now=now())

    assert read is not None
    assert not puzzle.is_answered(read, "", now=now())
    assert puzzle.is_answered(read, "", now=now() + puzzle.wait_instead)
    for token, user_id, late in (
        (made.token, user.pk + 1, 0),
        (made.token[:-2] + "xx", user.pk, 0),
        (made.token, user.pk, 2),
        ("", user.pk, 0),
        ("\0" * 50, user.pk, 0),
    ):
        at = now() + late * puzzle.lifetime
        assert puzzle.read_challenge(token, user_id=user_id, now=at) is None


def test_who_begins_too_many_payments_waits_and_reads_how_long(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(guarding, "account_limits", (guarding.Limit(2, guarding.hour),))

    codes = [client.post(ADDRESS, asked(f"{number}" * 20)).status_code for number in range(3)]
    refused = client.post(ADDRESS, asked("9" * 20))

    assert codes == [302, 302, 429]
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_601
    assert "60 minutes" in refused.content.decode()
    assert TopUp.objects.count() == Trace.objects.count() == 2


def test_the_first_payments_ask_for_3_d_secure_and_declines_tell_nothing(
    client: Client, user: User
) -> None:
    client.post(ADDRESS, asked())
    top_up = TopUp.objects.get()
    payment = FakePayment.objects.get()
    desk.choose(ref=payment.ref, scenario="decline", now=now(), card="us-visa")

    page = client.get(f"/balance/top-ups/{top_up.id}/").content.decode()

    assert payment.is_challenge_wanted
    assert refresh_top_up(top_up_id=top_up.id, now=now()).state == TopUp.State.FAILED
    assert Trace.objects.get().address == "127.0.0.1"
    assert "did not go through" in page
    assert not re.search("insufficient|stolen|do_not_honor|expired card|cvc", page)
