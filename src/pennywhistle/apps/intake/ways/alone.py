"""One at a time with a mailbox, whichever process it is in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def alone(mailbox_id: int, *, at: str) -> Iterator[bool]:
    """Whether nobody else is `at` this with the mailbox. The lock goes with who dies.

    It spares work twice; what two do at once is harmless without it too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), %s)", [at, mailbox_id])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", [at, mailbox_id])
