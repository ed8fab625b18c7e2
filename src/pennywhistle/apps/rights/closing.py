"""Closing rows and recording them anew: the only ways in which the register changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection

from pennywhistle.apps.rights.models.kept import Dated, Kept
from pennywhistle.apps.rights.words import interned
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_Row = TypeVar("_Row", bound=Kept)
_DatedRow = TypeVar("_DatedRow", bound=Dated)

_OF_THE_ROW = {"id", "recorded_at", "closed_at"}


def lock(subject: str) -> None:
    """Changes of one subject of the register come one after the other, until the transaction ends.

    An action takes one such lock, so that no two wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rights'), hashtext(%s))", [subject])


def said(row: Kept) -> dict[str, Any]:
    """What a row says, by column, without its number and the store's times."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields  # noqa: SLF001 (documented, its name notwithstanding)
        if field.attname not in _OF_THE_ROW
    }


def close(row: Kept, *, now: datetime) -> None:
    """The store no longer relies on this row; closed rows stay as they are."""
    if row.closed_at is None:
        row.closed_at = now
        row.save(update_fields=["closed_at"])


def restate(row: _Row, *, now: datetime, **changes: object) -> _Row:
    """Close a row and record what it said with these changes."""
    close(row, now=now)
    return record(type(row), now=now, **{**said(row), **changes})


def record(model: type[_Row], *, now: datetime, **columns: object) -> _Row:
    """Write a new row."""
    row = model(recorded_at=now, **columns)
    row.save(force_insert=True)
    return row


def end(row: _DatedRow, *, now: datetime, ends_at: datetime | None) -> _DatedRow | None:
    """Close a row; with `ends_at` it goes on to hold until then. The row that holds, or None.

    A row that is closed already, or ends before that anyway, is left alone.
    """
    if row.closed_at is not None:
        return None
    if ends_at is None:
        close(row, now=now)
        return None
    ended = Period(None, ends_at).intersection(row.valid)
    if ended == row.valid:
        return row
    if ended is None:
        close(row, now=now)
        return None
    return restate(row, now=now, valid_until=ended.ends_at)


def without(valid: Period, taken: Period) -> Iterator[Period]:
    """What is left of a period when another is taken out of it: nothing, one piece, or two."""
    common = valid.intersection(taken)
    if common is None:
        yield valid
        return
    if common.starts_at is not None and common.starts_at != valid.starts_at:
        yield Period(valid.starts_at, common.starts_at)
    if common.ends_at is not None and common.ends_at != valid.ends_at:
        yield Period(common.ends_at, valid.ends_at)


def yield_to(
    row: _DatedRow, *, valid: Period, now: datetime, territories: Territories | None = None
) -> list[_DatedRow]:
    """Close a row that another takes the place of there and then; record what is left of it.

    `territories` None: the row's kind has none. The row must hold at some time in `valid`.
    """
    left: list[dict[str, object]] = [
        {"valid_from": piece.starts_at, "valid_until": piece.ends_at}
        for piece in without(row.valid, valid)
    ]
    if territories is not None:
        mine = territories_of(row)
        common, others = mine & territories, mine - territories
        left = [{**piece, "territories_id": interned(common).pk} for piece in left]
        if others:
            left.append({"territories_id": interned(others).pk})
    close(row, now=now)
    return [record(type(row), now=now, **{**said(row), **piece}) for piece in left]


def territories_of(row: object) -> Territories:
    """Where a row holds, as a set."""
    return Territories.from_bytes(bytes(row.territories.mask))  # type: ignore[attr-defined]
