"""What search engines and programs fetch: site maps, robots.txt, and the dump of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.publishing import FILES
from pennywhistle.apps.reach.sitemaps import INDEX_NAME
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.public_addresses import address_of
from pennywhistle.interfaces.common.ranged import Sent
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

FRESH = "public, max-age=3600"
# What is somebody's own, what changes something, and what would be crawled without an end.
CLOSED = (
    *("/account/", "/balance", "/cart", "/checkout", "/compare/", "/dav/", "/deliveries/"),
    *("/demo/", "/download/", "/extra/", "/fakepay/", "/fetch/", "/following", "/gift/"),
    *("/gifts", "/hooks/", "/invoices", "/office", "/orders", "/pre-order", "/receipt/"),
    *("/refund/", "/search", "/shelf", "/stream/", "/studio", "/sync/", "/territory"),
    *("/wishes", "/withdraw"),
)


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read, and where the list of it is (RFC 9309)."""
    del request
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    lines += ["", f"Sitemap: {address_of('sitemap')}", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = FRESH
    return response


@require_safe
@login_not_required
@tells_delays
def sitemap(request: HttpRequest) -> HttpResponseBase:
    """The index of the site maps."""
    return _file(request, PublicFile.Group.SITEMAP, INDEX_NAME)


@require_safe
@login_not_required
@tells_delays
def sitemap_part(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the site maps."""
    return _file(request, PublicFile.Group.SITEMAP, name)


@require_safe
@login_not_required
@tells_delays
def dump_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of the dump; the whole or a part, for who was interrupted."""
    return _file(request, PublicFile.Group.DUMP, name)


@require_safe
@login_not_required
def dump(request: HttpRequest) -> HttpResponse:
    """What there is of the dump: the open API tells."""
    del request
    return redirect("api:dump")


def _file(request: HttpRequest, group: str, name: str) -> HttpResponseBase:
    row = queries.public_file(group, name)
    if row is None:
        raise Http404
    if _is_known(request, row):
        response: HttpResponseBase = HttpResponse(status=304)
        response["ETag"] = f'"{row.sha256}"'
        response["Cache-Control"] = FRESH
    else:
        kept = Kept(FILES, row.sha256, row.size_bytes, 0, row.sha256)
        try:
            response = hand_over(request, kept, Sent(row.mime_type, FRESH, is_ours_alone=True))
        except StoredFileMissingError as error:
            raise Http404 from error
    response["Last-Modified"] = http_date(row.changed_at.timestamp())
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _is_known(request: HttpRequest, row: PublicFile) -> bool:
    """Whether it is as it was when the reader fetched it, by the date alone (RFC 9110, 13.1.3)."""
    said = request.headers.get("If-Modified-Since", "")
    if not said or "If-None-Match" in request.headers or "Range" in request.headers:
        return False
    since = parse_http_date_safe(said)
    return since is not None and int(row.changed_at.timestamp()) <= since
