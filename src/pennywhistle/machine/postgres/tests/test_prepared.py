"""Prepared statements fail as all others do, whatever it is that fails."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from pennywhistle.machine.postgres.prepared import run_prepared


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_gone_before_its_first_statement_is_an_error_of_the_database() -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 20000)", [number])
    other.close()

    with pytest.raises(OperationalError):
        run_prepared(connection, "SELECT 1", ())

    connection.close()
    assert run_prepared(connection, "SELECT 1", ()) == [(1,)]
