"""Checking a release message: a dropped file, what would come of it, and nothing is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.common.release_message import look_at
from pennywhistle.interfaces.common.world import regions_of, territories_text
from pennywhistle.interfaces.studio.check_turns import NoTurnError, checks_per_hour_max, turn_of
from pennywhistle.interfaces.studio.findings import groups_of, row_of
from pennywhistle.interfaces.studio.limits import MESSAGE_ROWS_SHOWN_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.interfaces.studio.receiving import UploadHandler
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest, HttpResponse, HttpResponseBase

    from pennywhistle.engines.ddex.outlook import Sale, Stopped
    from pennywhistle.interfaces.common.release_message import Look

_STOPS = {
    "take-down": _("The message takes it down."),
    "purge": _("The message purges it."),
    "no-deal": _("No deal of the message lets it be sold as a download."),
}


class CheckForm(forms.Form):
    """Which message is looked at."""

    message = forms.FileField(label=_("Message"), max_length=300, allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        self.fields["message"].help_text = gettext(
            "One XML file: NewReleaseMessage or PurgeReleaseMessage, ERN 3.4 to 4.3.2. "
            "Up to %(most)s."
        ) % {"most": size_text(settings.ERN_BYTES_MAX)}


@csrf_exempt
def ern_check(request: HttpRequest) -> HttpResponseBase:
    """Set what takes the file before anything reads the request; its check comes after."""
    handler = UploadHandler(request, file_bytes_max=settings.ERN_BYTES_MAX)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _ern_check(request, handler)


@csrf_protect
@require_http_methods(["GET", "POST"])
@members_only
def _ern_check(request: HttpRequest, handler: UploadHandler) -> HttpResponse:
    """The form, and what would come of the message that was sent with it."""
    if request.method == "GET":
        return _page(request, CheckForm())
    form = CheckForm(request.POST, request.FILES)
    if handler.refusal:
        form.is_valid()
        form.add_error(None, handler.refusal)
        return _page(request, form, status=413)
    if not form.is_valid():
        return _page(request, form, status=400)
    file = cast("UploadedFile[Any]", form.cleaned_data["message"])
    try:
        with turn_of(person_of(request).pk, at=timezone.now()):
            shown = _shown(look_at(file.read()))
    except NoTurnError as error:
        form.add_error(None, _not_now(error))
        response = _page(request, form, status=429)
        response["Retry-After"] = str(error.retry_after_s)
        return response
    return _page(request, CheckForm(), shown={"name": str(file.name), **shown})


def _not_now(error: NoTurnError) -> str:
    if not error.is_spent:
        return gettext("Other messages are being checked just now. Try again in a moment.")
    return gettext(
        "You had %(count)s messages checked in this hour, and that is the most. For many, use"
        " the command: pennywhistle ern check."
    ) % {"count": checks_per_hour_max}


def _page(
    request: HttpRequest,
    form: CheckForm,
    *,
    shown: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "action": reverse("studio-ern-check"), "shown": shown}
    return render(request, "studio/ern_check.html", context, status=status)


def _shown(look: Look) -> dict[str, Any]:
    """A look as its template draws it."""
    outlook = look.outlook
    if outlook is None:
        return {"refusal": look.refusal}
    assert look.schema is not None, "every message that was read was looked at by the schema"
    most = MESSAGE_ROWS_SHOWN_MAX
    # Where a deal was refused, that no other one is left says nothing more.
    refused = {stop.release for stop in outlook.stopped if stop.code not in _STOPS}
    stops = [s for s in outlook.stopped if s.code != "no-deal" or s.release not in refused]
    return {
        "outlook": outlook,
        "is_usable": look.is_usable,
        "sales": [
            _sale(sale, place, look.titles)
            for sale, place in list(zip(outlook.sold, look.places, strict=True))[:most]
        ],
        "sales_more": max(0, len(outlook.sold) - most),
        "regions": _regions(look),
        "stops": [_stop(stop, look.titles) for stop in stops[:most]],
        "stops_more": max(0, len(stops) - most),
        "groups": groups_of([row_of(finding) for finding in outlook.findings]),
        "schema": look.schema,
        "schema_rows": look.schema.findings[:most],
        "not_kept": outlook.not_kept[:most],
        "not_kept_count": outlook.not_kept_count,
    }


def _sale(sale: Sale, place: Territories, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "title": sale.title or titles.get(sale.release) or sale.release,
        "where": territories_text(place),
        "count": len(place),
        "periods": [_period(period) for period in sale.periods],
        "prices": sale.prices,
        "is_pre_order": sale.is_pre_order,
    }


def _period(period: str) -> str:
    """A stretch in the message's own dates, since they are local in each territory."""
    starts, _slash, ends = (_isolated(part) for part in period.partition("/"))
    if starts and ends:
        return gettext("%(first)s to %(last)s") % {"first": starts, "last": ends}
    if starts:
        return gettext("from %(first)s") % {"first": starts}
    return gettext("until %(last)s") % {"last": ends} if ends else gettext("at once")


def _isolated(day: str) -> str:
    """A day as it is written, which an Arabic page would turn around (UAX 9, LRI and PDI)."""
    return f"\u2066{day}\u2069" if day else ""


def _stop(stop: Stopped, titles: Mapping[str, str]) -> dict[str, Any]:
    # Of a refused deal the outlook has the value that was wrong, not the place.
    where = stop.where if stop.code in _STOPS else ""
    return {
        "title": stop.title or titles.get(stop.release) or stop.release,
        "where": gettext("everywhere") if where == "Worldwide" else where,
        "reason": _STOPS.get(stop.code, ""),
        "code": stop.code,
    }


def _regions(look: Look) -> Any:  # noqa: ANN401 (parts/_world.html)
    """The map of where the release would be sold, now or later; nothing where it would not be."""
    sold = Territories.none()
    for sold_there in look.main_sales:
        sold |= sold_there[1]
    if not sold:
        return ()
    return regions_of([(sold, True), (Territories.worldwide() - sold, False)])
