"""What the store itself gives away: campaigns with codes, and bonuses for large top-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.offers.actions import (
    CampaignAsked,
    add_code,
    add_single_codes,
    close_campaign,
    make_campaign,
)
from pennywhistle.apps.offers.errors import OfferError
from pennywhistle.apps.offers.limits import releases_listed_max
from pennywhistle.apps.offers.queries import campaign_named, campaigns_of
from pennywhistle.apps.payments.actions import set_bonus_step
from pennywhistle.apps.payments.bonus import bonus_steps
from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.interfaces.common.campaign_page import campaign_page, codes_answer
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.offer_forms import (
    PartForm,
    SharedCodeForm,
    SingleCodesForm,
    campaign_drawn,
)
from pennywhistle.interfaces.common.part_field import PartField, share_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.kernel.money import MICRO_MAX, Money

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.offers.models import Campaign

_PAGE = "office/campaign.html"
_PUBLIC_ID_LENGTH = 12


class StoreCampaignForm(PartForm):
    """A campaign of the store, for everything or for some releases."""

    releases = forms.CharField(
        label=_("Only for these releases"),
        required=False,
        max_length=20 * releases_listed_max,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false", "dir": "ltr"}),
        help_text=_("Their codes, the last part of their addresses. Empty: the whole store."),
    )

    def __init__(self, *args: object, currency: str) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        for name, label, help_text in (
            ("of_one", _("At most of one purchase"), _("The suppliers set their prices.")),
            ("of_all", _("At most altogether"), _("When it is given away, no code counts.")),
        ):
            self.fields[name] = MoneyField(
                label=f"{label} ({currency})",
                help_text=help_text,
                currency=currency,
                most_micro=MICRO_MAX,
            )
        self.order_fields(["title", "part", "of_one", "of_all", "first_day", "last_day"])

    def clean_releases(self) -> tuple[int, ...]:
        """The releases of the codes."""
        codes = {each[-_PUBLIC_ID_LENGTH:] for each in self.cleaned_data["releases"].split()}
        found = dict(Release.objects.filter(public_id__in=codes).values_list("public_id", "id"))
        unknown = sorted(codes - found.keys())
        if unknown:
            raise ValidationError(
                gettext("There is no release %(codes)s.") % {"codes": ", ".join(unknown[:5])}
            )
        return tuple(found.values())


class BonusForm(forms.Form):
    """A step of the table of bonuses."""

    part = PartField(label=_("Percent on top"), is_zero_fine=True, help_text=_("0 ends the step."))

    def __init__(self, *args: object, currency: str) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        least, most = top_up_bounds(currency)
        self.fields["least"] = MoneyField(
            label=f"{gettext('From')} ({currency})",
            currency=currency,
            least_micro=least.micro,
            most_micro=most.micro,
        )
        self.order_fields(["least", "part"])


@staff_only
@require_GET
def offers(request: HttpRequest) -> HttpResponse:
    """The store's own campaigns and its table of bonuses."""
    currency = store_of(request).currency
    context = {
        "campaigns": [campaign_drawn(each) for each in campaigns_of(supplier_ids=None)],
        "steps": [
            (price_text(Money(each.from_micro, currency)), share_text(each.part))
            for each in bonus_steps(currency)
        ],
    }
    return render(request, "office/offers.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def bonus_new(request: HttpRequest) -> HttpResponse:
    """Set a step of the table of bonuses."""
    form = BonusForm(*posted(request), currency=store_of(request).currency)

    def record() -> None:
        said = form.cleaned_data
        set_bonus_step(least=said["least"], part=said["part"], now=timezone.now())

    page = FormPage(
        title=gettext("A bonus for top-ups"),
        intro=gettext(
            "Whoever pays in so much at once gets a part on top, out of the store's own account. "
            "It is spent last and never paid back as money. Top-ups that have begun keep what "
            "they were promised."
        ),
        submit=gettext("Promise it"),
        done=gettext("It holds from now on."),
        back=reverse("office-offers"),
        back_label=gettext("Offers"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Begin a campaign of the store."""
    form = StoreCampaignForm(*posted(request), currency=store_of(request).currency)

    def record() -> None:
        said = form.cleaned_data
        asked = CampaignAsked(
            supplier_id=None,
            title=said["title"],
            part=said["part"],
            valid=form.period,
            release_ids=said["releases"],
            limits=(said["of_one"], said["of_all"]),
        )
        make_campaign(asked=asked, now=timezone.now())

    page = FormPage(
        title=gettext("A campaign of the store"),
        intro=gettext(
            "Buyers with a code pay less, and the store pays the difference: payees get what they "
            "get at the full price. Prices stay at or above the floor, unless the store adds "
            "subsidies."
        ),
        submit=gettext("Begin the campaign"),
        done=gettext("The campaign has begun. Give it codes."),
        back=reverse("office-offers"),
        back_label=gettext("Offers"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_GET
def campaign(request: HttpRequest, public_id: str) -> HttpResponse:
    """A campaign with its codes."""
    return campaign_page(request, _PAGE, _found(public_id))


@staff_only
@require_POST
def codes_single(request: HttpRequest, public_id: str) -> HttpResponse:
    """Draw a batch of codes for one use each."""
    found, form = _found(public_id), SingleCodesForm(request.POST)
    if form.is_valid():
        count = form.cleaned_data["count"]
        try:
            add_single_codes(campaign_id=found.pk, count=count, now=timezone.now())
        except OfferError as error:
            form.add_error(None, str(error))
        else:
            drawn = ngettext("%(count)s code was drawn.", "%(count)s codes were drawn.", count)
            messages.success(request, drawn % {"count": count})
            return redirect("office-campaign", public_id)
    return campaign_page(request, _PAGE, found, single=form)


@staff_only
@require_POST
def code_shared(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give it a code for several buyers."""
    found, form = _found(public_id), SharedCodeForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            add_code(campaign_id=found.pk, text=said["text"], uses=said["uses"], now=timezone.now())
        except OfferError as error:
            form.add_error("text", str(error))
        else:
            return redirect("office-campaign", public_id)
    return campaign_page(request, _PAGE, found, shared=form)


@staff_only
@require_POST
def campaign_end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End it: none of its codes counts any more."""
    close_campaign(campaign_id=_found(public_id).pk, now=timezone.now())
    messages.success(request, gettext("It has ended. What was bought stays bought."))
    return redirect("office-offers")


@staff_only
@require_GET
def campaign_csv(_request: HttpRequest, public_id: str) -> HttpResponse:
    """All its codes as a table."""
    found = _found(public_id)
    return codes_answer(found)


def _found(public_id: str) -> Campaign:
    found = campaign_named(public_id, supplier_ids=None)
    if found is None:
        raise Http404
    return found
