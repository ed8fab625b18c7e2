"""Small CWR files, laid out column by column from the specification and not from the reader."""

from __future__ import annotations

from dataclasses import dataclass, field

# Records without their prefix: the type, and what stands from column 20.
Detail = tuple[str, str]


def columns(*cells: tuple[object, int]) -> str:
    """Each cell in its width: digits are filled with zeros on the left, texts with blanks."""
    texts = []
    for value, width in cells:
        text = str(value).zfill(width) if isinstance(value, int) else str(value).ljust(width)
        assert len(text) == width, (value, width)
        texts.append(text)
    return "".join(texts)


def work(
    title: str = "RAIN ON THE ROOF",
    *,
    kind: str = "NWR",
    number: str = "W1",
    iswc: str = "T0345246801",
    version: str = "ORI",
) -> Detail:
    """NWR, REV, ISW or EXC."""
    return kind, columns(
        (title, 60), ("EN", 2), (number, 14), (iswc, 11), (0, 8), ("", 12), ("POP", 3),
        (330, 6), ("Y", 1), ("", 3), ("", 3), (version, 3), ("", 3), ("", 3), ("", 3),
        ("", 30), ("", 10), ("", 2), ("N", 1), (0, 3), (0, 8), ("", 1), ("", 25), ("", 25), ("", 1),
    )  # fmt: skip


def publisher(
    shares: tuple[int, int, int] = (5000, 10000, 10000),
    *,
    kind: str = "SPU",
    chain: int = 1,
    number: str = "P1",
    name: str = "TIN ROOF SONGS",
    role: str = "E",
    ipi: str = "00000000199",
    societies: tuple[str, str, str] = ("052", "044", ""),
    unknown: str = "",
) -> Detail:
    """SPU or OPU."""
    return kind, columns(
        (chain, 2), (number, 9), (name, 45), (unknown, 1), (role, 2), ("", 9), (ipi, 11),
        ("AGR1", 14), (societies[0], 3), (shares[0], 5), (societies[1], 3), (shares[1], 5),
        (societies[2], 3), (shares[2], 5), ("", 1), ("N", 1), ("", 1), ("", 13), ("", 14),
        ("", 14), ("OS", 2), ("", 1),
    )  # fmt: skip


def publisher_territory(
    shares: tuple[int, int, int] = (5000, 10000, 10000),
    code: str = "2136",
    sign: str = "I",
    *,
    kind: str = "SPT",
    number: str = "P1",
    place: int = 1,
) -> Detail:
    """SPT or OPT."""
    return kind, columns(
        (number, 9), ("", 6), (shares[0], 5), (shares[1], 5), (shares[2], 5),
        (sign, 1), (code, 4), ("", 1), (place, 3),
    )  # fmt: skip


def writer(
    shares: tuple[int, int, int] = (5000, 0, 0),
    *,
    kind: str = "SWR",
    number: str = "A1",
    name: str = "OHM",
    first_name: str = "ADA",
    role: str = "CA",
    ipi: str = "00014107338",
    societies: tuple[str, str, str] = ("035", "035", "099"),
    unknown: str = "",
) -> Detail:
    """SWR or OWR."""
    return kind, columns(
        (number, 9), (name, 45), (first_name, 30), (unknown, 1), (role, 2), ("", 9), (ipi, 11),
        (societies[0], 3), (shares[0], 5), (societies[1], 3), (shares[1], 5), (societies[2], 3),
        (shares[2], 5), ("", 1), ("", 1), ("", 1), ("", 1), ("", 13), (0, 12), ("", 1),
    )  # fmt: skip


def writer_territory(
    shares: tuple[int, int, int] = (5000, 0, 0),
    code: str = "2136",
    sign: str = "I",
    *,
    kind: str = "SWT",
    number: str = "A1",
    place: int = 1,
) -> Detail:
    """SWT or OWT."""
    return kind, columns(
        (number, 9), (shares[0], 5), (shares[1], 5), (shares[2], 5),
        (sign, 1), (code, 4), ("", 1), (place, 3),
    )  # fmt: skip


def link(publisher_number: str = "P1", writer_number: str = "A1", chain: str = "") -> Detail:
    """PWR."""
    return "PWR", columns(
        (publisher_number, 9), ("TIN ROOF SONGS", 45), ("AGR1", 14), ("S-77", 14),
        (writer_number, 9), (chain, 2),
    )  # fmt: skip


def title(text: str, kind: str = "AT", language: str = "") -> Detail:
    """ALT."""
    return "ALT", columns((text, 60), (kind, 2), (language, 2))


def recording(isrc: str = "AA6Q72000047", *, long: bool = False) -> Detail:
    """REC; `long` with the fields of 2.2."""
    body = columns(
        (20240229, 8), ("", 60), (345, 6), ("", 5), ("TIN WEATHER", 60), ("TIN ROOF", 60),
        ("TR-1", 18), ("4006381333931", 13), (isrc, 12), ("A", 1), ("D", 1), ("", 3),
    )  # fmt: skip
    more = columns(
        ("RAIN ON THE ROOF", 60), ("LIVE", 60), ("ADA OHM", 60), ("TIN ROOF RECORDS", 60),
        ("Y", 20), ("R1", 14),
    )  # fmt: skip
    return "REC", body + more if long else body


