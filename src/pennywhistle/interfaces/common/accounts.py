"""How allauth makes this store's users."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.users.models import User


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """A user knows when they came; interfaces read the clock, models do not."""

    def new_user(self, request: HttpRequest) -> User:
        """An empty user to be filled by the sign-up form."""
        user = cast("User", super().new_user(request))
        user.date_joined = timezone.now()
        return user
