"""Statements of the hot paths, planned once a connection; Django plans each of its own anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper


def run_prepared(
    connection: BaseDatabaseWrapper,
    statement: LiteralString,
    parameters: Sequence[Any] | Mapping[str, Any],
) -> list[tuple[Any, ...]]:
    """Run a statement as a prepared one and answer with its rows.

    Errors are Django's (`django.db.utils`), with psycopg's as their cause.
    """
    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        return cursor.fetchall()


def array(values: Iterable[object]) -> str:
    """An array literal of numbers, ids and words without quotes, spaces or commas.

    Adapting Python lists element by element costs more than the sale that they describe.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
