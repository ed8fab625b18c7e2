"""To everybody but operators the office is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.http import HttpResponseNotFound
from django.test import Client

from builders import a_user
from pennywhistle.apps.users.actions import let_operate
from pennywhistle.apps.users.models import User
from pennywhistle.config import urls
from pennywhistle.interfaces.office.urls import urlpatterns

if TYPE_CHECKING:
    from django.urls import URLPattern

PARAMETER = re.compile(r"<[^>]+>")
UUID_PARAMETER = re.compile(r"<uuid:[^>]+>")
NO_UUID = UUID(int=1)


def address_of(pattern: URLPattern) -> str:
    """An address of this pattern; whatever it names need not exist."""
    return f"/office/{PARAMETER.sub('1', UUID_PARAMETER.sub(str(NO_UUID), str(pattern.pattern)))}"


ADDRESSES = sorted(address_of(pattern) for pattern in urlpatterns)


@pytest.fixture
def former(store) -> Client:
    """The browser of somebody who worked in the office until lately."""
    client = Client()
    fired = a_user("former@example.org")
    fired.is_staff, fired.is_active = True, False
    client.force_login(fired)
    return client


@pytest.fixture
def _nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that says so takes longer than all the rest, and is the same for everybody."""
    monkeypatch.setattr(urls, "handler404", lambda *_, **__: HttpResponseNotFound(), raising=False)


@pytest.mark.usefixtures("_nothing_is_drawn")
def test_the_office_is_not_there_for_others(buyer, supplier, former) -> None:
    others = {"stranger": Client(), "buyer": buyer, "supplier": supplier, "former": former}
    answers = {
        f"{who} {method} {address}": getattr(client, method)(address).status_code
        for who, client in others.items()
        for address in ADDRESSES
        for method in ("get", "post", "put")
    }

    assert {asked: status for asked, status in answers.items() if status != 404} == {}


@pytest.mark.usefixtures("_nothing_is_drawn")
def test_a_request_without_a_token_tells_a_stranger_nothing(store) -> None:
    client = Client(enforce_csrf_checks=True)
    answers = {address: client.post(address).status_code for address in ADDRESSES}

    assert {address: status for address, status in answers.items() if status != 404} == {}


def test_an_operator_needs_the_token(operator) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    answers = {address: client.post(address).status_code for address in ADDRESSES}

    assert {address: status for address, status in answers.items() if status != 403} == {}


def test_every_view_of_the_office_asks_for_staff() -> None:
    unguarded = [p.name for p in urlpatterns if not getattr(p.callback, "asks_for_staff", False)]

    assert not unguarded, f"Put @staff_only on top of the view of {unguarded}."


def test_an_operator_finds_the_desk_and_the_way_to_it(office) -> None:
    answer = office.get("/office/")

    assert answer.status_code == 200
    assert 'href="/office/"' in answer.content.decode()


def test_a_buyer_is_shown_no_way_to_the_office(buyer) -> None:
    assert "/office" not in buyer.get("/").content.decode()


def test_who_stops_being_an_operator_is_out_at_once(office, operator) -> None:
    let_operate(user_id=operator.pk, is_operator=False)

    assert office.get("/office/").status_code == 404
    assert not User.objects.operators().exists()
