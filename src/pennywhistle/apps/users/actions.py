"""Making people's accounts other than by their own sign-up, and changing what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction

from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def ensure_user(*, email: str, password: str, name: str, country: str, now: datetime) -> User:
    """The person of this address, made with a confirmed address if there is none.

    Somebody who is there already keeps their password and name.
    """
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(
            email, password, name=name, country=country, date_joined=now
        )
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def let_operate(*, user_id: int, is_operator: bool = True) -> None:
    """Let a person into the office, or out of it; the same again changes nothing."""
    User.objects.filter(id=user_id).update(is_staff=is_operator)


def describe_user(*, user_id: int, name: str, country: str) -> None:
    """Note a person's name and where they live (ISO 3166-1 alpha-2).

    The country decides what may be sold to them from now on; what was sold stays as it was.
    """
    User.objects.filter(id=user_id).update(name=name, country=country)


def move_user(*, user_id: int, country: str) -> None:
    """Note where a person lives, as `describe_user` does, where an operator found it out."""
    User.objects.filter(id=user_id).update(country=country)
