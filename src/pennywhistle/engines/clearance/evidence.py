"""The evidence of a decision: what it was decided on and what was decided, under one digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.clearance.facts import (
    Agreement,
    Discount,
    Grant,
    License,
    Mandate,
    Rate,
    Share,
    Transfer,
    Work,
)
from pennywhistle.engines.clearance.reasons import Link, Saying, Value, percent
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pennywhistle.engines.clearance.facts import Basis, Question, Register, Row

ENGINE = "clearance/4"

rows_kept_max = 65_536


def digest_of(document: dict[str, Any]) -> bytes:
    """SHA-256 of a verdict's document in its canonical form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


# The same rows are met again and again. `typed`, for 1, True and one as a fraction are equal.
@lru_cache(maxsize=rows_kept_max, typed=True)
def plain(row: object) -> object:
    """A row of the facts as plain JSON values."""
    assert is_dataclass(row)
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (str, Fraction, Territories)):
        # Of a member of an enumeration that is its value.
        return value.digest if isinstance(value, Territories) else str(value)
    if isinstance(value, Money):
        return [value.micro, value.currency]
    if isinstance(value, Period):
        return [each.isoformat() if each else None for each in (value.starts_at, value.ends_at)]
    if isinstance(value, (frozenset, tuple)):
        listed = [_plain(each) for each in value]
        return sorted(map(str, listed)) if isinstance(value, frozenset) else listed
    return plain(value)


def links_of(basis: Iterable[Basis], register: Register, question: Question) -> Iterable[Link]:
    """The chain of authority in sentences, each with the row of the register that it rests on."""
    for code, row, title in basis:
        values = _VALUES[type(row)](row, register)
        values |= {"title": title, "territory": question.territory}
        yield Link(_refined(code, row), tuple(values.items()), f"{type(row).__name__}-{row.id}")


def _refined(code: str, row: Row) -> str:
    """The code of the sentence, where rows of a kind say different things."""
    if isinstance(row, Mandate) and row.is_exclusive:
        return "exclusively-mandates"
    if code == "licenses" and isinstance(row, License) and row.tariff is None:
        return "licenses-within"
    return code


_Values = dict[str, Value | Saying]


def _of_agreement(row: Agreement, register: Register) -> _Values:
    return {"supplier": register.name_of(row.supplier_id), "until": _until(row.valid)}


def _of_discount(row: Discount, _register: Register) -> _Values:
    return {"giver": row.giver, "discount": row.title}


def _of_grant(row: Grant, _register: Register) -> _Values:
    return {
        "licensor": row.licensor,
        "territories": row.territories,
        "until": _until(row.valid),
    }


def _of_license(row: License, register: Register) -> _Values:
    return {
        "licensor": register.name_of(row.licensor_id),
        "territories": row.territories,
        "until": _until(row.valid),
        "tariff": row.tariff.name if row.tariff else "",
        "law": row.unidentified_by,
    }


def _of_mandate(row: Mandate, register: Register) -> _Values:
    return {
        "owner": register.name_of(row.from_id),
        "holder": register.name_of(row.to_id),
        "right": tuple(sorted(row.rights)),
        "territories": row.territories,
        "until": _until(row.valid),
    }


def _of_share(row: Share, register: Register) -> _Values:
    return {
        "owner": register.name_of(row.party_id),
        "percent": percent(row.part),
        "right": row.right,
    }


def _of_rate(row: Rate, _register: Register) -> _Values:
    return {
        "price_code": row.code,
        "price": str(row.price),
        "wholesale": str(row.wholesale),
    }


def _of_transfer(row: Transfer, register: Register) -> _Values:
    return {
        "from": register.name_of(row.from_id),
        "to": register.name_of(row.to_id),
        "until": _until(row.valid),
    }


def _of_work(_row: Work, _register: Register) -> _Values:
    return {}


_VALUES: dict[type[Row], Callable[[Any, Register], _Values]] = {
    Agreement: _of_agreement,
    Discount: _of_discount,
    Grant: _of_grant,
    License: _of_license,
    Mandate: _of_mandate,
    Rate: _of_rate,
    Share: _of_share,
    Transfer: _of_transfer,
    Work: _of_work,
}


def _until(valid: Period) -> Saying:
    if valid.ends_at is None:
        return Saying("until-further-notice")
    return Saying("until", (("date", f"{valid.ends_at:%Y-%m-%d}"),))
