"""To everybody but operators the office is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from builders import a_user
from pennywhistle.apps.users.actions import let_operate
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.office.urls import urlpatterns

if TYPE_CHECKING:
    from django.urls import URLPattern

PARAMETER = re.compile(r"<[^>]+>")


def address_of(pattern: URLPattern) -> str:
    """An address of this pattern; whatever it names need not exist."""
    return f"/office/{PARAMETER.sub('1', str(pattern.pattern))}"


ADDRESSES = sorted(address_of(pattern) for pattern in urlpatterns)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["stranger", "buyer", "supplier", "former"])
def test_the_office_is_not_there_for_others(who, address, buyer, supplier) -> None:
    former = Client()
    fired = a_user("former@example.org")
    fired.is_staff, fired.is_active = True, False
    former.force_login(fired)
    client = {"stranger": Client(), "buyer": buyer, "supplier": supplier, "former": former}[who]

    assert client.get(address).status_code == 404
    assert client.post(address, {"name": "x"}).status_code == 404
    assert client.put(address).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_request_without_a_token_tells_a_stranger_nothing(address, store) -> None:
    assert Client(enforce_csrf_checks=True).post(address).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_operator_needs_the_token(address, operator) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)

    assert client.post(address).status_code == 403


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
