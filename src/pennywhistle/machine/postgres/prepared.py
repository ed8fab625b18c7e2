"""Statements of the hot paths, planned once a connection; Django plans each of its own anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString
from weakref import WeakSet

import psycopg
from django.db import connections

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
    # Django's own `connection` looks its thread up at each use.
    connection = connections[connection.alias]
    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    session = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(session) as cursor:
        _plan_once(session, is_lasting=not connection.in_atomic_block)
        # Django switches preparing off for the whole session, whatever a cursor asks for.
        threshold, session.prepare_threshold = session.prepare_threshold, 0
        try:
            cursor.execute(statement, parameters, prepare=True)
        finally:
            session.prepare_threshold = threshold
        return cursor.fetchall()


# Sessions that were told to keep their plans.
_planned_once: WeakSet[psycopg.Connection[Any]] = WeakSet()


def _plan_once(session: psycopg.Connection[Any], *, is_lasting: bool) -> None:
    """Let the session plan prepared statements and functions once, and not compile them.

    Left to itself it plans anew where it guesses arrays to be shorter than they may be, and always
    the first five times; and it compiles for longer than these statements run. Nothing that Django
    itself sends is planned otherwise: it prepares nothing.
    """
    if session in _planned_once:
        return
    session.execute("SET plan_cache_mode = force_generic_plan")
    session.execute("SET jit = off")
    if is_lasting:
        _planned_once.add(session)


def array(values: Iterable[object]) -> str:
    """An array literal of numbers, ids and words without quotes, spaces or commas.

    Adapting Python lists element by element costs more than the sale that they describe.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def numbers(values: Iterable[int]) -> str:
    """An array literal of whole numbers, written by the interpreter's own hand."""
    return "{" + str(list(values))[1:-1] + "}"
