"""What goes wrong, told to programs: problem details for HTTP (RFC 9457), which say what to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import reverse

from pennywhistle.interfaces.common.public_addresses import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

MIME_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its name is stable, and the manual explains it under that name."""

    code: str
    status: int
    title: str


NOT_FOUND = Kind("not-found", 404, "There is no such thing here")
INVALID = Kind("invalid-question", 400, "The question cannot be understood")
NOT_ALLOWED = Kind("method-not-allowed", 405, "This is for reading only")
UNKNOWN_KEY = Kind("unknown-key", 401, "The key opens nothing")
TOO_MANY = Kind("too-many-questions", 429, "Too many questions within a minute")
NOT_READY = Kind("not-ready", 503, "Not ready yet")
BROKEN = Kind("broken", 500, "Something here is broken")
KINDS = (INVALID, UNKNOWN_KEY, NOT_FOUND, NOT_ALLOWED, TOO_MANY, NOT_READY, BROKEN)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A parameter and what is wrong with it."""

    where: str
    what: str


@dataclass(eq=False)
class ProblemError(Exception):
    """An answer that is a problem; `detail` says what to do about it."""

    kind: Kind
    detail: str
    wrong: tuple[Wrong, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_response(problem: ProblemError) -> HttpResponse:
    """A problem as an answer."""
    kind = problem.kind
    document: dict[str, object] = {
        "type": f"{whole(reverse('api:docs'))}#{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
    }
    if problem.wrong:
        document["errors"] = [{"where": each.where, "what": each.what} for each in problem.wrong]
    response = HttpResponse(json.dumps(document), status=kind.status, content_type=MIME_TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        response[name] = value
    return response
