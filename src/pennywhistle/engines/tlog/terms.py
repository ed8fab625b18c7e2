"""Published terms of an item: who gets which share where, sealed as a C leaf before the sale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.document import path_length_max
from pennywhistle.engines.tlog.merkle import hash_size_bytes, leaf_hash
from pennywhistle.engines.tlog.records import (
    RecordInvalidError,
    derive_salt,
    fields_of,
    read_integer,
    record,
    salt_size_bytes,
    write_integer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.document import Fields

_FIXED_FIELDS = 6
_INTEGER_SIZE = 8
_SHARE = re.compile(r"(-?[1-9][0-9]{0,17}|0)/([1-9][0-9]{0,17})", re.ASCII)
_TERRITORIES = re.compile(r"-?(?:[A-Z]{2}(?: [A-Z]{2})*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TermsArea:
    """The terms of an item in some territories, at one price.

    `territories` are codes with spaces between them; behind a hyphen, all but these. `total_micro`
    is what the shares divide: the price, and what the operator adds to it. Each account has one
    share; that of an operator who adds something is below zero.
    """

    salt: bytes
    item: str
    territories: str
    currency: str
    price_micro: int
    total_micro: int
    parts: tuple[tuple[int, Fraction], ...]

    def __post_init__(self) -> None:
        accounts = [account for account, _ in self.parts]
        if len(self.salt) != salt_size_bytes or len(set(accounts)) != len(accounts):
            raise RecordInvalidError("Terms have a salt, and each account once.")
        if not _TERRITORIES.fullmatch(self.territories):
            raise RecordInvalidError("Terms name territories by codes of two letters.")

    def encode(self) -> bytes:
        """Write the terms as a record with tag A."""
        parts = [
            write_integer(account) + f"{share.numerator}/{share.denominator}".encode()
            for account, share in self.parts
        ]
        numbers = write_integer(self.price_micro), write_integer(self.total_micro)
        texts = self.item.encode(), self.territories.encode(), self.currency.encode()
        return record(b"A", self.salt, *texts, *numbers, *parts)

    @classmethod
    def decode(cls, data: bytes) -> TermsArea:
        """Read what `encode` wrote. Raises RecordInvalidError."""
        tag, fields = fields_of(data)
        if tag != b"A" or len(fields) < _FIXED_FIELDS:
            raise RecordInvalidError("This is not a record A with 6 fields or more.")
        salt, item, territories, currency, price, total = fields[:_FIXED_FIELDS]
        try:
            words = item.decode(), territories.decode(), currency.decode()
        except UnicodeDecodeError as error:
            raise RecordInvalidError("A text in a record is UTF-8.") from error
        numbers = read_integer(price), read_integer(total)
        parts = tuple(_read_part(field) for field in fields[_FIXED_FIELDS:])
        return cls(salt, *words, *numbers, parts)

    def hash(self) -> bytes:
        """Hash of the terms as a leaf under the C leaf's digest."""
        return leaf_hash(self.encode())

    def covers(self, territory: str) -> bool:
        """Whether they are the terms in this territory."""
        is_named = territory in self.territories.removeprefix("-").split(" ")
        return is_named is not self.territories.startswith("-")


@dataclass(frozen=True, slots=True)
class TermsOpening:
    """The terms of a sale: their leaf at `index` of the log, and the area at its place under it."""

    leaf: AnnouncedLeaf
    index: int
    path: tuple[bytes, ...]
    area: TermsArea
    place: int
    count: int
    area_path: tuple[bytes, ...]


def terms_salt(secret: bytes, area: TermsArea) -> bytes:
    """Derive the salt of an area from the store's secret; the same terms have the same one."""
    return derive_salt(secret, b"pennywhistle/terms-salt/1", area.encode())


def terms_fields(terms: TermsOpening) -> dict[str, object]:
    """Write terms for a receipt."""
    return {
        "leaf": encode_base64(terms.leaf.encode()),
        "index": terms.index,
        "path": encode_base64(b"".join(terms.path)),
        "area": encode_base64(terms.area.encode()),
        "place": terms.place,
        "count": terms.count,
        "areaPath": encode_base64(b"".join(terms.area_path)),
    }


def read_terms(fields: Fields) -> TermsOpening:
    """Read what `terms_fields` wrote."""
    terms = TermsOpening(
        leaf=AnnouncedLeaf.decode(fields.octets("leaf")),
        index=fields.integer("index"),
        path=_path(fields, "path"),
        area=TermsArea.decode(fields.octets("area")),
        place=fields.integer("place"),
        count=fields.integer("count"),
        area_path=_path(fields, "areaPath"),
    )
    fields.close()
    return terms


def _path(fields: Fields, name: str) -> tuple[bytes, ...]:
    data = fields.octets(name)
    if len(data) % hash_size_bytes or len(data) > path_length_max * hash_size_bytes:
        fields.refuse(name, f"is not made of at most {path_length_max} hashes")
    return _hashes(data)


def _hashes(data: bytes) -> tuple[bytes, ...]:
    size = hash_size_bytes
    return tuple(data[at : at + size] for at in range(0, len(data), size))


def _read_part(data: bytes) -> tuple[int, Fraction]:
    match = _SHARE.fullmatch(data[_INTEGER_SIZE:].decode("ascii", errors="replace"))
    account = read_integer(data[:_INTEGER_SIZE])
    if match is None or account < 0:
        raise RecordInvalidError("A part of the terms is an account and a share.")
    return account, Fraction(int(match[1]), int(match[2]))


def territories_text(codes: Sequence[str], everywhere: Sequence[str]) -> str:
    """Name territories the shorter way: by their codes, or by those that are left out."""
    left_out = [code for code in everywhere if code not in set(codes)]
    if len(left_out) < len(codes):
        return "-" + " ".join(sorted(left_out))
    return " ".join(sorted(codes))
