"""What a supplier answers where a recording of its is somebody else's, too."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.copies.limits import STATEMENT_LENGTH_MAX
from pennywhistle.interfaces.studio.claim_forms import PositionForm


class AnswerForm(PositionForm):
    """For which of one's parties, whose the recording is, and the document."""

    statement = forms.CharField(
        label=_("Whose the recording is"),
        max_length=STATEMENT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only the operator of the store reads it."),
    )
    document = forms.FileField(
        label=_("Document"),
        required=False,
        help_text=_("A license, contract or session's record, up to 64 MiB. Kept unchanged."),
    )
