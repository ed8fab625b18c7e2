"""Who owns what of a work or recording, as tables and bars."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.interfaces.common.format import period_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.office.tables import Cell, Table, document_cell, kept_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.rights.models import PublicDomain
    from pennywhistle.apps.rights.ownership_areas import ClaimedArea

Status = OwnershipShare.Status
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """A share on the bar; `x` and `width` are hundredths of the bar."""

    name: str
    percent_text: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The claims on one right in one area; `mark` is where the whole ends on the bar."""

    right: str
    territories: str
    total_text: str
    segments: tuple[Segment, ...]
    mark: float
    is_over: bool
    is_under: bool


def bar_of(area: ClaimedArea) -> Bar:
    """Shares laid end to end; the bar is as long as the whole, or as all that is claimed."""
    length = max(Fraction(1), area.total)
    segments, at = [], Fraction(0)
    for share in area.shares:
        x, width = at / length * _WHOLE, share.part / length * _WHOLE
        segments.append(Segment(share.party.name, share_text(share.part), float(x), float(width)))
        at += share.part
    return Bar(
        right=str(right_name(area.right)),
        territories=area.territories.describe(),
        total_text=share_text(area.total),
        segments=tuple(segments),
        mark=float(_WHOLE / length),
        is_over=area.is_overclaimed,
        is_under=area.is_incomplete,
    )


def shares_table(shares: Sequence[OwnershipShare], *, new_url: str, title: str) -> Table:
    """Shares, with what can be done about each."""
    return Table(
        title=title,
        headings=(
            *(gettext("Right"), gettext("Party"), gettext("As"), gettext("Part")),
            *(gettext("Territories"), gettext("When"), gettext("Status"), gettext("Document")),
        ),
        rows=tuple(
            kept_row(
                row,
                str(right_name(row.right)),
                Cell(row.party.name, reverse("office-party", args=[row.party.public_id])),
                role_text(row.get_role_display()),
                Cell(share_text(row.part), is_number=True),
                row.territories.text,
                period_text(row.valid),
                gettext(row.get_status_display()),
                document_cell(row.evidence),
                actions=_actions(row),
            )
            for row in shares
        ),
        empty=gettext("Nobody is on record as an owner."),
        new=Cell(gettext("Record shares"), new_url) if new_url else None,
        id="shares",
    )


def free_table(rows: Sequence[PublicDomain], *, work_id: int) -> Table:
    """Where a work is free."""
    return Table(
        title=gettext("Public domain"),
        headings=(gettext("Territories"), gettext("When"), gettext("Document")),
        rows=tuple(
            kept_row(
                row,
                row.territories.text,
                period_text(row.valid),
                document_cell(row.evidence),
                actions=(
                    Cell(gettext("End"), reverse("office-end", args=["public-domain", row.pk])),
                ),
            )
            for row in rows
        ),
        empty=gettext("Nowhere, as far as the store knows."),
        new=Cell(gettext("Record where it is free"), reverse("office-free-new", args=[work_id])),
        id="free",
    )


def _actions(row: OwnershipShare) -> tuple[Cell, ...]:
    """Confirming, disputing and revoking are small pages of their own: each is a decision."""
    named = (
        (Status.CONFIRMED, "confirm", gettext("Confirm")),
        (Status.DISPUTED, "dispute", gettext("Dispute")),
        (Status.REVOKED, "revoke", gettext("Revoke")),
    )
    if row.status == Status.REVOKED:
        return ()
    return (
        *(
            Cell(label, reverse("office-share", args=[row.pk, verb]))
            for status, verb, label in named
            if row.status != status
        ),
        Cell(gettext("End"), reverse("office-end", args=["share", row.pk])),
    )
