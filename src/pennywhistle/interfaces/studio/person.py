"""Who stands in the studio: a signed-in person who acts for at least one party."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.shortcuts import get_object_or_404, redirect

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.societies.models import Society

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from pennywhistle.apps.users.models import User

P = ParamSpec("P")


def person_of(request: HttpRequest) -> User:
    """The person behind a view that needs a signed-in one."""
    assert request.user.is_authenticated
    return request.user


def members_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Whoever acts for nobody yet is shown how to open a studio."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not Party.objects.acted_for_by(user=person_of(request)).exists():
            return redirect("studio-open")
        return view(request, *args, **kwargs)

    return guarded


def society_of(request: HttpRequest, public_id: str) -> Society:
    """The society of that code, if the person acts for it; 404 else."""
    mine = Society.objects.acted_for_by(user=person_of(request))
    return get_object_or_404(mine, party__public_id=public_id)


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page alone (a boosted navigation asks for all of it)."""
    return request.headers.get("HX-Request-Type") == "partial"
