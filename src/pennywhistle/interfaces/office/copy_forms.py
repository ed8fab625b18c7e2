"""Forms of the office about copies: who may sell a recording, and what nobody may."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.copies.limits import STATEMENT_LENGTH_MAX
from pennywhistle.apps.copies.models import Ruling
from pennywhistle.interfaces.office.fields import DocumentForm


class RuleForm(DocumentForm):
    """Who may sell it, why, and the document that shows it."""

    verdict = forms.ChoiceField(
        label=_("Who may sell it"),
        choices=[
            (Ruling.Verdict.BOTH, _("Both: the recording is licensed to both")),
            (Ruling.Verdict.NEWCOMER_REFUSED, _("Only the earlier one: it stays held")),
            (
                Ruling.Verdict.HOLDER_REFUSED,
                _("Only the new one: the sale of the earlier one is stopped"),
            ),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=STATEMENT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both suppliers read it. It stays readable for good."),
    )

    def __init__(self, *args: Any, is_blocked: bool = False, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        if is_blocked:
            field = self.fields["verdict"]
            assert isinstance(field, forms.ChoiceField)
            field.label = _("May it be sold")
            field.choices = [
                (Ruling.Verdict.BOTH, _("Yes, this one may be sold")),
                (Ruling.Verdict.NEWCOMER_REFUSED, _("No: it stays held")),
            ]


class BlockForm(DocumentForm):
    """A recording of the store, or a file with one, and why it is not sold."""

    recording = forms.IntegerField(
        label=_("Number of a recording"),
        required=False,
        min_value=1,
        help_text=_("It stands in the address of the recording's page."),
    )
    audio = forms.FileField(
        label=_("Or a file with it"),
        required=False,
        help_text=_("Any format in which music is delivered. It is listened to, and kept."),
    )
    title = forms.CharField(label=_("What it is"), required=False, max_length=500)
    reason = forms.CharField(
        label=_("Why it is not sold"),
        max_length=STATEMENT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever delivers it reads this."),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two says which recording it is."""
        said = super().clean() or self.cleaned_data
        if bool(said.get("recording")) == bool(said.get("audio")):
            self.add_error("recording", _("Name a recording, or choose a file: one of both."))
        return said