def performer(name: str = "OHM", first_name: str = "ADA") -> Detail:
    """PER."""
    return "PER", columns((name, 45), (first_name, 30), ("", 11), ("", 13))


def original(title_: str = "OLD RAIN", kind: str = "VER") -> Detail:
    """VER or EWT."""
    return kind, columns(
        (title_, 60), ("T0000000010", 11), ("EN", 2), ("REED", 45), ("BO", 30), ("", 60),
        ("", 11), ("", 13), ("", 45), ("", 30), ("", 11), ("", 13), ("W0", 14),
    )  # fmt: skip


def origin() -> Detail:
    """ORN, which the store does not keep."""
    return "ORN", columns(
        ("FIL", 3), ("THE LONG RAIN", 60), ("", 15), (0, 4), ("", 60), ("", 1), ("", 25)
    )


def other_identifier() -> Detail:
    """XRF, of 2.2."""
    return "XRF", columns(("052", 3), ("0012345AB", 14), ("W", 1), ("Y", 1))


def note() -> Detail:
    """ARI."""
    return "ARI", columns(("035", 3), ("", 14), ("ALL", 3), ("GW", 2), ("Free text", 160))


def agreement(kind: str = "OS", from_on: int = 20200101, until_on: int = 0) -> Detail:
    """AGR."""
    return "AGR", columns(
        ("AGR1", 14), ("", 14), (kind, 2), (from_on, 8), (until_on, 8), (0, 8), ("N", 1), (0, 8),
        ("N", 1), (0, 8), (20191224, 8), (1, 5), ("S", 1), ("N", 1), ("N", 1), ("", 14),
    )  # fmt: skip


def agreement_territory(code: str = "2136", sign: str = "I") -> Detail:
    """TER."""
    return "TER", columns((sign, 1), (code, 4))


def agreement_party(role: str, shares: tuple[int, int, int], number: str, name: str) -> Detail:
    """IPA."""
    return "IPA", columns(
        (role, 2), ("", 11), ("", 13), (number, 9), (name, 45), ("", 30), ("035", 3),
        (shares[0], 5), ("035", 3), (shares[1], 5), ("035", 3), (shares[2], 5),
    )  # fmt: skip


def answer(status: str = "AS", kind: str = "NWR") -> Detail:
    """ACK."""
    return "ACK", columns(
        (20261101, 8), (120000, 6), (1, 5), (0, 8), (kind, 3), ("RAIN ON THE ROOF", 60),
        ("W1", 20), ("GEMA-1", 20), (20261120, 8), (status, 2),
    )  # fmt: skip


def message() -> Detail:
    """MSG."""
    return "MSG", columns(
        ("F", 1), (3, 8), ("SWR", 3), ("F", 1), ("009", 3), ("IPI not found", 150)
    )


GOOD_WORK: tuple[Detail, ...] = (
    work(),
    publisher(),
    publisher_territory(),
    writer(),
    writer_territory(),
    link(),
    title("RAIN SONG"),
    performer(),
    recording(),
)


@dataclass
class CwrFile:
    """A file in the making: groups of transactions, each a header with its details."""

    version: str = "02.10"
    character_set: str = ""
    extension: str = ""
    groups: list[tuple[str, list[tuple[Detail, ...]]]] = field(default_factory=list)

    def group(self, *transactions: tuple[Detail, ...], kind: str = "") -> CwrFile:
        """Add a group; its type is that of its first transaction."""
        self.groups.append((kind or transactions[0][0][0], list(transactions)))
        return self

    def lines(self) -> list[str]:
        """The lines without their ends, counted and numbered."""
        told = [
            "HDR"
            + columns(
                ("PB", 2), (199, 9), ("TIN ROOF SONGS", 45), ("01.10", 5), (20261122, 8),
                (93000, 6), (20261122, 8), (self.character_set, 15),
            )
            + self.extension
        ]  # fmt: skip
        count = 0
        for group_id, (kind, transactions) in enumerate(self.groups, start=1):
            start = len(told)
            told.append(
                "GRH" + columns((kind, 3), (group_id, 5), (self.version, 5), (0, 10), ("", 2))
            )
            for number, transaction in enumerate(transactions):
                count += 1
                for place, (record, body) in enumerate(transaction):
                    told.append(record + columns((number, 8), (place, 8)) + body)
            told.append(
                "GRT" + columns((group_id, 5), (len(transactions), 8), (len(told) - start + 1, 8))
            )
        told.append("TRL" + columns((len(self.groups), 5), (count, 8), (len(told) + 1, 8)))
        return told

    def data(self, encoding: str = "ascii") -> bytes:
        """The file."""
        return "".join(f"{line}\r\n" for line in self.lines()).encode(encoding)


def extension(revision: int = 2) -> str:
    """The columns of HDR that came with 2.2."""
    return columns(("2.2", 3), (revision, 3), ("TIN TOOLS", 30), ("1.0", 30))
