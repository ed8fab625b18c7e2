"""What all answers of the API have in common: who may read them, and how fresh they are."""

from __future__ import annotations

import hashlib
import logging
from functools import wraps
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from pennywhistle.interfaces.api.access import access_of
from pennywhistle.interfaces.api.problems import (
    BROKEN,
    NOT_ALLOWED,
    ProblemError,
    problem_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]

logger = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
# Whoever asks again within it gets what they have.
FRESH = "private, max-age=60"
# Pages of anybody may read: there is nothing here of whoever looks, and no cookie counts.
FOR_ALL_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, RateLimit, RateLimit-Policy, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Authorization, X-API-Key, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def for_programs(view: View) -> View:
    """A view that any program may ask, within its limits."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204, headers=PREFLIGHT)
            response["Allow"] = METHODS
        else:
            response = _counted(view, request, *args, **named)
        for name, value in FOR_ALL_PAGES.items():
            response[name] = value
        return response

    return csrf_exempt(login_not_required(answered))


def _counted(view: View, request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
    try:
        access = access_of(request)
        response = _read(view, request, *args, **named)
    except ProblemError as problem:
        return problem_response(problem)
    for name, value in access.headers.items():
        response[name] = value
    return response


def _read(view: View, request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
    """The view's answer, or that it is the one that is known already."""
    if request.method not in {"GET", "HEAD"}:
        raise ProblemError(NOT_ALLOWED, "Use GET.", headers={"Allow": METHODS})
    asked, request.method = request.method, "GET"
    try:
        response = view(request, *args, **named)
    except ProblemError as problem:
        response = problem_response(problem)
    except Exception:
        # Whatever it is, programs are told in the form that they read.
        logger.exception("A question to the API was not answered: %s", request.path)
        response = problem_response(
            ProblemError(BROKEN, "Try again later; it has been noted for whoever runs the store.")
        )
    finally:
        request.method = asked
    if response.status_code != 200 or not isinstance(response, HttpResponse):  # noqa: PLR2004 (OK)
        return response
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    response.setdefault("Cache-Control", FRESH)
    known = get_conditional_response(request, etag=etag, response=response)
    return known if known is not None else response
