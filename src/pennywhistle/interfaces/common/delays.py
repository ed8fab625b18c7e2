"""Files that cannot be handed over at this moment: said with when to ask again."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from pennywhistle.apps.delivery.errors import (
    BusyError,
    DeliveryError,
    NoRoomError,
    StorageAwayError,
)
from pennywhistle.apps.orders.actions.downloads import DownloadWaitsError
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.machine.storage import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    P = ParamSpec("P")
    View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

NO_ROOM_RETRY_AFTER_S = 60
STORAGE_RETRY_AFTER_S = 30


def tells_delays(view: View[P]) -> View[P]:
    """Let a view that hands out files answer in words where delivery cannot do so now."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except BusyError as error:
            return in_a_moment(request, error.retry_after_s)
        except NoRoomError:
            return _not_now(request, NO_ROOM_RETRY_AFTER_S)
        except (StorageAwayError, UnreachableError):
            return _not_now(request, STORAGE_RETRY_AFTER_S)
        except DeliveryError:
            return not_made(request)
        except DownloadWaitsError as error:
            return _waits(request, error)

    return answered


def _waits(request: HttpRequest, error: DownloadWaitsError) -> HttpResponse:
    """The buyer did not ask for downloads at once: when they begin, and how to have them now."""
    response: HttpResponse
    if wants_page(request):
        context = {"day": date_text(error.until), "order_id": error.order_id}
        response = render(request, "delivery/waits.html", context, status=403)
    else:
        text = _("Downloads of this order begin on %(day)s, or when its buyer asks for them.") % {
            "day": date_text(error.until)
        }
        response = HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Accept"])
    return response


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks that shows a page; all others would take a page for the file."""
    accepted = request.headers.get("Accept", "")
    return request.method == "GET" and "text/html" in accepted and "Range" not in request.headers


def in_a_moment(request: HttpRequest, retry_after_s: int) -> HttpResponse:
    """A page that fetches the file by itself; to other programs 503, which they wait on.

    No program may take the page for the file, and a person is not to be shown an error.
    """
    if wants_page(request):
        context = {"seconds": retry_after_s}
        response = render(request, "delivery/in_a_moment.html", context, status=202)
    else:
        text = _("Others are served first; ask again in %(seconds)d s.") % {
            "seconds": retry_after_s
        }
        response = HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    return _again(response, retry_after_s)


def not_made(request: HttpRequest) -> HttpResponse:
    """The file could not be made from its master."""
    response = render(request, "delivery/not_made.html", status=500)
    response["Cache-Control"] = "private, no-store"
    return response


def _not_now(request: HttpRequest, retry_after_s: int) -> HttpResponse:
    """The disk is full, or the bucket is away: nothing is lost, and it will pass."""
    return _again(render(request, "delivery/not_now.html", status=503), retry_after_s)


def _again(response: HttpResponse, retry_after_s: int) -> HttpResponse:
    response["Retry-After"] = str(retry_after_s)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Accept"])
    return response
