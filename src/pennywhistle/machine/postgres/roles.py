"""The role and the database that the store works with, made inside a running server."""

import psycopg
from psycopg import sql

ADMIN = "postgres"
ADMIN_DATABASE = "postgres"
STORE = "pennywhistle"
CONNECT_TIMEOUT_S = 30


def ensure(admin_url: str) -> None:
    """Make the store's role and database where they are missing; twice is harmless.

    The role is no superuser: a hole in the program must not read the server's files. It may create
    databases (tests do) and read the server's statistics (metrics do).
    """
    with psycopg.connect(
        admin_url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
    ) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s"):
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB IN ROLE pg_monitor").format(
                    sql.Identifier(STORE)
                )
            )
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s"):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(STORE), sql.Identifier(STORE)
                )
            )


def _exists(connection: "psycopg.Connection[tuple[object, ...]]", question: str) -> bool:
    return connection.execute(question.encode(), (STORE,)).fetchone() is not None
