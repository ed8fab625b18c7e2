"""The lines of a split: who, as what, how much; together one hundred percent."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.intake.offering import SplitLine
from pennywhistle.interfaces.common.part_field import PartField, fraction_text
from pennywhistle.interfaces.studio.limits import PAYEE_LINES_SPARE, PAYEES_MAX
from pennywhistle.kernel.split import SHARE_TOLERANCE, SharesInvalidError, scale_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.intake.release_facts import ShareNow

# Roles of earlier grants that the catalog does not know are kept as they are.
_ROLE_LENGTH_MAX = 40


class SplitLineForm(forms.Form):
    """One payee. An empty line is no line."""

    payee = forms.CharField(label=_("Name or payee code"), max_length=300, required=False)
    role = forms.CharField(
        label=_("Role"), max_length=_ROLE_LENGTH_MAX, required=False, widget=forms.Select()
    )
    percent = PartField(label=_("Percent"), required=False)
    # The party that the form showed under the name: unchanged, the same party is paid.
    party = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        choices = [(value, gettext(str(label))) for value, label in Role.choices]
        known = str(self.initial.get("role") or Role.MAIN_ARTIST)
        if known not in Role.values:
            choices.append((known, known))
        widget = self.fields["role"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def clean(self) -> dict[str, Any]:
        """A name without a share, or a share without a name, is a slip."""
        cleaned = super().clean() or {}
        if "percent" in cleaned and bool(cleaned.get("payee")) != (cleaned["percent"] is not None):
            raise ValidationError(gettext("A payee needs a name and a percentage."))
        return cleaned


if TYPE_CHECKING:
    _Lines = BaseFormSet[SplitLineForm]
else:
    # Django's class has no type parameter when it runs.
    _Lines = BaseFormSet


class BaseSplit(_Lines):
    """All lines together."""

    def clean(self) -> None:
        """They sum to one hundred percent; ±0.06 is scaled, as CWR does it."""
        if any(self.errors):
            return
        lines = lines_of(self)
        if not lines:
            raise ValidationError(gettext("Name at least one payee."))
        try:
            scale_shares([line.fraction for line in lines])
        except SharesInvalidError as error:
            total = sum((line.fraction for line in lines), Fraction(0))
            raise ValidationError(
                gettext(
                    "%(parts)s is %(total)s %%. The shares must sum to 100 %% "
                    "(a difference of up to %(tolerance)s %% is scaled)."
                )
                % {
                    "parts": " + ".join(fraction_text(line.fraction) for line in lines),
                    "total": f"{float(total * 100):.2f}",
                    "tolerance": f"{float(SHARE_TOLERANCE * 100):.2f}",
                },
                code="shares-invalid",
            ) from error


def lines_of(split: BaseFormSet[SplitLineForm]) -> tuple[SplitLine, ...]:
    """The filled lines of a split whose lines are valid."""
    cleaned = (form.cleaned_data for form in split.forms if form.cleaned_data.get("payee"))
    return tuple(
        SplitLine(
            said=line["payee"],
            role=line["role"] or Role.MAIN_ARTIST,
            fraction=line["percent"],
            party=line["party"],
        )
        for line in cleaned
    )


Split = formset_factory(
    SplitLineForm,
    formset=BaseSplit,
    extra=PAYEE_LINES_SPARE,
    max_num=PAYEES_MAX,
    absolute_max=PAYEES_MAX,
    validate_max=True,
)
SPLIT_PREFIX = "split"


def initial_lines(shares: Sequence[ShareNow]) -> list[dict[str, str]]:
    """The lines of a grant as it stands."""
    return [
        {
            "payee": share.name,
            "role": share.role,
            "percent": fraction_text(share.fraction),
            "party": share.public_id,
        }
        for share in shares
    ]
