"""Handing a file over: by ourselves, by nginx in front of us, or by the bucket where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.timezone import now

from pennywhistle.apps.delivery.errors import BusyError
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.media.folders import signed_address
from pennywhistle.interfaces.common.open_answers import LARGE_BYTES, OPEN_ANSWERS
from pennywhistle.interfaces.common.ranged import add_headers, ranged_response, unmet_condition

if TYPE_CHECKING:
    from collections.abc import Hashable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.interfaces.common.ranged import GrowingSource, RangedSource, Sent

# As docs/running/storage.md has nginx configured.
NGINX_LOCATION = "/_files"
# Slow readers do not go by the second.
TOO_MANY_RETRY_AFTER_S = 10


def hand_over(
    request: HttpRequest,
    source: RangedSource | GrowingSource,
    sent: Sent,
    *,
    person: Hashable = None,
) -> HttpResponseBase:
    """Answer GET or HEAD with a file, or tell who sends it (`settings.FILES_SENT_BY`).

    Raises a DeliveryError: BusyError also where too many large answers are on their way, to this
    person or from this process.
    """
    if isinstance(source, Kept):
        elsewhere = _sent_elsewhere(request, source, sent)
        if elsewhere is not None:
            return elsewhere
    response = ranged_response(request, source, sent)
    if not isinstance(response, StreamingHttpResponse):
        return response
    is_large = int(response.get("Content-Length", str(LARGE_BYTES))) >= LARGE_BYTES
    if is_large and not OPEN_ANSWERS.hold(response, person=person):
        raise BusyError(TOO_MANY_RETRY_AFTER_S)
    return response


def _sent_elsewhere(request: HttpRequest, kept: Kept, sent: Sent) -> HttpResponse | None:
    if settings.FILES_SENT_BY == "nginx":
        return _by_nginx(request, kept, sent)
    # What is played stays on our own origin, to which pages are confined.
    if settings.FILES_SENT_BY == "bucket" and sent.file_name:
        headers = (sent.content_type, sent.disposition)
        address = signed_address(kept.folder, kept.sha256, headers=headers, now=now())
        if address is not None:
            response = HttpResponseRedirect(address)
            response["Cache-Control"] = "private, no-store"
            response["Referrer-Policy"] = "no-referrer"
            return response
    return None


def _by_nginx(request: HttpRequest, kept: Kept, sent: Sent) -> HttpResponse | None:
    """An answer without content that names the file: nginx reads it, ranges and all.

    nginx knows no tag but its own, so that If-Range is answered here.
    """
    if "If-Range" in request.headers or kept.folder.here(kept.sha256) is None:
        return None
    response = unmet_condition(request, kept.etag)
    if response is None:
        response = HttpResponse(content_type=sent.content_type)
        place = f"{kept.folder.root.name}/{kept.sha256[:2]}/{kept.sha256}"
        response["X-Accel-Redirect"] = f"{NGINX_LOCATION}/{place}"
    add_headers(response, kept.etag, sent)
    return response
