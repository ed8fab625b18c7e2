"""Doors for people's programs: opened by an access token, never by a cookie."""

from __future__ import annotations

import base64
import binascii
from functools import wraps
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt

from pennywhistle.apps.users.models import AccessToken
from pennywhistle.apps.users.tokens import user_of_token
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.inert import extra_sent
from pennywhistle.interfaces.common.ranged import Sent, ranged_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.delivery.folders import ShownFile
    from pennywhistle.apps.users.models import User

    P = ParamSpec("P")

MINE = "private, no-store"
_CREDENTIALS_CHARS_MAX = 1_000


def for_programs(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Find whose token comes as a bearer, or as the password of Basic with any name; else 401."""

    @wraps(view)
    def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        token = _token(request.headers.get("Authorization", ""))
        user = user_of_token(token, scope=AccessToken.Scope.SHELF, now=now()) if token else None
        if user is None:
            response: HttpResponseBase = HttpResponse(
                "An access token is needed; make one on your account's page.\n",
                status=401,
                content_type="text/plain; charset=utf-8",
            )
            response["WWW-Authenticate"] = 'Basic realm="Shelf", charset="UTF-8", Bearer'
        else:
            response = view(request, user, *args, **kwargs)
        if "Cache-Control" not in response:
            response["Cache-Control"] = MINE
        return response

    # A cookie opens nothing here, so that no other site can have anything done.
    return login_not_required(csrf_exempt(opened))


def _token(authorization: str) -> str:
    scheme, _, written = authorization.strip().partition(" ")
    written = written.strip()
    if len(written) > _CREDENTIALS_CHARS_MAX:
        return ""
    if scheme.lower() == "bearer":
        return written
    if scheme.lower() != "basic":
        return ""
    try:
        _, _, password = base64.b64decode(written, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return password


def send_shown(request: HttpRequest, file: ShownFile, person: User) -> HttpResponseBase:
    """Answer GET or HEAD with an owned file from this address itself, with its hash if known.

    The hash is that of RFC 9530: the whole file's, also where a part is sent.
    """
    kept = file.kept
    digest = base64.b64encode(bytes.fromhex(kept.sha256)).decode() if kept else ""
    headers = {"Repr-Digest": f"sha-256=:{digest}:"} if digest else {}
    sent = Sent(file.mime_type, MINE, headers=headers)
    if file.extra_public_id:
        sent = extra_sent(file.name, file.mime_type, headers=headers)
    if request.method == "HEAD":
        # nginx would drop the hash.
        return ranged_response(request, file.source, sent)
    return hand_over(request, file.source, sent, person=person.pk)
