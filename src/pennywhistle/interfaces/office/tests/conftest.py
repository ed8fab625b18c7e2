"""A store with an operator, and people who have no business in its office."""

from __future__ import annotations

import pytest
from django.test import Client

from builders import a_store, a_user
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.users.actions import let_operate
from pennywhistle.apps.users.models import User


def signed_in(user: User) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def store(db, settings, tmp_path):
    settings.DATA = tmp_path
    a_store()


@pytest.fixture
def operator(store) -> User:
    user = a_user("operator@example.org")
    let_operate(user_id=user.pk)
    user.refresh_from_db()
    return user


@pytest.fixture
def office(operator) -> Client:
    """The operator's browser."""
    return signed_in(operator)


@pytest.fixture
def buyer(store) -> Client:
    return signed_in(a_user())


@pytest.fixture
def supplier(store) -> Client:
    user = a_user("label@example.org")
    let_act(party_id=ensure_party(name="A Label").pk, user_id=user.pk)
    return signed_in(user)
