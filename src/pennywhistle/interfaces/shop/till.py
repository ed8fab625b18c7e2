"""The till receipt as data, for `parts/_till.html`: cart, order, receipt and verdict are this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line on the paper; `kind` as the component's comment lists them."""

    label: str
    amount: str = ""
    kind: str = "line"
    note: str = ""
    url: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class Till:
    """The paper from head to foot."""

    title: str
    rows: tuple[Row, ...]
    subtitle: str = ""
    meta: tuple[str, ...] = ()
    stamp: str = ""
    stamp_url: str = ""
    notes: tuple[str, ...] = ()
    reference: str = ""


RULE = Row("", kind="rule")
