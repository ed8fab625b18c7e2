"""The accounts of providers, opened to the world: documents that are built once and kept as files.

Each covers some pages in a row, so that none outgrows what a verifier reads. Those that are full
never change; the last one is built anew when there are further pages. Whoever asks gets the bytes
that lie there: nothing is computed for a stranger.
"""

from __future__ import annotations

import json
import logging
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.proof.models import CosignedHead
from pennywhistle.apps.proof.queries import open_statement
from pennywhistle.apps.statements.pages import sealed_pages
from pennywhistle.engines.tlog.statement import StatementInvalidError, build_statement
from pennywhistle.machine.storage import Folder, StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.apps.proof.log import AnyLog
    from pennywhistle.apps.proof.models import Page

logger = logging.getLogger(__name__)

# A week of hourly pages; and about twenty megabytes of opened lines.
pages_per_document = 168
lines_per_document_max = 100_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A document: its pages, both included, and the file; one that is full never changes."""

    first_number: int
    last_number: int
    is_full: bool
    sha256: str
    size_bytes: int
    crc32: int

    @property
    def name(self) -> str:
        """Of its address: that of the last, which grows, stays the same."""
        return f"{self.first_number}-{self.last_number}" if self.is_full else "newest"


def opened_folder() -> Folder:
    """Where the documents lie."""
    return Folder(Path(settings.DATA) / "opened")


def clearing_accounts() -> list[Account]:
    """The accounts of providers: all money that came or left stands on one of them."""
    return list(Account.objects.filter(kind=Account.Kind.CLEARING).order_by("number"))


def opened_documents(account_number: int) -> list[Opened]:
    """The documents of an account, the oldest first; none of an account that is no provider's."""
    try:
        listed = json.loads(opened_folder().read(_list_of(account_number)))
    except StoredFileMissingError:
        return []
    return [Opened(*row) for row in listed]


def open_accounts(*, log: AnyLog) -> None:
    """Build what is missing; calling it again builds what further pages were sealed since.

    One caller at a time. A crash leaves at worst a file that no list names.
    """
    for account in clearing_accounts():
        while _open_next(log, account):
            pass


def _open_next(log: AnyLog, account: Account) -> bool:
    """Build one document; tells whether another one may follow it."""
    known = opened_documents(account.number)
    full = [each for each in known if each.is_full]
    start = full[-1].last_number + 1 if full else 0
    # The hashes of a page's lines are megabytes: they are read page by page.
    waiting = sealed_pages().defer("line_hashes").filter(number__gte=start)
    pages = list(waiting[:pages_per_document])
    some = _fitting(account, pages)
    if not some:
        return False
    has_no_room = len(some) == pages_per_document or len(some) < len(pages)
    is_full = has_no_room and _is_witnessed(some[-1])
    if known and (known[-1].last_number, known[-1].is_full) == (some[-1].number, is_full):
        return False
    made = _build(log, account, some, is_full=is_full)
    documents = [*full, made]
    opened_folder().write(
        _list_of(account.number), json.dumps([astuple(each) for each in documents]).encode()
    )
    for each in known[len(full) :]:
        if each.sha256 and each.sha256 != made.sha256:
            opened_folder().remove(each.sha256)
    return made.is_full


def open_kind(*, log: AnyLog, kind: str) -> Iterator[tuple[str, bytes]]:
    """Statements of all accounts of a kind over all sealed pages, as names and documents.

    For an auditor to whom the store shows what is nobody else's to see; nothing is kept. Accounts
    without any entry are left out.
    """
    for account in Account.objects.filter(kind=kind).order_by("number"):
        pages = list(sealed_pages().defer("line_hashes"))
        if not pages or not _line_count(account, pages):
            continue
        while pages:
            some = _fitting(account, pages[:pages_per_document])
            statement = open_statement(log=log, account=account.number, pages=some)
            assert statement is not None, "the pages stand under a signed head"
            name = f"account-{account.number}-{some[0].number}-{some[-1].number}.json"
            yield name, build_statement(statement)
            pages = pages[len(some) :]


def _is_witnessed(page: Page) -> bool:
    """Whether witnesses signed a head with the page, where any do: what never changes waits."""
    heads = CosignedHead.objects.filter(id=1)
    return not heads.exists() or heads.filter(is_quorum=True, size__gt=page.leaf_id).exists()


def _list_of(account_number: int) -> str:
    return f"account-{account_number}.json"


_LINE_COUNT = """
SELECT count(*) FROM proof_leaf f JOIN ledger_entry e ON e.id = f.entry_id
WHERE f.log_index >= %s AND f.log_index < %s AND e.accounts @> ARRAY[%s]::integer[]
"""


def _fitting(account: Account, pages: Sequence[Page]) -> Sequence[Page]:
    """As many of the pages as one document has room for; at least one, if there is any."""
    while len(pages) > 1 and _line_count(account, pages) > lines_per_document_max:
        pages = pages[: len(pages) // 2]
    return pages


def _line_count(account: Account, pages: Sequence[Page]) -> int:
    stretch = [pages[0].first_index, pages[-1].end_index, account.number]
    with connection.cursor() as cursor:
        cursor.execute(_LINE_COUNT, stretch)
        return int(cursor.fetchone()[0])


def _build(log: AnyLog, account: Account, pages: Sequence[Page], *, is_full: bool) -> Opened:
    """Store an account's statement over some pages; it names no buyer.

    A single page that is larger than what a verifier reads gets no file: the next ones do.
    """
    numbers = pages[0].number, pages[-1].number
    statement = open_statement(log=log, account=account.number, pages=pages)
    assert statement is not None, "the pages stand under a signed head"
    try:
        stored = opened_folder().put([build_statement(statement)])
    except StatementInvalidError:
        logger.exception("Account %d, pages %d to %d: not opened.", account.number, *numbers)
        return Opened(*numbers, is_full, "", 0, 0)
    return Opened(*numbers, is_full, stored.sha256, stored.size_bytes, stored.crc32)
