"""What the leaves of the log hold, each field behind its length, so that nothing is ambiguous."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Literal

from pennywhistle.engines.tlog.merkle import hash_size_bytes, leaf_hash

field_bytes_max = 65_535
salt_size_bytes = 32
secret_size_bytes_min = 16
entry_id_size_bytes = 16
text_bytes_max = 255
integer_max = 2**63 - 1
_LENGTH_SIZE = 2
_INTEGER_SIZE = 8
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class RecordInvalidError(ValueError):
    """A record has a wrong tag, length or value."""

    code = "record-invalid"


def record(tag: bytes, *fields: bytes) -> bytes:
    """Write one byte of tag, then each field behind its length (uint16, big-endian)."""
    if len(tag) != 1:
        raise RecordInvalidError("A record's tag is one byte.")
    if any(len(value) > field_bytes_max for value in fields):
        raise RecordInvalidError(f"A field has at most {field_bytes_max} bytes.")
    return tag + b"".join([len(value).to_bytes(_LENGTH_SIZE, "big") + value for value in fields])


def fields_of(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Split a record into its tag and fields; one that is cut short is refused."""
    if not data:
        raise RecordInvalidError("A record is not empty.")
    fields, at = [], 1
    while at < len(data):
        start = at + _LENGTH_SIZE
        end = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or end > len(data):
            raise RecordInvalidError("The record is cut short.")
        fields.append(data[start:end])
        at = end
    return data[:1], tuple(fields)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting, opened: whose account gets how much (negative: gives) for what.

    `j` is the posting's place within its entry. The salt keeps the hash from being guessed.
    """

    salt: bytes
    entry_id: bytes
    j: int
    account: int
    amount_micro: int
    currency: str
    item: str
    price_micro: int
    territory: str
    occurred_at_us: int

    def __post_init__(self) -> None:
        _check_size("salt", self.salt, salt_size_bytes)
        _check_size("entry id", self.entry_id, entry_id_size_bytes)
        _check_counts(self.j, self.account, self.price_micro)
        _check_counts(abs(self.amount_micro), abs(self.occurred_at_us))
        if not _CURRENCY.fullmatch(self.currency):
            raise RecordInvalidError("A currency has three capital letters.")
        for text in (self.item, self.territory):
            if not text.isprintable() or len(text.encode()) > text_bytes_max:
                raise RecordInvalidError(
                    f"An item or territory is one printable line of {text_bytes_max} bytes at most."
                )

    def encode(self) -> bytes:
        """Write the line as a record with tag L."""
        return record(
            b"L",
            self.salt,
            self.entry_id,
            write_integer(self.j),
            write_integer(self.account),
            write_integer(self.amount_micro),
            self.currency.encode(),
            self.item.encode(),
            write_integer(self.price_micro),
            self.territory.encode(),
            write_integer(self.occurred_at_us),
        )

    @classmethod
    def decode(cls, data: bytes) -> Line:
        """Read what `encode` wrote."""
        salt, entry_id, j, account, amount, currency, item, price, territory, at = _open(
            data, b"L", 10
        )
        return cls(
            salt=salt,
            entry_id=entry_id,
            j=read_integer(j),
            account=read_integer(account),
            amount_micro=read_integer(amount),
            currency=_read_text(currency),
            item=_read_text(item),
            price_micro=read_integer(price),
            territory=_read_text(territory),
            occurred_at_us=read_integer(at),
        )

    def hash(self) -> bytes:
        """Hash of the line as a leaf of its entry's tree and of its account's."""
        return leaf_hash(self.encode())


@dataclass(frozen=True, slots=True)
class EntryLeaf:
    """One ledger entry: S for a sale or its reversal, E for any other (a top-up, a payout).

    `lines_root` is over the hashes of the entry's lines in the order of their `j`.
    """

    kind: Literal["S", "E"]
    line_count: int
    lines_root: bytes

    def __post_init__(self) -> None:
        _check_counts(self.line_count)
        _check_size("root", self.lines_root, hash_size_bytes)

    def encode(self) -> bytes:
        """Write the leaf; its kind is its tag."""
        return record(self.kind.encode(), write_integer(self.line_count), self.lines_root)

    def hash(self) -> bytes:
        """Hash of the leaf in the log."""
        return leaf_hash(self.encode())

    @classmethod
    def decode(cls, data: bytes) -> EntryLeaf:
        """Read what `encode` wrote."""
        kind: Literal["S", "E"] = "S" if data[:1] == b"S" else "E"
        line_count, lines_root = _open(data, kind.encode(), 2)
        return cls(kind, read_integer(line_count), lines_root)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account's line on a page: how many postings it had in the interval, and their root."""

    salt: bytes
    account: int
    posting_count: int
    postings_root: bytes

    def __post_init__(self) -> None:
        _check_size("salt", self.salt, salt_size_bytes)
        _check_counts(self.account, self.posting_count)
        _check_size("root", self.postings_root, hash_size_bytes)

    def encode(self) -> bytes:
        """Write the line as a record with tag K."""
        numbers = write_integer(self.account), write_integer(self.posting_count)
        return record(b"K", self.salt, *numbers, self.postings_root)

    @classmethod
    def decode(cls, data: bytes) -> AccountLine:
        """Read what `encode` wrote."""
        salt, account, posting_count, root = _open(data, b"K", 4)
        return cls(salt, read_integer(account), read_integer(posting_count), root)

    def hash(self) -> bytes:
        """Hash of the line as leaf `account` of its page."""
        return leaf_hash(self.encode())


