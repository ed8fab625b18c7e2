"""A party in a form, as people name one, and rights to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.parties.queries import parties_meant
from pennywhistle.engines.clearance import Right

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrPromise

    from pennywhistle.apps.parties.models import Party

_RIGHTS: dict[Right, _StrPromise] = {
    Right.MASTER: _("recording: master"),
    Right.NEIGHBOURING: _("recording: performers"),
    Right.MECHANICAL: _("work: reproduction"),
    Right.MAKING_AVAILABLE: _("work: making available"),
}


def right_name(right: str) -> _StrPromise:
    """A right as people read it."""
    return _RIGHTS[Right(right)]


class PartyField(forms.CharField):
    """A party by its name, its code in the store, or its IPI, ISNI or DPID."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (Django's own)
        options.setdefault("max_length", 300)
        options.setdefault(
            "help_text", _("The exact name, the code in this store, or an IPI, ISNI or DPID.")
        )
        super().__init__(**options)

    def clean(self, value: Any) -> Party | None:  # noqa: ANN401 (Django's own)
        """The one party that is meant; never one of several."""
        said = str(super().clean(value)).strip()
        if not said:
            return None
        found = parties_meant(said)
        if not found:
            raise ValidationError(
                gettext("Nobody is called %(said)s. Make the party first.") % {"said": said}
            )
        if len(found) > 1:
            codes = ", ".join(party.public_id for party in found)
            raise ValidationError(
                gettext("Several parties have this name. Write one of their codes: %(codes)s.")
                % {"codes": codes}
            )
        return found[0]


def rights_field(rights: Iterable[Right], **options: Any) -> forms.MultipleChoiceField:  # noqa: ANN401
    """Any of these rights, all of them at first."""
    choices = [(right.value, right_name(right)) for right in rights]
    return forms.MultipleChoiceField(
        label=_("Rights"),
        choices=choices,
        initial=[value for value, _name in choices],
        widget=forms.CheckboxSelectMultiple,
        **options,
    )
