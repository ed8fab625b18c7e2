"""The records of CWR 2.1 and 2.2: where each field stands.

Based on the functional specifications CWR11-1991 (2.1 revision 8) and CWR19-1070 (2.2 revision
2). The names are the store's own. A line is: name, first column (from 1), width, kind.

Kinds: A text, C code, N digits, D date YYYYMMDD, T time or duration HHMMSS, S share (05000 is one
half), F flag. "!" must be filled in; "@" came with 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from pennywhistle.engines.works import cwr_columns_of_parties as parties
from pennywhistle.engines.works import cwr_columns_of_works as works


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: `start` counts from 0."""

    name: str
    start: int
    size: int
    kind: str
    is_required: bool
    is_of_22: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a record by name, and its full width in 2.1 and 2.2."""

    fields: dict[str, Field]
    width_21: int
    width_22: int


_PREFIX = """
transaction_number 4 8 N!
record_number 12 8 N!
"""


def _field(line: str) -> Field:
    name, start, size, kind = line.split()
    return Field(name, int(start) - 1, int(size), kind[0], "!" in kind, "@" in kind)


def _layout(text: str) -> Layout:
    fields = {field.name: field for field in map(_field, filter(None, text.splitlines()))}
    ends = dict.fromkeys((False, True), 0)
    for field in fields.values():
        for version in (False, True):
            if version or not field.is_of_22:
                ends[version] = max(ends[version], field.start + field.size)
    return Layout(fields, ends[False], ends[True])


CONTROL_LAYOUTS = {
    "HDR": _layout(works.HDR),
    "GRH": _layout(works.GRH),
    "GRT": _layout(works.GRT),
    "TRL": _layout(works.TRL),
}

_BY_TYPE = {
    works.WORK: "NWR REV ISW EXC",
    parties.AGR: "AGR",
    works.ACK: "ACK",
    parties.TER: "TER",
    parties.IPA: "IPA",
    parties.PUBLISHER: "SPU OPU",
    parties.PUBLISHER_TERRITORY: "SPT OPT",
    parties.WRITER: "SWR OWR",
    parties.WRITER_TERRITORY: "SWT OWT",
    parties.PWR: "PWR",
    works.ALT: "ALT",
    works.NAT: "NAT",
    works.OTHER_TITLE: "NET NCT NVT",
    parties.NPN: "NPN",
    parties.OTHER_NAME: "NWN NPA",
    works.ORIGINAL: "EWT VER",
    works.COM: "COM",
    parties.PER: "PER",
    parties.NPR: "NPR",
    works.REC: "REC",
    works.ORN: "ORN",
    works.INS: "INS",
    works.IND: "IND",
    works.MSG: "MSG",
    parties.NOW: "NOW",
    works.ARI: "ARI",
    works.XRF: "XRF",
}

LAYOUTS = CONTROL_LAYOUTS | {
    kind: _layout(_PREFIX + text) for text, kinds in _BY_TYPE.items() for kind in kinds.split()
}
WORK_TYPES = frozenset({"NWR", "REV", "ISW", "EXC"})
TRANSACTION_TYPES = WORK_TYPES | {"AGR", "ACK"}
RECORDS_OF_22 = frozenset({"OPT", "OWT", "XRF"})
