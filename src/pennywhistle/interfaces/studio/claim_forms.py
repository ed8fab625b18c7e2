"""What a claimant sends in: why a share is one's own, or a smaller share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import record_evidence
from pennywhistle.interfaces.common.disputes import claim_texts
from pennywhistle.interfaces.common.part_field import PartField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.rights.models import OwnershipShare


class PositionForm(forms.Form):
    """For which of one's parties, what it says, and the document."""

    party = forms.ModelChoiceField(
        Party.objects.none(), label=_("For"), to_field_name="public_id", empty_label=None
    )
    statement = forms.CharField(
        label=_("Why the share is yours"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only the operator of the store reads it."),
    )
    document = forms.FileField(
        label=_("Document"),
        required=False,
        help_text=_("Contract, assignment or registration, up to 64 MiB. It is kept unchanged."),
    )

    def __init__(self, *args: Any, parties: Sequence[Party], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        ids = [party.pk for party in parties]
        field = self.fields["party"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Party.objects.filter(id__in=ids).order_by("name", "id")
        if len(ids) == 1:
            field.widget = forms.HiddenInput()
            field.initial = parties[0].public_id

    def evidence_id(self, *, user_id: int, now: datetime) -> int | None:
        """The document's number, once the form is valid; the document is kept by this."""
        uploaded = self.cleaned_data["document"]
        if uploaded is None:
            return None
        return record_evidence(
            title=uploaded.name or "",
            media_type=uploaded.content_type or "application/octet-stream",
            chunks=uploaded.chunks(),
            now=now,
            user_id=user_id,
        ).pk


class LowerForm(forms.Form):
    """Which of one's shares is how much really."""

    share = forms.ChoiceField(label=_("Your share"))
    part = PartField(
        label=_("What it really is"),
        is_zero_fine=True,
        help_text=_("A percentage like 33.33, or a part like 1/3. 0 withdraws it."),
    )

    def __init__(self, *args: Any, shares: Sequence[OwnershipShare], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["share"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(text.id), f"{text.party}, {text.role}: {text.part}, {text.territories}")
            for text in claim_texts(shares)
        ]

    @property
    def share_id(self) -> int:
        """The share, once the form is valid: one of those offered."""
        return int(self.cleaned_data["share"])
