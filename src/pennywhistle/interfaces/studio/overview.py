"""The studio's first page, and opening a studio."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.intake.queries import deliveries
from pennywhistle.apps.intake.supplied import releases_of
from pennywhistle.apps.parties.actions import open_studio
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.statements.sales import earned_by_account
from pennywhistle.interfaces.common.format import exact_text
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_DELIVERIES_SHOWN = 5


class StudioForm(forms.Form):
    """Under which name somebody supplies or is paid."""

    name = forms.CharField(
        label=_("Name of the artist or label"),
        max_length=300,
        help_text=_("As it should stand in the shop and on statements."),
    )
    kind = forms.ChoiceField(
        label=_("This is"),
        choices=[
            (Party.Kind.PERSON, _("one person")),
            (Party.Kind.ORGANIZATION, _("a label, band or company")),
        ],
        initial=Party.Kind.PERSON,
    )


@require_GET
@members_only
def overview(request: HttpRequest) -> HttpResponse:
    """Who one acts for, what came in today and this month, and what waits for an answer."""
    person, now = person_of(request), timezone.now()
    today = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
    context = {
        "parties": Party.objects.acted_for_by(user=person).order_by("name", "id"),
        "earnings": [
            {
                "account": each.account,
                "today": exact_text(each.today),
                "month": exact_text(each.month),
                "all": exact_text(each.ever),
                "sales_today": each.sales_today,
            }
            for each in earned_by_account(user=person, today=today)
        ],
        "deliveries": deliveries(user=person, count_max=_DELIVERIES_SHOWN),
        "release_count": releases_of(user=person).count(),
        "empty": {
            "title": gettext("Put your first release on the shelves"),
            "text": gettext("Nothing is published before you have read a report and set a price."),
            "icon": "upload",
            "steps": [
                gettext("Upload FLAC, WAV, AIFF or ALAC files, with a cover if you have one."),
                gettext("Read what the store found: missing tags, lossy files, wrong numbers."),
                gettext("Say what it costs, where it is sold and who gets which share."),
            ],
            "action_url": reverse("studio-upload"),
            "action_label": gettext("Upload music"),
        },
    }
    return render(request, "studio/overview.html", context)


@require_http_methods(["GET", "POST"])
def open_one(request: HttpRequest) -> HttpResponse:
    """Name an artist or label, and have a studio."""
    form = StudioForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        party = open_studio(
            user_id=person_of(request).pk,
            name=form.cleaned_data["name"],
            kind=form.cleaned_data["kind"],
        )
        messages.success(request, gettext("The studio of %(name)s is open.") % {"name": party.name})
        return redirect("studio")
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "action": reverse("studio-open")}
    return render(request, "studio/open.html", context, status=status)