@dataclass(frozen=True, slots=True)
class PageLeaf:
    """A closed stretch of the log: leaves first_index to end_index (without), M accounts.

    Numbers count from 0, page 0 begins at leaf 0, and consecutive pages meet exactly. A page's
    own leaf comes after what it covers, so it belongs to the next one.
    """

    number: int
    account_count: int
    first_index: int
    end_index: int
    lines_root: bytes

    def __post_init__(self) -> None:
        _check_counts(self.number, self.account_count, self.first_index, self.end_index)
        _check_size("root", self.lines_root, hash_size_bytes)
        if self.first_index > self.end_index:
            raise RecordInvalidError("A page ends before it begins.")

    def encode(self) -> bytes:
        """Write the leaf as a record with tag P."""
        numbers = self.number, self.account_count, self.first_index, self.end_index
        return record(b"P", *(write_integer(number) for number in numbers), self.lines_root)

    def hash(self) -> bytes:
        """Hash of the leaf in the log."""
        return leaf_hash(self.encode())

    @classmethod
    def decode(cls, data: bytes) -> PageLeaf:
        """Read what `encode` wrote."""
        *numbers, root = _open(data, b"P", 5)
        number, account_count, first_index, end_index = (read_integer(n) for n in numbers)
        return cls(number, account_count, first_index, end_index, root)


def line_salt(secret: bytes, entry_id: bytes, j: int) -> bytes:
    """Derive a posting's salt from its buyer's secret."""
    return derive_salt(secret, b"pennywhistle/line-salt/1", entry_id, write_integer(j))


def account_line_salt(secret: bytes, page: int, account: int) -> bytes:
    """Derive the salt of an account's line on a page from the store's secret."""
    return derive_salt(
        secret, b"pennywhistle/account-line-salt/1", write_integer(page), write_integer(account)
    )


def derive_salt(secret: bytes, purpose: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over what a salt stands for; `purpose` keeps kinds of salts apart."""
    if len(secret) < secret_size_bytes_min:
        raise RecordInvalidError(f"A secret has at least {secret_size_bytes_min} bytes.")
    return hmac.digest(secret, record(b"H", purpose, *parts), "sha256")


def _open(data: bytes, tag: bytes, count: int) -> tuple[bytes, ...]:
    found, fields = fields_of(data)
    if found != tag or len(fields) != count:
        raise RecordInvalidError(f"This is not a record {tag.decode()} with {count} fields.")
    return fields


def write_integer(value: int) -> bytes:
    """Write a number as records have it: 8 bytes, big-endian, signed."""
    return value.to_bytes(_INTEGER_SIZE, "big", signed=True)


def read_integer(data: bytes) -> int:
    """Read what `write_integer` wrote. Raises RecordInvalidError."""
    _check_size("number", data, _INTEGER_SIZE)
    return int.from_bytes(data, "big", signed=True)


def _read_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RecordInvalidError("A text in a record is UTF-8.") from error


def _check_size(what: str, data: bytes, size: int) -> None:
    if len(data) != size:
        raise RecordInvalidError(f"A {what} has {size} bytes, not {len(data)}.")


def _check_counts(*values: int) -> None:
    for value in values:
        if not 0 <= value <= integer_max:
            raise RecordInvalidError(f"{value} is out of range.")
