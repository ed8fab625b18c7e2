"""Statements as tables (CSV), as banks' own pages offer them, told by their headings.

There is no standard. What is not certain is refused with its row: an amount such as 1,234 is a
thousand to some and one and a bit to others.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import TYPE_CHECKING

from pennywhistle.engines.bankfile.lines import (
    BankFileRefusedError,
    BankLine,
    Limits,
    Statement,
)
from pennywhistle.kernel.currencies import CURRENCIES, minor_digits
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_USUAL = Limits()
_header_rows_max = 20

# What banks call the columns, in small letters without blanks and signs.
_HEADINGS = {
    "booked": "buchungstag buchungsdatum buchung bookingdate bookeddate date datum completeddate",
    "value": "valutadatum wertstellung wertstellungsdatum valuta valuedate",
    "amount": "betrag betrageur betragineur umsatz amount amounteur transactionamount",
    "currency": "währung waehrung currency",
    "name": "beguenstigterzahlungspflichtiger begünstigterzahlungspflichtiger "
    "namezahlungsbeteiligter auftraggeberempfänger auftraggeberempfaenger zahlungspflichtiger "
    "name payer counterparty counterpartyname payeename partnername",
    "iban": "kontonummeriban ibanzahlungsbeteiligter iban counterpartyiban accountnumber "
    "partneriban",
    "text": "verwendungszweck reference purpose remittanceinformation description details "
    "paymentreference",
    "bank_ref": "transaktionsid transactionid id entryreference bankreference",
    "end_to_end": "kundenreferenzendtoend endtoendreferenz endtoendid endtoendreference",
    "account": "auftragskonto ibanauftragskonto account ownaccount owniban",
    "state": "status info state",
}
_COLUMN_OF = {heading: column for column, said in _HEADINGS.items() for heading in said.split()}
_NEEDED = ("booked", "amount")
_NOISE = re.compile(r"[^a-zäöüß]")
# Thousands are apart by one and the same sign, or by none.
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?P<whole>[0-9]{1,3}(?P<between>[.,' ])[0-9]{3}(?:(?P=between)[0-9]{3})*|[0-9]+)"
    r"(?:(?P<point>[.,])(?P<part>[0-9]{1,3}))?"
)
_THOUSANDTHS = 3
_DAYS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:[T ].*)?"),
    re.compile(r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4}|\d\d)"),
)
_PENDING = frozenset({"pending", "vorgemerkt", "umsatzvorgemerkt", "reverted", "declined"})


def read_table(data: bytes, *, currency: str, limits: Limits = _USUAL) -> Statement:
    """A table as a statement; its account is what the table says, or nothing.

    Raises BankFileRefusedError.
    """
    text = _decoded(data, limits)
    rows = _rows(text)
    at, columns = _heading(rows)
    lines: list[BankLine] = []
    accounts: set[str] = set()
    left_out = 0
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        said = {
            name: row[place].strip() if place < len(row) else "" for name, place in columns.items()
        }
        if not any(said.values()):
            continue
        if _NOISE.sub("", said.get("state", "").casefold()) in _PENDING:
            left_out += 1
            continue
        lines.append(_line(said, number, currency, limits))
        accounts.add(said.get("account", "").replace(" ", "").upper())
        if len(lines) > limits.lines_max:
            raise BankFileRefusedError(
                "too-many-lines", f"The table has more than {limits.lines_max} lines."
            )
    if not lines:
        raise BankFileRefusedError("no-lines", "The table has no booked line.")
    if len(accounts) > 1:
        raise BankFileRefusedError("row", "The table has lines of several accounts.")
    return Statement(accounts.pop(), tuple(lines), left_out=left_out, form="csv")


def _decoded(data: bytes, limits: Limits) -> str:
    if len(data) > limits.bytes_max:
        raise BankFileRefusedError(
            "too-large", f"The file has {len(data)} bytes; at most {limits.bytes_max} are read."
        )
    if b"\x00" in data:
        raise BankFileRefusedError("encoding", "This is no text in UTF-8 or Windows-1252.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _rows(text: str) -> list[list[str]]:
    """Rows of the separator that the heading has most of."""
    start = text[:4_000]
    separator = max(";,\t", key=start.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise BankFileRefusedError("row", f"This is no table: {error}.") from None


def _heading(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """The row of headings, which may follow a few of the bank's own, and its columns by name."""
    for at, row in enumerate(rows[:_header_rows_max]):
        columns: dict[str, int] = {}
        for place, column in _known(row):
            columns.setdefault(column, place)
        if all(name in columns for name in _NEEDED):
            return at, columns
    raise BankFileRefusedError(
        "heading", "No row of headings with a day and an amount was found (docs/running/bank.md)."
    )


def _known(row: Sequence[str]) -> Iterator[tuple[int, str]]:
    for place, heading in enumerate(row):
        column = _COLUMN_OF.get(_NOISE.sub("", heading.casefold()))
        if column:
            yield place, column


def _line(said: dict[str, str], number: int, currency: str, limits: Limits) -> BankLine:
    booked_on = _day(said["booked"], number)
    value = said.get("value", "")
    text = " ".join(said.get("text", "").split())[: limits.text_length_max]
    return BankLine(
        amount=_amount(said["amount"], said.get("currency") or currency, number),
        booked_on=booked_on,
        value_on=_day(value, number) if value else None,
        bank_ref=said.get("bank_ref", "")[:140],
        end_to_end=said.get("end_to_end", "")[:140],
        text=text,
        other_name=said.get("name", "")[:140],
        other_iban=said.get("iban", "").replace(" ", "").upper()[:34],
    )


def _amount(text: str, currency: str, number: int) -> Money:
    plain = text.replace("\u00a0", " ").replace("\u2212", "-").strip(" €$")
    match = _AMOUNT.fullmatch(plain)
    if match is None or _is_unclear(match, currency.upper()):
        raise BankFileRefusedError("row", f"Row {number}: {text[:30]!r} is no certain amount.")
    whole = re.sub(r"[^0-9]", "", match["whole"])
    try:
        money = Money.parse(f"{whole}.{match['part'] or '0'}", currency=currency.upper())
    except MoneyError as error:
        raise BankFileRefusedError("row", f"Row {number}: {error}.") from None
    return -money if match["sign"] == "-" else money


def _is_unclear(match: re.Match[str], currency: str) -> bool:
    """Whether it can be read in two ways, or has decimals that its currency does not have.

    Three digits after the only point or comma may be thousands; after another sign than the one
    between thousands they are decimals, in a currency of a thousand parts.
    """
    between, point, part = match["between"], match["point"], match["part"] or ""
    if between and not point:
        return between in ".," and match["whole"].count(between) == 1
    if len(part) < _THOUSANDTHS:
        return bool(point) and point == between
    return point == between or currency not in CURRENCIES or minor_digits(currency) != len(part)


def _day(text: str, number: int) -> date:
    for form in _DAYS:
        match = form.fullmatch(text)
        if match:
            year = int(match["y"])
            try:
                return date(year + 2_000 if year < 100 else year, int(match["m"]), int(match["d"]))  # noqa: PLR2004
            except ValueError:
                break
    raise BankFileRefusedError("row", f"Row {number}: {text[:30]!r} is no certain day.")
