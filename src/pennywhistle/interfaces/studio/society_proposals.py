"""Proposing a license to the store, and what became of earlier proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.rights.actions import RegisterError, record_evidence
from pennywhistle.apps.societies.models import Proposal
from pennywhistle.apps.societies.proposals import LicenseProposed, TariffNameTakenError, propose
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError
from pennywhistle.interfaces.common.extent_form import ExtentForm
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.part_field import PartField
from pennywhistle.interfaces.common.proposal_words import proposal_text
from pennywhistle.interfaces.studio.limits import PROPOSALS_SHOWN_MAX, TARIFF_MINIMUM_MICRO_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of, society_of
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.societies.models import Society
    from pennywhistle.apps.users.models import User


class ProposeForm(ExtentForm):
    """A tariff, and the license by it; what is more involved the operator records."""

    name = forms.CharField(label=_("Name of the tariff"), max_length=200)
    percent = PartField(label=_("Percent of the price without tax"), is_zero_fine=True)
    is_by_repertoire = forms.BooleanField(
        label=_("Only for the part of a track that you license"), required=False, initial=True
    )
    source = forms.CharField(
        label=_("Where it stands"),
        max_length=300,
        help_text=_("Your list of tariffs, and its day."),
    )
    document = forms.FileField(label=_("The signed license"), help_text=_("Kept, up to 64 MiB."))
    field_order = [
        *("name", "percent", "minimum", "is_by_repertoire", "source", "document"),
        *("included", "excluded", "first_day", "last_day"),
    ]

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._currency = currency
        self.fields["minimum"] = MoneyField(
            label=gettext("At least, for each track (%(currency)s)") % {"currency": currency},
            currency=currency,
            least_micro=0,
            most_micro=TARIFF_MINIMUM_MICRO_MAX,
            in_coins=False,
            required=False,
        )
        self.order_fields(self.field_order)

    def proposed(self) -> LicenseProposed:
        """What is proposed, once everything is valid."""
        said = self.cleaned_data
        least = said["minimum"]
        tariff = Tariff(
            id=0,
            name=said["name"].strip(),
            currency=self._currency,
            percent=said["percent"],
            track_minimum_micro=least.micro if least else 0,
            is_by_repertoire=said["is_by_repertoire"],
        )
        return LicenseProposed(tariff, self.territories, self.period, said["source"])


@require_http_methods(["GET", "POST"])
@members_only
def proposals(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose a license; below it, what was proposed before and what became of it."""
    society = society_of(request, public_id)
    form = ProposeForm(request.POST or None, request.FILES or None, currency=the_store().currency)
    is_posted = request.method == "POST"
    if is_posted and form.is_valid() and _proposed(form, society, person_of(request)):
        messages.success(request, gettext("The store was asked. Nothing holds before it accepts."))
        return redirect("studio-society-proposals", public_id)
    earlier = Proposal.objects.filter(society=society).order_by("-id")[:PROPOSALS_SHOWN_MAX]
    context = {
        "society": society,
        "form": form,
        "action": reverse("studio-society-proposals", args=[public_id]),
        "earlier": [
            {
                "text": proposal_text(each),
                "state": each.get_state_display(),
                "reason": each.reason,
                "day": date_text(each.proposed_at.date()),
            }
            for each in earlier
        ],
    }
    status = 400 if is_posted else 200
    return render(request, "studio/society_proposals.html", context, status=status)


def _proposed(form: ProposeForm, society: Society, person: User) -> bool:
    """Whether it went well; what did not is said on the form."""
    document, now = form.cleaned_data["document"], timezone.now()
    try:
        evidence = record_evidence(
            title=document.name or "",
            media_type=document.content_type or "application/octet-stream",
            chunks=document.chunks(),
            now=now,
            user_id=person.pk,
        )
        propose(
            society_id=society.pk,
            proposed=form.proposed(),
            user_id=person.pk,
            now=now,
            evidence_id=evidence.pk,
        )
    except TariffInvalidError as error:
        form.add_error("percent", str(error))
    except TariffNameTakenError:
        said = gettext("A tariff of this name is on record. Give this one a name of its own.")
        form.add_error("name", said)
    except (RegisterError, TooLargeError) as error:
        form.add_error("document", str(error))
    else:
        return True
    return False
