"""The page that says what would come of a release message, and keeps nothing of it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from builders import a_user
from ern_messages import Built
from ern_terms import Terms
from pennywhistle.apps.intake.models import Delivery, Message
from pennywhistle.interfaces.studio import check_turns
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db


def checked(supplier, data: bytes, name: str = "message.xml"):
    file = SimpleUploadedFile(name, data, content_type="text/xml")
    return supplier.client.post(reverse("studio-ern-check"), {"message": file})


def test_a_message_is_told_with_its_map_and_nothing_is_kept(ada) -> None:
    sold = Terms(territories=("DE", "FR"), wholesale="3.50")
    message = Built(deals=(sold, Terms(releases=("R1",), wholesale="0.40")))

    answer = checked(ada, message.bytes())

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "could use this message" in text
    assert "Brass and Tin" in text
    assert "France, Germany" in text
    assert "3.50 EUR" in text
    assert text.count('class="tile is-open"') == 2
    assert text.count('<li class="tile') == len(Territories.worldwide())
    assert "No deal of the message lets it be sold" in text
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


def test_what_is_refused_is_told_with_rule_and_cure(ada) -> None:
    text = checked(ada, Built(deals=(Terms(wholesale="0.00"),)).bytes()).content.decode()

    assert "FreeOfChargeModel" in text
    assert "E2" in text
    assert "price-zero" in text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-xml"),
        (b"no xml", "not-xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "doctype"),
        (b"<a/>", "unknown-version"),
        (b"<a>" * 100_000, "too-deep"),
        ("<a>".encode("utf-16"), "encoding"),
    ],
)
def test_what_is_no_message_is_told(ada, data: bytes, code: str) -> None:
    answer = checked(ada, data)

    assert answer.status_code == 200
    assert "no message that the store can read" in answer.content.decode()
    assert answer.context["shown"]["refusal"].code in {code, "unknown-message", "not-xml"}


def test_a_file_beyond_the_limit_is_not_read_on(ada, settings) -> None:
    settings.ERN_BYTES_MAX = 20_000

    answer = checked(ada, b"<a>" + b"x" * 100_000)

    assert answer.status_code == 413
    assert "larger than" in answer.content.decode()


def test_no_file_is_said(ada) -> None:
    assert ada.client.post(reverse("studio-ern-check")).status_code == 400
    assert ada.client.get(reverse("studio-ern-check")).status_code == 200


def test_text_of_a_message_is_no_markup(ada) -> None:
    bad = "&lt;script&gt;alert(1)&lt;/script&gt;"
    answer = checked(ada, Built(message_id=bad, gtin=bad).bytes(), name="<script>x.xml")

    assert "<script>alert" not in answer.content.decode()
    assert "<script>x" not in answer.content.decode()


def test_it_is_for_people_with_a_studio(client) -> None:
    address = reverse("studio-ern-check")
    assert "login" in client.get(address)["Location"]
    client.force_login(a_user("nobody@example.org"))
    assert client.get(address)["Location"] == reverse("studio-open")
    assert client.post(address)["Location"] == reverse("studio-open")


def test_nobody_keeps_the_store_busy_with_checks(ada, monkeypatch) -> None:
    monkeypatch.setattr(check_turns, "checks_per_hour_max", 2)
    message = Built().bytes()

    with check_turns.turn_of(ada.user.pk, at=timezone.now()):
        busy = checked(ada, message)
    had = checked(ada, message)
    spent = checked(ada, message)

    assert (busy.status_code, busy["Retry-After"]) == (429, "10")
    assert "Try again in a moment" in busy.content.decode()
    assert had.status_code == 200
    assert spent.status_code == 429
    assert 0 < int(spent["Retry-After"]) <= 3_600
    assert "pennywhistle ern check" in spent.content.decode()
    assert len(check_turns.CHECKS_AT_ONCE) == 0
