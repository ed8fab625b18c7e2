"""One entry of a statement that the store could not tell: a person says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.payments.bank.account import CODE
from pennywhistle.apps.payments.bank.deciding import Decision, decide_entry
from pennywhistle.apps.payments.bank.suggesting import suggest
from pennywhistle.apps.payments.models import BankEnd, BankEntry
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.office.bank_words import HOW, suggestion_text
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.payments.bank.suggesting import Suggestion

_How = BankEnd.How


class DecisionForm(forms.Form):
    """What the entry is, whose, and why."""

    how = forms.ChoiceField(label=_("What it is"), widget=forms.RadioSelect)
    who = forms.CharField(
        label=_("Buyer"),
        required=False,
        max_length=254,
        help_text=_("Mail address or number of the account, if it is a buyer's."),
    )
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How you know. It stays on record."),
    )

    def __init__(self, *args: Any, is_in: bool, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        left_out = set() if is_in else {_How.CREDITED, _How.BACK, _How.SWEPT}
        how, provider = self.fields["how"], self.fields["provider"]
        assert isinstance(how, forms.ChoiceField)
        assert isinstance(provider, forms.ChoiceField)
        how.choices = [(kind, words) for kind, words in HOW.items() if kind not in left_out]
        codes = Account.objects.filter(kind=Account.Kind.CLEARING).exclude(code=CODE)
        names = sorted(set(codes.values_list("code", flat=True)))
        provider.choices = [("", gettext("none")), *((name, name) for name in names)]

    def clean(self) -> dict[str, Any]:
        """A buyer for what is credited, a provider for what one paid out."""
        said = self.cleaned_data
        if said.get("how") == _How.CREDITED:
            who = said.get("who", "").strip()
            found = User.objects.filter(Q(email=who.lower()) | Q(public_id=who)).first()
            said["holder"] = found
            if found is None:
                self.add_error("who", gettext("There is no such account."))
        if said.get("how") == _How.SWEPT and not said.get("provider"):
            self.add_error("provider", gettext("Choose the provider."))
        return said


@staff_only
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Say what it is; it is booked at once, and cannot be said again."""
    found = get_object_or_404(BankEntry.objects.open(), id=entry_id)
    likely = suggest(found)
    form = DecisionForm(*posted(request), is_in=found.amount_micro > 0, initial=_initial(likely))

    def record() -> None:
        said = form.cleaned_data
        holder = said.get("holder")
        decision = Decision(
            entry_id=found.pk,
            how=said["how"],
            reason=said["reason"],
            user_id=operator_of(request).pk,
            holder_id=holder.pk if holder else None,
            provider=said["provider"],
        )
        decide_entry(decision=decision, now=timezone.now())

    page = FormPage(
        title=gettext("%(amount)s on %(day)s")
        % {"amount": price_text(found.amount), "day": date_text(found.booked_on)},
        intro=_told(found, likely),
        submit=gettext("Book it"),
        done=gettext("It is booked."),
        back=reverse("office-bank"),
        back_label=gettext("Bank"),
    )
    return record_page(request, page, form, record)


def _initial(likely: Suggestion) -> dict[str, str]:
    return {
        "how": likely.how,
        "who": likely.user.email if likely.user else "",
        "provider": likely.provider,
    }


def _told(found: BankEntry, likely: Suggestion) -> str:
    parts = (
        found.other_name,
        found.other_iban,
        found.words,
        found.return_reason,
        suggestion_text(likely),
    )
    return " · ".join(part for part in parts if part)
