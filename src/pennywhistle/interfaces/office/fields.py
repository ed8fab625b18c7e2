"""Fields that forms of the office share: uses, and a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.rights.actions import record_evidence
from pennywhistle.apps.rights.documents import newest_documents
from pennywhistle.apps.rights.words import USES
from pennywhistle.engines.clearance.facts import DOWNLOAD
from pennywhistle.interfaces.office.limits import DOCUMENTS_SHOWN_MAX

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile


def uses_field() -> forms.MultipleChoiceField:
    """Any uses; a download at first, which is what this store sells."""
    return forms.MultipleChoiceField(
        label=_("Uses"),
        choices=[(use, use) for use in sorted(USES)],
        initial=[DOWNLOAD],
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=_("DDEX's words. A sale in this store is a PermanentDownload."),
    )


class DocumentForm(forms.Form):
    """The document that a row rests on: one on file, or a new one."""

    evidence = forms.TypedChoiceField(
        label=_("Document on file"), required=False, coerce=int, empty_value=None
    )
    document = forms.FileField(
        label=_("Or a new document"),
        required=False,
        help_text=_("The contract or mandate as a file, up to 64 MiB. It is kept unchanged."),
    )
    document_title = forms.CharField(
        label=_("Title of the new document"), required=False, max_length=300
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        documents = newest_documents(most=DOCUMENTS_SHOWN_MAX)
        field = self.fields["evidence"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", gettext("none")), *((each.pk, each.title) for each in documents)]
        # Whatever else the form has comes first.
        own = [name for name in self.fields if name not in DocumentForm.base_fields]
        self.order_fields([*own, *DocumentForm.base_fields])

    def evidence_id(self, *, user_id: int, now: datetime) -> int | None:
        """The document's number, once the form is valid; a new one is kept by this."""
        uploaded: UploadedFile[bytes] | None = self.cleaned_data["document"]
        if uploaded is None:
            chosen: int | None = self.cleaned_data["evidence"]
            return chosen
        return record_evidence(
            title=self.cleaned_data["document_title"] or uploaded.name or "",
            media_type=uploaded.content_type or "application/octet-stream",
            chunks=uploaded.chunks(),
            now=now,
            user_id=user_id,
        ).pk
