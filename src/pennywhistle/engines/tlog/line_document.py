"""Opened lines as they stand in receipts and statements: what they share is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.records import Line, integer_max, salt_size_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.engines.tlog.document import Fields

_SHARED = ("currency", "item", "price", "territory", "at")


def _shareable(line: Line) -> dict[str, object]:
    return {
        "currency": line.currency,
        "item": line.item,
        "price": line.price_micro,
        "territory": line.territory,
        "at": line.occurred_at_us,
    }


def common_of(lines: Sequence[Line]) -> dict[str, object]:
    """Return the fields that are the same in all lines (none where there is no line)."""
    first = _shareable(lines[0]) if lines else {}
    alike = [_shareable(line) for line in lines]
    return {name: value for name, value in first.items() if all(a[name] == value for a in alike)}


def line_fields(line: Line, common: Mapping[str, object]) -> dict[str, object]:
    """Write what tells a line of a receipt from the others; its `j` is its place in the list."""
    own = {name: value for name, value in _shareable(line).items() if name not in common}
    return {
        "account": line.account,
        "amount": line.amount_micro,
        "salt": encode_base64(line.salt),
        **own,
    }


def read_lines(fields: Fields, entry_id: bytes, *, count_max: int) -> tuple[Line, ...]:
    """Read a receipt's lines: line j of the entry stands at place j of the list."""
    common = read_common(fields)
    lines = []
    for j, each in enumerate(fields.items("lines", count_max=count_max)):
        line = each.with_defaults(common)
        lines.append(read_line(line, entry_id=entry_id, j=j, account=line.integer("account")))
    if not lines:
        fields.refuse("lines", "is empty")
    return tuple(lines)


def read_common(fields: Fields) -> dict[str, object]:
    """Take the shared fields, unread: they are read with each line that they complete."""
    common = fields.fields("common")
    found = common.rest()
    for name in found:
        if name not in _SHARED:
            common.refuse(name, "is not known")
    return found


def read_line(fields: Fields, *, entry_id: bytes, j: int, account: int) -> Line:
    """Read the rest of one line."""
    line = Line(
        salt=fields.octets("salt", size=salt_size_bytes),
        entry_id=entry_id,
        j=j,
        account=account,
        amount_micro=fields.integer("amount", at_least=-integer_max),
        currency=fields.text("currency"),
        item=fields.text("item"),
        price_micro=fields.integer("price"),
        territory=fields.text("territory"),
        occurred_at_us=fields.integer("at", at_least=-integer_max),
    )
    fields.close()
    return line
