"""Accounts: signing up by mail, the same words for known and unknown addresses, the demo's mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from builders import a_store, a_user
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
PASSWORD = "whistle-while-you-work"


def sign_up(client: Client, email: str, **fields: str) -> tuple[int, str]:
    answer = client.post(
        "/account/signup/",
        {"email": email, "password1": PASSWORD, "country": "DE", "name": "Robin", **fields},
    )
    return answer.status_code, answer.headers.get("Location", "")


def a_confirmed_user(email: str) -> User:
    user = a_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def test_signing_up_keeps_the_country_and_waits_for_the_mail() -> None:
    a_store()
    client = Client()

    assert sign_up(client, "new@example.org") == (302, "/account/confirm-email/")

    user = User.objects.get()
    assert (user.country, user.name) == ("DE", "Robin")
    assert client.get("/shelf").status_code == 302
    link = re.search(r"http://\S+(/account/confirm-email/\S+)", mail.outbox[0].body)
    assert link is not None
    assert client.post(link[1]).status_code == 302
    signed_in = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert signed_in.status_code == 302
    assert client.get("/shelf").status_code == 200


@pytest.mark.parametrize(
    "fields", [{"country": ""}, {"country": "XX"}, {"password1": "short"}, {"email": "no"}]
)
def test_signing_up_with_half_of_it_makes_nobody(fields: dict[str, str]) -> None:
    a_store()

    status, _ = sign_up(Client(), **({"email": "new@example.org"} | fields))

    assert status in {200, 400}
    assert not User.objects.exists()


def test_nobody_makes_themselves_staff() -> None:
    a_store()

    sign_up(Client(), "new@example.org", is_staff="on", is_superuser="on", is_active="")

    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


def test_signing_up_answers_alike_for_a_known_address() -> None:
    a_store()
    a_confirmed_user("known@example.org")

    unknown = sign_up(Client(), "unknown@example.org")
    known = sign_up(Client(), "known@example.org")

    assert known == unknown
    assert User.objects.filter(email="known@example.org").count() == 1


def test_a_new_password_answers_alike_for_known_and_unknown() -> None:
    a_store()
    a_confirmed_user("known@example.org")

    answers = [
        Client().post("/account/password/reset/", {"email": email})
        for email in ("known@example.org", "unknown@example.org")
    ]

    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_a_wrong_password_and_an_unknown_address_answer_alike() -> None:
    a_store()
    a_confirmed_user("known@example.org")

    pages = [
        Client().post("/account/login/", {"login": email, "password": "not-this-one"})
        for email in ("known@example.org", "unknown@example.org")
    ]

    messages = [re.findall(r'class="errorlist[^>]*>(.*?)</ul>', p.content.decode()) for p in pages]
    assert messages[0] == messages[1] != []
    assert pages[0].status_code == pages[1].status_code


def test_the_demo_shows_its_mails(settings: SettingsWrapper, tmp_path: Path) -> None:
    a_store()
    settings.MODE = "demo"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    client = Client()
    sign_up(client, "new@example.org")

    page = client.get("/demo/mail").content.decode()

    assert "new@example.org" in page
    link = re.search(r'href="http://[^/"]+(/account/confirm-email/[^"]+)"', page)
    assert link is not None
    assert client.get(link[1]).status_code == 200
    assert "/demo/mail" in client.get("/account/confirm-email/").content.decode()


@pytest.mark.parametrize("mode", ["production", "test"])
def test_no_other_store_shows_mails(mode: str, settings: SettingsWrapper, tmp_path: Path) -> None:
    a_store()
    settings.MODE = mode
    settings.EMAIL_FILE_PATH = str(tmp_path)
    (tmp_path / "a.log").write_text("Subject: secret\nTo: me@example.org\n\ntext\n")

    assert Client().get("/demo/mail").status_code == 404
    assert "/demo/mail" not in Client().get("/account/confirm-email/").content.decode()


def test_signing_out_ends_the_visit() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    client.post("/account/logout/")

    assert client.get("/shelf").status_code == 302


def test_whoever_moves_says_so_and_buys_there() -> None:
    a_store()
    user, client = a_confirmed_user("mover@example.org"), Client()
    client.force_login(user)
    fixed = client.get("/territory?next=/new").content.decode()
    assert 'href="/account/profile?next=/new"' in fixed

    moved = client.post(
        "/account/profile", {"name": "Robin", "country": "DE", "next": "/new"}, follow=True
    )

    assert moved.redirect_chain == [("/new", 302)]
    assert "You buy in this country now: Germany." in moved.content.decode()
    user.refresh_from_db()
    assert (user.name, user.country) == ("Robin", "DE")
    assert "Your account says Germany" in client.get("/territory").content.decode()


@pytest.mark.parametrize("country", ["", "XX", "USA", "de", "US' --"])
def test_a_country_that_is_none_changes_nothing(country: str) -> None:
    a_store()
    user, client = a_confirmed_user("mover@example.org"), Client()
    client.force_login(user)

    answer = client.post("/account/profile", {"name": "Robin", "country": country})

    assert answer.status_code == 400
    user.refresh_from_db()
    assert (user.name, user.country) == ("", "US")


def test_after_a_move_nobody_is_led_to_another_site() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    moved = client.post("/account/profile", {"country": "FR", "next": "https://elsewhere.example/"})

    assert moved.headers["Location"].startswith("/")
    assert not moved.headers["Location"].startswith("//")


def test_strangers_have_no_name_and_country_to_change() -> None:
    a_store()

    answer = Client().post("/account/profile", {"country": "FR"})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/")
