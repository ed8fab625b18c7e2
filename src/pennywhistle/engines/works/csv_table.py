"""A CSV file as rows of named cells, or what keeps it from being read."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.works.findings import Spot
from pennywhistle.engines.works.limits import (
    CSV_CELL_CHARACTERS_MAX,
    CSV_CHARACTERS_MAX,
    CSV_ROWS_MAX,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.engines.works.findings import Log

REQUIRED = (
    "work_title",
    "iswc",
    "isrc",
    "party_name",
    "ipi",
    "role",
    "right",
    "share_percent",
    "territories",
    "society",
    "from",
    "until",
)
OPTIONAL = ("work_number",)
_DELIMITERS = ",;\t"
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line in the file, and its cells by column, without blanks around them."""

    line: int
    cells: dict[str, str]
    type: str = "row"

    def raw(self, name: str) -> str:
        """What stands in a cell."""
        return self.cells.get(name, "")


def read_rows(data: str | bytes, log: Log) -> Iterator[Row]:
    """Give the rows of a file; what is wrong with the file is noted in `log` and ends it."""
    text = _text(data, log)
    if text is None:
        return
    delimiter = _delimiter(text, log)
    if delimiter is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip() for name in next(reader)]
        _tell_unknown(columns, log)
        for count, texts in enumerate(reader):
            cells = [text.strip() for text in texts]
            # A row is named by the line on which it ends; a cell with a line break is refused.
            if not _is_row(reader.line_num, cells, columns, count, log):
                return
            if any(cells):
                yield Row(reader.line_num, dict(zip(columns, cells, strict=True)))
    except (csv.Error, StopIteration) as error:
        _refuse(log, reader.line_num, "csv-form", f"The file is no CSV: {error}")


def _text(data: str | bytes, log: Log) -> str | None:
    if len(data) > CSV_CHARACTERS_MAX:
        _refuse(log, 0, "too-large", f"The file is larger than {CSV_CHARACTERS_MAX} characters")
        return None
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8")
        except UnicodeDecodeError as error:
            _refuse(log, 0, "character-set", f"The file is not UTF-8: {error.reason}")
            return None
    return data.removeprefix(_BOM)


def _delimiter(text: str, log: Log) -> str | None:
    """Return the one delimiter that makes the required columns out of the first line."""
    first = text.split("\n", 1)[0].rstrip("\r")[: CSV_CELL_CHARACTERS_MAX * 4]
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"') for name in first.split(delimiter)]
        if set(REQUIRED) <= set(names):
            if len(set(names)) < len(names):
                _refuse(log, 1, "column-twice", "Two columns have the same name", first)
                return None
            return delimiter
    names = [name.strip().strip('"') for name in first.replace(";", ",").split(",")]
    missing = [name for name in REQUIRED if name not in names]
    sentence = (
        f"The columns {', '.join(missing)} are missing"
        if missing
        else "The columns are not separated by one and the same comma, semicolon or tab"
    )
    _refuse(log, 1, "columns", sentence, first)
    return None


def _tell_unknown(columns: list[str], log: Log) -> None:
    for name in columns:
        if name not in REQUIRED and name not in OPTIONAL:
            log.pass_over(1, "header", name, "")


def _is_row(line: int, cells: list[str], columns: list[str], count: int, log: Log) -> bool:
    if count >= CSV_ROWS_MAX:
        _refuse(log, line, "too-many-rows", f"The file has more than {CSV_ROWS_MAX} rows")
    elif cells and len(cells) != len(columns):
        _refuse(
            log, line, "cell-count", f"The row has {len(cells)} cells, the header {len(columns)}"
        )
    elif any(len(cell) > CSV_CELL_CHARACTERS_MAX or not _is_printable(cell) for cell in cells):
        _refuse(
            log,
            line,
            "cell-text",
            f"A cell is longer than {CSV_CELL_CHARACTERS_MAX} characters, or holds control "
            "characters or a line break",
        )
    else:
        return True
    return False


def _is_printable(cell: str) -> bool:
    return all(char >= " " and not "\x7f" <= char <= "\x9f" for char in cell)


def _refuse(log: Log, line: int, rule: str, sentence: str, value: str = "") -> None:
    log.refuse(
        Spot(line, "header" if line == 1 else "row", value),
        "columns" if value else "",
        rule=rule,
        sentence=sentence,
        remedy="Write CSV in UTF-8 with the columns of the documentation, all rows alike",
    )
