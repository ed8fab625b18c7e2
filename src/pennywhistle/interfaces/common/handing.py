"""Handing a file over: by ourselves, by nginx in front of us, or by the bucket where it lies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.timezone import now

from pennywhistle.apps.delivery.errors import BusyError
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.media.folders import signed_address
from pennywhistle.interfaces.common.open_answers import (
    LARGE_BYTES,
    OPEN_ANSWERS,
    Place,
    let_go_of_database,
)
from pennywhistle.interfaces.common.ranged import (
    GrowingSource,
    add_headers,
    ranged_response,
    unmet_condition,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.interfaces.common.ranged import RangedSource, Sent

# As docs/running/storage.md has nginx configured.
NGINX_LOCATION = "/_files"
# Slow readers do not go by the second.
TOO_MANY_RETRY_AFTER_S = 10
_CONDITIONS = {"If-Match", "If-None-Match", "If-Range"}


def hand_over(
    request: HttpRequest,
    source: RangedSource | GrowingSource,
    sent: Sent,
    *,
    person: Hashable = None,
) -> HttpResponseBase:
    """Answer GET or HEAD with a file, or tell who sends it (`settings.FILES_SENT_BY`).

    Raises a DeliveryError: BusyError also where too many answers, large ones or of files that are
    still made, are on their way to this person or from this process.
    """
    if isinstance(source, Kept) and not sent.is_ours_alone:
        elsewhere = _sent_elsewhere(request, source, sent)
        if elsewhere is not None:
            return elsewhere
    place = _take_place(person) if _may_wait(request, source) else None
    try:
        if place is not None:
            let_go_of_database()
        response = ranged_response(request, source, sent)
        if isinstance(response, StreamingHttpResponse) and request.method != "HEAD":
            if place is None and _is_large(response):
                place = _take_place(person)
            if place is not None:
                place.keep_for(response)
                place = None
    finally:
        if place is not None:
            place.leave()
    return response


@contextmanager
def place_to_wait(person: Hashable) -> Iterator[None]:
    """Count somebody who waits for what is being made. Raises BusyError if too many do."""
    place = _take_place(person)
    let_go_of_database()
    try:
        yield
    finally:
        place.leave()


def _may_wait(request: HttpRequest, source: RangedSource | GrowingSource) -> bool:
    """Whether somebody waits for a file that grows, in one of the server's threads."""
    return (
        isinstance(source, GrowingSource)
        and request.method == "GET"
        and unmet_condition(request, source.etag) is None
    )


def _is_large(response: StreamingHttpResponse) -> bool:
    return int(response.get("Content-Length", str(LARGE_BYTES))) >= LARGE_BYTES


def _take_place(person: Hashable) -> Place:
    place = OPEN_ANSWERS.take(person=person)
    if place is None:
        raise BusyError(TOO_MANY_RETRY_AFTER_S)
    return place


def _sent_elsewhere(request: HttpRequest, kept: Kept, sent: Sent) -> HttpResponse | None:
    if settings.FILES_SENT_BY == "nginx":
        return _by_nginx(request, kept, sent)
    # What is played stays on our own origin, to which pages are confined.
    if settings.FILES_SENT_BY == "bucket" and sent.file_name and _is_plain(request):
        headers = (sent.content_type, sent.disposition)
        address = signed_address(kept.folder, kept.sha256, headers=headers, now=now())
        if address is not None:
            response = HttpResponseRedirect(address)
            response["Cache-Control"] = "private, no-store"
            response["Referrer-Policy"] = "no-referrer"
            return response
    return None


def _is_plain(request: HttpRequest) -> bool:
    """The address is signed for GET alone, and the bucket knows no tag but its own."""
    return request.method == "GET" and request.headers.keys().isdisjoint(_CONDITIONS)


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
