"""What a supplier lets people pay less for: campaigns with codes, bundles; and names for prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.offers.queries import bundles_of, campaigns_of, suppliers_of
from pennywhistle.apps.rights.actions import RateTerms, RegisterError, record_rate
from pennywhistle.apps.rights.tiers import tiers_of
from pennywhistle.interfaces.common.format import period_text, price_text
from pennywhistle.interfaces.common.offer_forms import campaign_drawn
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.studio.offer_forms import TierForm
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.offers.models import Bundle


@require_GET
@members_only
def offers(request: HttpRequest) -> HttpResponse:
    """All offers of one's parties."""
    suppliers = list(suppliers_of(user=person_of(request)))
    ids = [each.pk for each in suppliers]
    now = timezone.now()
    context = {
        "campaigns": [campaign_drawn(each) for each in campaigns_of(supplier_ids=ids)],
        "bundles": [_bundle(each) for each in bundles_of(supplier_ids=ids)],
        "tiers": [
            (each.name, tier.code, price_text(tier.price), tier.territories.describe())
            for each in suppliers
            for tier in tiers_of(supplier_id=each.pk, at=now)
        ],
        "may_offer": bool(suppliers),
    }
    return render(request, "studio/offers.html", context)


@require_http_methods(["GET", "POST"])
@members_only
def tier_new(request: HttpRequest) -> HttpResponse:
    """Name a price, or give a name another price: at once for all that stand under it."""
    currency = store_of(request).currency
    form = TierForm(
        request.POST or None, suppliers=suppliers_of(user=person_of(request)), currency=currency
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        terms = RateTerms(
            supplier_id=said["supplier"].pk,
            code=said["name"],
            territories=Territories.worldwide(),
            valid=Period.always(),
            price=said["price"],
            wholesale=Money.zero(currency),
        )
        try:
            record_rate(terms=terms, now=timezone.now())
        except RegisterError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("From now on this is what it costs."))
            return redirect("studio-offers")
    context = {
        "title": gettext("A tier"),
        "lede": gettext(
            "A name for a price. Releases and tracks that stand under it cost what it costs, "
            "so that one change is a change of all."
        ),
        "form": form,
        "action": request.path,
    }
    status = 400 if form.is_bound else 200
    return render(request, "studio/offer_form.html", context, status=status)


def _bundle(bundle: Bundle) -> dict[str, object]:
    part = bundle.part
    if part is None and bundle.price_micro is not None:
        price = price_text(Money(bundle.price_micro, bundle.currency))
    else:
        price = gettext("%(part)s off each") % {"part": share_text(part) if part else ""}
    return {
        "public_id": bundle.public_id,
        "title": bundle.title,
        "supplier": bundle.supplier.name,
        "grows": bundle.party.name if bundle.party else "",
        "price": price,
        "period": period_text(Period(bundle.valid_from, bundle.valid_until)),
        "is_over": bundle.closed_at is not None,
    }
