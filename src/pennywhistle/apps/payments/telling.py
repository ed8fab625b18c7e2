"""One at a time tells a provider of a payback, whichever process it is in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


@contextmanager
def alone_with(payback_id: UUID) -> Iterator[bool]:
    """Whether nobody else tells of this payback just now. The lock goes with who dies.

    Not every provider knows what it was told at the same time under the same key. No transaction
    is open meanwhile, and nobody waits: who comes second finds the answer noted, or the clock does.
    """
    names = ["payments_payback", str(payback_id)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", names)
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", names)
