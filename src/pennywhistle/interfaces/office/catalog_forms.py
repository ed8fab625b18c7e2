"""Forms of who owns what of a work or recording, and of what a recording plays."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.catalog.actions import WorkPart
from pennywhistle.apps.catalog.queries import work_meant
from pennywhistle.apps.rights.actions import Claim
from pennywhistle.apps.rights.models import ShareRole
from pennywhistle.engines.clearance.facts import WORK_RIGHTS, Right
from pennywhistle.interfaces.common.extent_form import ExtentForm
from pennywhistle.interfaces.common.part_field import PartField
from pennywhistle.interfaces.common.party_field import PartyField, rights_field
from pennywhistle.interfaces.office.fields import DocumentForm
from pennywhistle.interfaces.office.limits import LINES_SPARE, SHARE_LINES_MAX, WORK_LINES_MAX

if TYPE_CHECKING:
    from pennywhistle.apps.catalog.models import Work

    _Lines = BaseFormSet[forms.Form]
else:
    # Django's class has no type parameter when it runs.
    _Lines = BaseFormSet

LINES_PREFIX = "line"


class SharesForm(DocumentForm, ExtentForm):
    """Of which rights, where and when the shares are; the lines say whose."""

    field_order = ("rights", "included", "excluded", "first_day", "last_day")

    def __init__(self, *args: Any, is_work: bool, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        rights = WORK_RIGHTS if is_work else (Right.MASTER, Right.NEIGHBOURING)
        self.fields["rights"] = rights_field(rights)
        if not is_work:
            self.fields["rights"].initial = [Right.MASTER.value]
        self.order_fields([*self.field_order, *DocumentForm.base_fields])

    def claims(self, lines: BaseFormSet[Any]) -> list[Claim]:
        """Each line for each right, once both are valid."""
        return [
            Claim(
                party_id=line["party"].pk,
                right=right,
                role=line["role"],
                part=line["percent"],
                territories=self.territories,
                valid=self.period,
            )
            for line in filled(lines)
            for right in self.cleaned_data["rights"]
        ]


class ShareLine(forms.Form):
    """A party's part; an empty line is no line."""

    party = PartyField(label=_("Party"), required=False, help_text="")
    role = forms.ChoiceField(label=_("As"), required=False)
    percent = PartField(label=_("Percent"), required=False)

    def __init__(self, *args: Any, is_work: bool, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (role.value, gettext(str(role.label)))
            for role in ShareRole
            if role.is_of_recordings != is_work
        ]

    def clean(self) -> dict[str, Any]:
        """A party without a part, or a part without a party, is a slip."""
        cleaned = super().clean() or {}
        is_whole = "party" in cleaned and "percent" in cleaned
        if is_whole and (cleaned["party"] is None) != (cleaned["percent"] is None):
            raise ValidationError(gettext("A line needs a party and a percentage."))
        return cleaned


class WorkLine(forms.Form):
    """A work and its part of the recording; an empty line is no line."""

    work = forms.CharField(label=_("ISWC or number of the work"), required=False, max_length=80)
    percent = PartField(label=_("Percent of the recording"), required=False)

    def clean_work(self) -> Work | None:
        """The work that is meant."""
        said = self.cleaned_data["work"].strip()
        if not said:
            return None
        work = work_meant(said)
        if work is None:
            raise ValidationError(gettext("No work has this ISWC or number. Look it up in Works."))
        return work

    def clean(self) -> dict[str, Any]:
        """A work without a part, or a part without a work, is a slip."""
        cleaned = super().clean() or {}
        is_whole = "work" in cleaned and "percent" in cleaned
        if is_whole and (cleaned["work"] is None) != (cleaned["percent"] is None):
            raise ValidationError(gettext("A line needs a work and a percentage."))
        return cleaned


class BaseFilled(_Lines):
    """Lines of which at least one is filled."""

    def clean(self) -> None:
        """An empty table says nothing."""
        if not any(self.errors) and not filled(self):
            raise ValidationError(gettext("Fill in at least one line."))


def filled(lines: BaseFormSet[Any]) -> list[dict[str, Any]]:
    """What the filled lines say."""
    return [
        line.cleaned_data for line in lines.forms if line.cleaned_data.get("percent") is not None
    ]


def parts_of(lines: BaseFormSet[Any]) -> list[WorkPart]:
    """The works of a recording as its lines say."""
    return [WorkPart(line["work"].pk, Fraction(line["percent"])) for line in filled(lines)]


ShareLines = formset_factory(
    ShareLine,
    formset=BaseFilled,
    extra=LINES_SPARE,
    max_num=SHARE_LINES_MAX,
    absolute_max=SHARE_LINES_MAX,
    validate_max=True,
)
# Without any line the recording plays nothing that is known.
WorkLines = formset_factory(
    WorkLine,
    extra=LINES_SPARE,
    max_num=WORK_LINES_MAX,
    absolute_max=WORK_LINES_MAX,
    validate_max=True,
)


class FreeForm(DocumentForm, ExtentForm):
    """Where and when a work is free."""
