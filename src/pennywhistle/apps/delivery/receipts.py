"""Receipts as files, kept as they were first handed out, so that an archive stays the same."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.orders.models import Order, OrderLine
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.proof.log import KeysMissingError, the_log
from pennywhistle.apps.proof.promising import promise_file
from pennywhistle.apps.proof.queries import Seal, is_witnessed, receipt_file, seals_of
from pennywhistle.apps.proof.till import the_till
from pennywhistle.engines.tlog.receipt import ShownItem, ShownParty
from pennywhistle.engines.tlog.tiles import TileInvalidError
from pennywhistle.machine.storage import Folder, StoredFileMissingError

if TYPE_CHECKING:
    from uuid import UUID

    from pennywhistle.apps.users.models import User

logger = logging.getLogger(__name__)

# Can be made again; the newest of a state is as good as the first.
RECEIPTS = Folder(Path(settings.DATA) / "receipts")
_WITNESSED = "witnessed"
_PROMISED = "promised"
RECEIPT_MIME_TYPE = "text/plain; charset=utf-8"
PROMISE_MIME_TYPE = "application/json"


def own_sale(*, user: User, entry_id: UUID) -> OrderLine | None:
    """One of the person's own purchases, by its entry or by that of its refund; else None."""
    mine = Order.objects.placed_by(user=user).order_by()
    return (
        OrderLine.objects.filter(Q(entry=entry_id) | Q(refund__entry=entry_id), order__in=mine)
        .select_related("release", "track", "verdict")
        .first()
    )


def receipt_of(line: OrderLine, *, entry_id: UUID | None = None) -> bytes | None:
    """The sale's receipt; None until it is sealed, or while the log cannot be read.

    With an `entry_id`, that of the sale's refund.

    A receipt under a newer head proves the same, with other bytes. So the first one of each state
    (sealed; on a page; witnessed) is kept, and a download that was cut off can be resumed.
    """
    entry = entry_id or line.entry_id
    if settings.WITNESS_POLICY:
        witnessed = _kept(entry, _WITNESSED)
        if witnessed is not None:
            return witnessed
        if is_witnessed(entry):
            return _make_and_keep(line, entry, _WITNESSED)
    paged = _kept(entry, Seal.PAGED)
    if paged is not None:
        return paged
    state = seals_of([entry])[entry]
    if state is Seal.RECORDED:
        return None
    kept = _kept(entry, state)
    if kept is not None:
        return kept
    return _make_and_keep(line, entry, state)


def promise_of(line: OrderLine, *, entry_id: UUID | None = None) -> bytes | None:
    """The store's signed promise that the log will hold the sale; None while there is no key.

    It needs no log that works: it is what a buyer has where a log never takes the sale. The first
    one is kept, so that its date stands.
    """
    entry = entry_id or line.entry_id
    kept = _kept(entry, _PROMISED)
    if kept is not None:
        return kept
    try:
        made = promise_file(
            log=the_log(),
            till=the_till(),
            entry_id=entry,
            items=_items(line),
            parties=_parties(line),
        )
    except (KeysMissingError, OSError):
        logger.exception("The sale of entry %s cannot be promised now.", entry)
        return None
    RECEIPTS.write(_name(entry, _PROMISED), made)
    return made


def _make_and_keep(line: OrderLine, entry_id: UUID, state: str) -> bytes | None:
    made = _make(line, entry_id)
    if made is not None:
        RECEIPTS.write(_name(entry_id, state), made)
    return made


def _make(line: OrderLine, entry_id: UUID) -> bytes | None:
    try:
        return receipt_file(
            log=the_log(), entry_id=entry_id, items=_items(line), parties=_parties(line)
        )
    except (KeysMissingError, StoredFileMissingError, TileInvalidError, OSError):
        # What was bought is handed over without it; it can be fetched when the log is back.
        logger.exception("The receipt of entry %s cannot be made now.", entry_id)
        return None


def _items(line: OrderLine) -> list[ShownItem]:
    thing = line.track or line.release
    item = Entry.objects.values_list("item", flat=True).get(id=line.entry_id)
    return [ShownItem(item, thing.title, thing.artist_line)]


def _parties(line: OrderLine) -> list[ShownParty]:
    roles = {
        (kind, party_id, code): role
        for kind, party_id, code, role, _ in line.verdict.document.get("parts", ())
    }
    postings = Posting.objects.filter(entry_id=line.entry_id)
    accounts = Account.objects.filter(number__in=postings.values("account_id"))
    return [
        ShownParty(account.number, _holder(account), roles.get(_purse(account), account.kind))
        for account in accounts.select_related("party").order_by("number")
    ]


def _purse(account: Account) -> tuple[str, int, str]:
    return account.kind, account.party_id or 0, account.code


def _holder(account: Account) -> str:
    if account.party is not None:
        return account.party.name
    is_store = account.kind in {Account.Kind.STORE, Account.Kind.SUBSIDY}
    # Tax and money that is kept apart belong to nobody who is known by name: their code says more.
    return the_store().name if is_store else account.code


def _kept(entry_id: UUID, state: str) -> bytes | None:
    try:
        return RECEIPTS.read(_name(entry_id, state))
    except StoredFileMissingError:
        return None


def _name(entry_id: UUID, state: str) -> str:
    # Ids of sales begin with their time, so the spread is taken from their end.
    return f"{entry_id.hex[-2:]}/{entry_id.hex}.{state}"
