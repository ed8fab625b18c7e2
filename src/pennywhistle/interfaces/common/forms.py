"""Forms that more than one interface uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.interfaces.common.format import country_name
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.users.models import User


def country_choices() -> list[tuple[str, str]]:
    """All territories by their names in the visitor's language, sorted."""
    named = [(code, country_name(code)) for code in Territories.worldwide().codes]
    return sorted(named, key=lambda choice: choice[1])


def country_choices_with_none() -> list[tuple[str, str]]:
    """The same, with nothing chosen at first: where somebody lives is theirs to say."""
    return [("", gettext("Choose …")), *country_choices()]


class SignupForm(forms.Form):
    """What a new buyer tells besides mail and password (allauth adds those)."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    country = forms.ChoiceField(label=_("Country you live in"), choices=country_choices_with_none)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Keep the answers; allauth calls this once the account is made."""
        del request
        user.name = self.cleaned_data["name"]
        user.country = self.cleaned_data["country"]
        user.save(update_fields=["name", "country"])
