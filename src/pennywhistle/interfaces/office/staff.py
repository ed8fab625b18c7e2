"""Who stands in the office: the store's operators, and nobody else."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.views.decorators.csrf import csrf_exempt, csrf_protect

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from pennywhistle.apps.users.models import User

P = ParamSpec("P")


def operator_of(request: HttpRequest) -> User:
    """The operator behind a view that `staff_only` guards."""
    assert request.user.is_authenticated
    return request.user


def staff_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """To everybody but operators the office is not there. Stands above all other decorators.

    Neither a way to sign in nor a missing CSRF token nor a wrong method tells that an address
    exists: the person is asked for first, and the token is asked for behind that.
    """
    checked = csrf_protect(view)

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user = request.user
        if not (user.is_authenticated and user.is_active and user.is_staff):
            raise Http404
        return checked(request, *args, **kwargs)

    open_to_the_guard = login_not_required(csrf_exempt(guarded))
    open_to_the_guard.asks_for_staff = True  # type: ignore[attr-defined]
    return open_to_the_guard
