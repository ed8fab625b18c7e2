"""The form that settles a dispute: what part each share really is, why, and by which document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.interfaces.common.part_field import PartField, fraction_text
from pennywhistle.interfaces.office.fields import DocumentForm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from pennywhistle.apps.rights.models import OwnershipShare
    from pennywhistle.interfaces.common.disputes import ClaimText

_PREFIX = "part_"


class SettleForm(DocumentForm):
    """A field for each share that stands; what was claimed is what it begins with."""

    settlement = forms.CharField(
        label=_("How it was settled"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("An agreement, a judgment, by whom and when. It stays readable for good."),
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 (Django's own)
        shares: Sequence[OwnershipShare],
        texts: Sequence[ClaimText],
        **kwargs: Any,  # noqa: ANN401 (Django's own)
    ) -> None:
        super().__init__(*args, **kwargs)
        for share, text in zip(shares, texts, strict=True):
            self.fields[f"{_PREFIX}{share.pk}"] = PartField(
                label=gettext("%(party)s, %(role)s") % {"party": text.party, "role": text.role},
                help_text=gettext("Claimed: %(part)s, %(where)s, %(when)s. 0 revokes it.")
                % {"part": text.part, "where": text.territories, "when": text.period},
                initial=fraction_text(share.part),
                is_zero_fine=True,
            )
        self.order_fields([name for name in self.fields if name.startswith(_PREFIX)])

    @property
    def parts(self) -> dict[int, Fraction]:
        """The parts by the share's id, once everything is valid."""
        return {
            int(name.removeprefix(_PREFIX)): part
            for name, part in self.cleaned_data.items()
            if name.startswith(_PREFIX)
        }

    def said(self, evidence_id: int | None) -> list[tuple[str, str]]:
        """What was typed, to be sent once more; a new document is by now one on file."""
        typed = [
            (name, str(self.data.get(name, "")))
            for name in self.fields
            if name not in DocumentForm.base_fields
        ]
        return [*typed, ("evidence", str(evidence_id or ""))]
