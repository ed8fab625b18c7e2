"""One at a time at something, whichever process it is in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def alone(at: str, which: object) -> Iterator[bool]:
    """Whether nobody else is `at` this one just now. The lock goes with who dies.

    It is the session's: no transaction need be open meanwhile, and nobody waits.
    """
    names = [at, str(which)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", names)
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", names)
