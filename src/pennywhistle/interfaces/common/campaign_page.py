"""The page of a campaign with its codes, as the studio and the office draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render

from pennywhistle.interfaces.common.offer_forms import (
    SharedCodeForm,
    SingleCodesForm,
    campaign_text,
    code_drawn,
    codes_csv,
)

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest

    from pennywhistle.apps.offers.models import Campaign

_CODES_SHOWN_MAX = 200


def campaign_page(
    request: HttpRequest,
    template: str,
    found: Campaign,
    *,
    single: forms.Form | None = None,
    shared: forms.Form | None = None,
) -> HttpResponse:
    """A campaign with its newest codes; a form that is given was refused."""
    codes = list(found.codes.order_by("-id")[: _CODES_SHOWN_MAX + 1])
    context = {
        "campaign": campaign_text(found),
        "releases": [each.release.title for each in found.listed.select_related("release")],
        "codes": [code_drawn(each) for each in codes[:_CODES_SHOWN_MAX]],
        "has_more": len(codes) > _CODES_SHOWN_MAX,
        "single": single or SingleCodesForm(),
        "shared": shared or SharedCodeForm(),
    }
    return render(request, template, context, status=400 if single or shared else 200)


def codes_answer(found: Campaign) -> HttpResponse:
    """All codes of a campaign as a table to keep."""
    return HttpResponse(
        codes_csv(found.codes.order_by("id")),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="codes-{found.public_id}.csv"'},
    )
