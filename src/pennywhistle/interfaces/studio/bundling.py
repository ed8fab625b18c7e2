"""A supplier's bundles and sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pennywhistle.apps.intake.supplied import releases_of
from pennywhistle.apps.offers.actions import BundleAsked, close_bundle, make_bundle
from pennywhistle.apps.offers.actions.sales import end_sale, set_sale
from pennywhistle.apps.offers.errors import OfferError
from pennywhistle.apps.offers.queries import bundle_named, suppliers_of
from pennywhistle.apps.rights.actions import GrantError
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.studio.offer_forms import BundleForm, SaleForm
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.catalog.models import Release


@require_http_methods(["GET", "POST"])
@members_only
def bundle_new(request: HttpRequest) -> HttpResponse:
    """Offer releases together."""
    person = person_of(request)
    form = BundleForm(
        request.POST or None,
        suppliers=suppliers_of(user=person),
        releases=releases_of(user=person),
        currency=store_of(request).currency,
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        asked = BundleAsked(
            supplier_id=said["supplier"].pk,
            title=said["title"],
            kind=form.kind,
            valid=form.period,
            release_ids=tuple(each.pk for each in said["releases"]),
            party_id=said["party"].pk if said["party"] else None,
            price=said["price"],
            part=said["part"],
        )
        try:
            made = make_bundle(asked=asked, now=timezone.now())
        except OfferError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("It is offered. Look at what it costs here."))
            return redirect("bundle", made.public_id)
    context = {
        "title": gettext("A bundle"),
        "lede": gettext(
            "Whoever buys all of it pays less. Each release is sold by itself at its part of the "
            "price, which must not be below its floor; what a buyer owns already counts."
        ),
        "form": form,
        "action": request.path,
    }
    status = 400 if form.is_bound else 200
    return render(request, "studio/offer_form.html", context, status=status)


@require_POST
@members_only
def bundle_end(request: HttpRequest, public_id: str) -> HttpResponse:
    """Offer it no more."""
    ids = list(suppliers_of(user=person_of(request)).values_list("id", flat=True))
    found = bundle_named(public_id, supplier_ids=ids)
    if found is None:
        raise Http404
    close_bundle(bundle_id=found.pk, now=timezone.now())
    messages.success(request, gettext("It has ended. What was bought stays bought."))
    return redirect("studio-offers")


@require_http_methods(["GET", "POST"])
@members_only
def sale(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lower the prices of a release and its tracks for some days."""
    release = _release(request, public_id)
    form = SaleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_sale(
                release_id=release.pk,
                part=form.cleaned_data["part"],
                valid=form.period,
                now=timezone.now(),
            )
        except (OfferError, GrantError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("The sale is set. It ends by itself."))
            return redirect("studio-release", public_id)
    context = {
        "title": gettext("A sale of %(title)s") % {"title": release.title},
        "lede": gettext(
            "For some days the release and its tracks cost less. Buyers are shown the lowest price "
            "of the thirty days before, as the law asks for (directive 98/6/EC, article 6a)."
        ),
        "form": form,
        "action": request.path,
    }
    status = 400 if form.is_bound else 200
    return render(request, "studio/offer_form.html", context, status=status)


@require_POST
@members_only
def sale_end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a sale before its day."""
    end_sale(release_id=_release(request, public_id).pk, now=timezone.now())
    messages.success(request, gettext("The sale is over."))
    return redirect("studio-release", public_id)


def _release(request: HttpRequest, public_id: str) -> Release:
    found = releases_of(user=person_of(request)).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
