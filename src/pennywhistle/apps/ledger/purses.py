"""The accounts of the purses that a sale pays into, known by heart as long as that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import connection, transaction

from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

numbers_known_max = 50_000

# By connection, because an account's number is true for as long as its database is the same: what
# was committed neither changes nor goes, but a database that is restored may give the number to
# somebody else. Nothing can be restored under an open connection; a new one knows nothing yet.
_known_by_connection: WeakKeyDictionary[object, dict[tuple[str, Purse], int]] = WeakKeyDictionary()


def account_numbers(purses: Iterable[Purse], *, currency: str) -> dict[Purse, int]:
    """The account number of each purse in a currency; accounts that are missing are opened.

    Costs no query where all are known, and one where all are open. Opening one commits by itself
    unless a transaction runs: then its lock, `ledger_account_number`, is held until its end.

    Raises:
        IntegrityError: a purse has a holder or a code that its kind has not; nothing is opened.
    """
    wanted = set(purses)
    known = _known()
    missing = {purse for purse in wanted if (currency, purse) not in known}
    found = _found(missing, currency) if missing else {}
    if len(found) < len(missing):
        found |= _opened(missing - found.keys(), currency)
    # Inside a transaction the accounts may be its own, and gone if it is rolled back.
    if found and not connection.in_atomic_block:
        _remember(known, found, currency)
    return {purse: found[purse] if purse in found else known[currency, purse] for purse in wanted}


def numbers_of(purses: Iterable[Purse], *, currency: str) -> dict[Purse, int]:
    """The account number of each purse that has one in this currency; nothing is opened."""
    return _found(set(purses), currency)


def _known() -> dict[tuple[str, Purse], int]:
    """What was read through the connection that the next statement will use."""
    connection.ensure_connection()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return _known_by_connection.setdefault(connection.connection, {})


def _found(purses: Collection[Purse], currency: str) -> dict[Purse, int]:
    accounts = Account.objects.of_purses(purses=purses, currency=currency)
    rows = accounts.values_list("kind", "party_id", "code", "number")
    read = {
        Purse(PurseKind(kind), party_id or 0, code): number for kind, party_id, code, number in rows
    }
    return {purse: read[purse] for purse in purses if purse in read}


@transaction.atomic
def _opened(purses: Iterable[Purse], currency: str) -> dict[Purse, int]:
    return {
        purse: open_account(
            kind=purse.kind, currency=currency, party_id=purse.party_id or None, code=purse.code
        ).number
        for purse in sorted(purses)
    }


def _remember(known: dict[tuple[str, Purse], int], found: dict[Purse, int], currency: str) -> None:
    if len(known) + len(found) > numbers_known_max:
        known.clear()
    known.update({(currency, purse): number for purse, number in found.items()})
