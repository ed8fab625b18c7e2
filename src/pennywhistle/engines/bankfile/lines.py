"""What a bank statement says, whatever its form: lines of money that came and went."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from pennywhistle.kernel.money import Money


class BankFileRefusedError(ValueError):
    """The file was refused as a whole, and nothing of it was kept; the sentence says why.

    `code` is one of: too-large, encoding, doctype, not-xml, too-deep, not-a-statement,
    unknown-version, no-lines, too-many-lines, heading, row.
    """

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is looked at. A day of a busy shop is some thousand lines of 1 kB each."""

    bytes_max: int = 16 * 1024 * 1024
    lines_max: int = 20_000
    depth_max: int = 40
    text_length_max: int = 1_000


@dataclass(frozen=True, slots=True)
class BankLine:
    """One movement of an account as the bank booked it; `amount` is negative where it left.

    `bank_ref` is the bank's own name for it, `reference` what stood in the structured field,
    `end_to_end` what its payer named it, `text` the free words. `is_return`: the bank sends
    something back that was sent before, or takes it back; `return_reason` says why (ISO 20022
    external code, such as AC04).
    """

    amount: Money
    booked_on: date
    value_on: date | None = None
    bank_ref: str = ""
    reference: str = ""
    end_to_end: str = ""
    text: str = ""
    other_name: str = ""
    other_iban: str = ""
    is_return: bool = False
    return_reason: str = ""

    @property
    def content(self) -> str:
        """All that tells it from another line, as one text."""
        said = (
            self.booked_on.isoformat(),
            str(self.amount.micro),
            self.amount.currency,
            self.bank_ref,
            self.reference,
            self.end_to_end,
            self.other_iban,
            "".join(self.text.split()),
        )
        return "\x1f".join(said)


@dataclass(frozen=True, slots=True)
class Statement:
    """The booked lines of one account, and what it held before and after, where the file says so.

    `account` is its IBAN, without blanks; empty where the file does not say. `left_out` counts
    lines that are not booked yet.
    """

    account: str
    lines: tuple[BankLine, ...]
    name: str = ""
    opening: Money | None = None
    closing: Money | None = None
    closed_on: date | None = None
    left_out: int = 0
    form: str = field(default="camt", kw_only=True)


def names_of(statement: Statement) -> list[str]:
    """A name for each line that is the same in every file that holds it.

    A hash of what the line says, and of how many the same there were before it on its day: two
    equal transfers of one day are two, in this file as in one that overlaps it. Banks' own
    references alone are no names: some repeat them, and some leave them out. Reversed and
    reordered files give the same names.
    """
    seen: Counter[str] = Counter()
    names = []
    for line in statement.lines:
        content = line.content
        names.append(_name(statement.account, content, seen[content]))
        seen[content] += 1
    return names


def _name(account: str, content: str, ordinal: int) -> str:
    return hashlib.sha256(f"{account}\x1f{content}\x1f{ordinal}".encode()).hexdigest()
