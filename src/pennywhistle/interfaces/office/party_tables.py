"""What the register says of a party, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from pennywhistle.interfaces.common.format import period_text, price_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.office.tables import Cell, Table, document_cell, kept_row
from pennywhistle.interfaces.office.words import US_SOURCES, rights_text, yes_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.rights.dossier import Dossier
    from pennywhistle.apps.rights.models import (
        Evidence,
        License,
        Mandate,
        OwnershipShare,
        RateCardLine,
        SupplierAgreement,
        Transfer,
    )


def tables_of(party: Party, dossier: Dossier) -> list[Table]:
    """All kinds of rows, in the order in which a dossier is read."""
    return [
        _given(party, dossier.given),
        _held(dossier.held),
        _shares(dossier.shares),
        _licenses(party, dossier.licenses),
        _agreements(party, dossier.agreements),
        _rates(party, dossier.rates),
        _transfers(party, dossier.transfers),
    ]


def document_cells(documents: Iterable[Evidence]) -> list[Cell]:
    """Documents, each with the address of its file."""
    return [document_cell(each) for each in documents]


def _given(party: Party, rows: list[Mandate]) -> Table:
    return Table(
        title=gettext("Mandates given"),
        headings=(
            *(gettext("To"), gettext("Rights"), gettext("Territories"), gettext("When")),
            *(gettext("Exclusive"), gettext("For"), gettext("Notice"), gettext("Document")),
        ),
        rows=tuple(
            kept_row(
                row,
                _party(row.to_party),
                *_mandate(row),
                actions=(Cell(gettext("Revoke"), reverse("office-mandate-revoke", args=[row.pk])),),
            )
            for row in rows
        ),
        empty=gettext("It has mandated nobody: it licenses itself what it owns."),
        new=_new(party, "office-mandate-new", gettext("Record a mandate")),
        id="given",
    )


def _held(rows: list[Mandate]) -> Table:
    return Table(
        title=gettext("Mandates held"),
        headings=(
            *(gettext("From"), gettext("Rights"), gettext("Territories"), gettext("When")),
            *(gettext("Exclusive"), gettext("For"), gettext("Notice"), gettext("Document")),
        ),
        rows=tuple(kept_row(row, _party(row.from_party), *_mandate(row)) for row in rows),
        empty=gettext("Nobody has mandated it. A mandate is recorded at the party that gives it."),
        id="held",
    )


def _mandate(row: Mandate) -> tuple[Cell | str, ...]:
    days = gettext("%(count)d days") % {"count": row.notice_days} if row.notice_days else ""
    return (
        rights_text(row.rights),
        row.territories.text,
        period_text(row.valid),
        yes_text(row.is_exclusive),
        row.repertoire.name if row.repertoire else gettext("all that it has"),
        days,
        document_cell(row.evidence),
    )


def _shares(rows: list[OwnershipShare]) -> Table:
    return Table(
        title=gettext("Shares held"),
        headings=(
            *(gettext("Of"), gettext("Right"), gettext("As"), gettext("Part")),
            *(gettext("Territories"), gettext("When"), gettext("Status"), gettext("Document")),
        ),
        rows=tuple(
            kept_row(
                row,
                _subject(row),
                str(right_name(row.right)),
                role_text(row.get_role_display()),
                Cell(share_text(row.part), is_number=True),
                row.territories.text,
                period_text(row.valid),
                gettext(row.get_status_display()),
                document_cell(row.evidence),
            )
            for row in rows
        ),
        empty=gettext("It owns nothing on record. Shares are recorded at the work or recording."),
        id="shares",
    )


def _subject(row: OwnershipShare) -> Cell:
    if row.work is not None:
        return Cell(row.work.title, reverse("office-work", args=[row.work.pk]))
    assert row.recording is not None
    return Cell(row.recording.title, reverse("office-recording", args=[row.recording.pk]))


def _licenses(party: Party, rows: list[License]) -> Table:
    return Table(
        title=gettext("Licenses to this store"),
        headings=(
            *(gettext("Rights"), gettext("Territories"), gettext("When"), gettext("Tariff")),
            *(gettext("Unknown works"), gettext("Report and pay within"), gettext("Document")),
        ),
        rows=tuple(
            kept_row(
                row,
                rights_text(row.rights),
                row.territories.text,
                period_text(row.valid),
                _tariff(row),
                row.unidentified_by,
                gettext("%(count)d days") % {"count": row.due_days} if row.due_days else "",
                document_cell(row.evidence),
                actions=(_end("license", row.pk),),
            )
            for row in rows
        ),
        empty=gettext("It licenses nothing to this store."),
        new=_new(party, "office-license-new", gettext("Record a license")),
        id="licenses",
    )


def _tariff(row: License) -> Cell:
    if row.tariff is None:
        return Cell(gettext("within the split"))
    return Cell(row.tariff.name, reverse("office-tariff", args=[row.tariff.pk]))


def _agreements(party: Party, rows: list[SupplierAgreement]) -> Table:
    return Table(
        title=gettext("Agreements as a supplier"),
        headings=(
            gettext("When"),
            gettext("Works in the United States"),
            gettext("Document"),
        ),
        rows=tuple(
            kept_row(
                row,
                period_text(row.valid),
                str(US_SOURCES[row.us_source]),
                document_cell(row.evidence),
                actions=(_end("agreement", row.pk),),
            )
            for row in rows
        ),
        empty=gettext("Nothing is agreed: what it delivers is not sold."),
        new=_new(party, "office-agreement-new", gettext("Record an agreement")),
        id="agreements",
    )


def _rates(party: Party, rows: list[RateCardLine]) -> Table:
    return Table(
        title=gettext("Rate card"),
        headings=(
            *(gettext("Code"), gettext("Price"), gettext("Wholesale price")),
            *(gettext("Territories"), gettext("When"), gettext("Document")),
        ),
        rows=tuple(
            kept_row(
                row,
                row.code,
                Cell(price_text(Money(row.price_micro, row.currency)), is_number=True),
                Cell(price_text(Money(row.wholesale_micro, row.currency)), is_number=True),
                row.territories.text,
                period_text(row.valid),
                document_cell(row.evidence),
                actions=(_end("rate", row.pk),),
            )
            for row in rows
        ),
        empty=gettext("It has no price codes."),
        new=_new(party, "office-rate-new", gettext("Record a price code")),
        id="rates",
    )


def _transfers(party: Party, rows: list[Transfer]) -> Table:
    return Table(
        title=gettext("Catalogs handed over"),
        headings=(gettext("From"), gettext("To"), gettext("When"), gettext("Document")),
        rows=tuple(
            kept_row(
                row,
                _party(row.from_supplier),
                _party(row.to_supplier),
                period_text(row.valid),
                document_cell(row.evidence),
                actions=(_end("transfer", row.pk),),
            )
            for row in rows
        ),
        empty=gettext("None."),
        new=_new(party, "office-transfer-new", gettext("Record a transfer")),
        id="transfers",
    )


def _party(party: Party) -> Cell:
    return Cell(party.name, reverse("office-party", args=[party.public_id]))


def _new(party: Party, name: str, label: str) -> Cell:
    return Cell(label, reverse(name, args=[party.public_id]))


def _end(kind: str, row_id: int) -> Cell:
    return Cell(gettext("End"), reverse("office-end", args=[kind, row_id]))
