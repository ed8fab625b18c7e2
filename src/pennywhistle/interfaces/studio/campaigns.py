"""A supplier's campaigns: begun, given codes, ended; the codes as a table to hand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.intake.supplied import releases_of
from pennywhistle.apps.offers.actions import (
    CampaignAsked,
    add_code,
    add_single_codes,
    close_campaign,
    make_campaign,
)
from pennywhistle.apps.offers.errors import OfferError
from pennywhistle.apps.offers.queries import campaign_named, suppliers_of
from pennywhistle.interfaces.common.campaign_page import campaign_page, codes_answer
from pennywhistle.interfaces.common.offer_forms import (
    SharedCodeForm,
    SingleCodesForm,
)
from pennywhistle.interfaces.studio.offer_forms import CampaignForm
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.offers.models import Campaign

_PAGE = "studio/campaign.html"


@require_http_methods(["GET", "POST"])
@members_only
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Begin a campaign."""
    person = person_of(request)
    form = CampaignForm(
        request.POST or None,
        suppliers=suppliers_of(user=person),
        releases=releases_of(user=person),
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        asked = CampaignAsked(
            supplier_id=said["supplier"].pk,
            title=said["title"],
            part=said["part"],
            valid=form.period,
            release_ids=tuple(each.pk for each in said["releases"]),
        )
        try:
            made = make_campaign(asked=asked, now=timezone.now())
        except OfferError as error:
            form.add_error(None, str(error))
        else:
            return redirect("studio-campaign", made.public_id)
    context = {
        "title": gettext("A campaign"),
        "lede": gettext(
            "Whoever has one of its codes pays less. The price is divided as always, "
            "and never falls below the floor."
        ),
        "form": form,
        "action": request.path,
    }
    status = 400 if form.is_bound else 200
    return render(request, "studio/offer_form.html", context, status=status)


@require_GET
@members_only
def campaign(request: HttpRequest, public_id: str) -> HttpResponse:
    """A campaign with its codes."""
    return campaign_page(request, _PAGE, _mine(request, public_id))


@require_POST
@members_only
def codes_single(request: HttpRequest, public_id: str) -> HttpResponse:
    """Draw a batch of codes for one use each."""
    found = _mine(request, public_id)
    form = SingleCodesForm(request.POST)
    if form.is_valid():
        count = form.cleaned_data["count"]
        try:
            add_single_codes(campaign_id=found.pk, count=count, now=timezone.now())
        except OfferError as error:
            form.add_error(None, str(error))
        else:
            drawn = ngettext("%(count)s code was drawn.", "%(count)s codes were drawn.", count)
            messages.success(request, drawn % {"count": count})
            return redirect("studio-campaign", public_id)
    return campaign_page(request, _PAGE, found, single=form)


@require_POST
@members_only
def code_shared(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give it a code for several buyers."""
    found = _mine(request, public_id)
    form = SharedCodeForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            add_code(campaign_id=found.pk, text=said["text"], uses=said["uses"], now=timezone.now())
        except OfferError as error:
            form.add_error("text", str(error))
        else:
            return redirect("studio-campaign", public_id)
    return campaign_page(request, _PAGE, found, shared=form)


@require_POST
@members_only
def campaign_end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End it: none of its codes counts any more."""
    close_campaign(campaign_id=_mine(request, public_id).pk, now=timezone.now())
    messages.success(request, gettext("It has ended. What was bought stays bought."))
    return redirect("studio-offers")


@require_GET
@members_only
def campaign_csv(request: HttpRequest, public_id: str) -> HttpResponse:
    """All its codes as a table."""
    found = _mine(request, public_id)
    return codes_answer(found)


def _mine(request: HttpRequest, public_id: str) -> Campaign:
    ids = list(suppliers_of(user=person_of(request)).values_list("id", flat=True))
    found = campaign_named(public_id, supplier_ids=ids)
    if found is None:
        raise Http404
    return found
