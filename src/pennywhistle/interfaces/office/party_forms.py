"""Forms about a party: who it is, and what was believed of it when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.dossier import View
from pennywhistle.interfaces.common.extent_form import midnight

if TYPE_CHECKING:
    from datetime import datetime

_DAY = timedelta(days=1)


class PartyForm(forms.Form):
    """A new party."""

    name = forms.CharField(label=_("Name"), max_length=300)
    kind = forms.ChoiceField(
        label=_("This is"),
        choices=[
            (Party.Kind.PERSON, _("one person")),
            (Party.Kind.ORGANIZATION, _("a society, publisher, label or other company")),
        ],
    )


class IdentifierForm(forms.Form):
    """A party's number in somebody's register."""

    scheme = forms.ChoiceField(
        label=_("Kind of number"),
        choices=[
            ("ipi-name", _("IPI name number")),
            ("ipi-base", _("IPI base number")),
            ("isni", "ISNI"),
            ("dpid", "DDEX DPID"),
            ("cisac", _("CISAC society number")),
            ("cisac", _("CISAC's number of a society")),
        ],
    )
    text = forms.CharField(label=_("Number"), max_length=80)


class BelievedForm(forms.Form):
    """What did the store believe on one day about another one? By GET; both may be empty."""

    known_on = forms.DateField(
        label=_("What did the store believe on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At the end of that day, UTC. Empty: what it believes now."),
    )
    true_on = forms.DateField(
        label=_("about"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("What holds at its start, UTC. Empty: at any time."),
    )

    def view(self, *, now: datetime) -> View:
        """Which rows are asked for; those of now where a day makes no sense."""
        said: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        known_at = midnight(said.get("known_on"), _DAY)
        if known_at is not None and known_at > now:
            known_at = None
        return View(known_at=known_at, true_at=midnight(said.get("true_on")))
