"""Terms as a payee knows them, from receipts, beside what the log announced last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checks import is_included
from pennywhistle.engines.tlog.receipt import (
    ReceiptInvalidError,
    parse_receipt,
    receipt_size_bytes_max,
)
from pennywhistle.interfaces.console.log_source import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Agreed:
    """The terms that a receipt opens: of what, their digest in the log, and the file."""

    subject: str
    digest: str
    file: Path


def read_agreed(file: Path) -> Agreed:
    """The terms of a receipt that somebody agrees with. Raises SourceError."""
    try:
        with file.open("rb") as opened:
            receipt = parse_receipt(opened.read(receipt_size_bytes_max + 1))
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    except ReceiptInvalidError as error:
        raise SourceError(f"{file}: {error}") from error
    terms = receipt.terms
    if terms is None or not is_included(
        terms.area.hash(), terms.place, terms.count, terms.area_path, terms.leaf.digest
    ):
        raise SourceError(f"{file} shows no published terms.")
    return Agreed(terms.leaf.subject, terms.leaf.digest.hex(), file)


def watched_terms(
    agreed: Sequence[Agreed], known: Mapping[str, Sequence[tuple[int, str]]]
) -> list[str]:
    """A sentence for each item whose newest terms are those of none of its receipts."""
    alarms = []
    for subject in sorted({each.subject for each in agreed}):
        mine = [each for each in agreed if each.subject == subject]
        announced = known.get(f"C {subject}", ())
        names = ", ".join(each.file.name for each in mine)
        if not announced:
            alarms.append(f"The log announced no terms of {subject}, but {names} shows some.")
        elif announced[-1][1] not in {each.digest for each in mine}:
            alarms.append(
                f"The newest terms of {subject}, entry {announced[-1][0]}, are others than those"
                f" of {names}. Buy it, and look at what the new receipt says."
            )
    return alarms
