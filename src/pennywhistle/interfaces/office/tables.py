"""Tables of the register: `office/_table.html` draws them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from pennywhistle.interfaces.office.words import instant_text

if TYPE_CHECKING:
    from pennywhistle.apps.rights.models import Evidence
    from pennywhistle.apps.rights.models.kept import Kept


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, which may lead somewhere; `is_file`: to a file that is saved, not to a page."""

    text: str
    url: str = ""
    is_number: bool = False
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row; `actions` lead to what can be done about it. `closed`: when the store gave it up."""

    cells: tuple[Cell, ...]
    recorded: str = ""
    closed: str = ""
    actions: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title, what to say where it is empty, and how to add a row."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: str = ""
    new: Cell | None = None
    id: str = ""

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Each heading, and whether numbers stand under it."""
        cells = self.rows[0].cells if self.rows else ()
        numbers = {at for at, cell in enumerate(cells) if cell.is_number}
        return [(heading, at in numbers) for at, heading in enumerate(self.headings)]


def kept_row(row: Kept, *cells: Cell | str, actions: tuple[Cell, ...] = ()) -> Row:
    """A row of the register; nothing can be done about one that is closed."""
    return Row(
        tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells),
        recorded=instant_text(row.recorded_at),
        closed=instant_text(row.closed_at),
        actions=() if row.closed_at else actions,
    )


def document_cell(evidence: Evidence | None) -> Cell:
    """The document that a row rests on, as a file; nothing where there is none."""
    if evidence is None:
        return Cell("")
    url = reverse("office-document", args=[evidence.sha256])
    return Cell(evidence.title, url, is_file=True)
