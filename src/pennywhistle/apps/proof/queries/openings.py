"""Opening pages: an account's line with its path, for its payee or for a buyer who paid into it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Min

from pennywhistle.apps.proof.models import CosignedHead, Head, Page, Waiting
from pennywhistle.apps.proof.queries.lines import OpenedLine, lines_by_account
from pennywhistle.engines.tlog.merkle import Tree, hash_size_bytes, tree_root
from pennywhistle.engines.tlog.page import AccountOpening
from pennywhistle.engines.tlog.records import AccountLine, PageLeaf, account_line_salt
from pennywhistle.engines.tlog.statement import Statement, StatementPage
from pennywhistle.engines.tlog.tiles import TileReader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.proof.log import AnyLog


@dataclass(frozen=True, slots=True)
class LogHead:
    """The last signed head, and what reads proofs under it."""

    size: int
    checkpoint: bytes
    reader: TileReader


def log_head(log: AnyLog) -> LogHead | None:
    """The published head; None while nothing was signed."""
    head = Head.objects.filter(id=1).exclude(checkpoint="").first()
    if head is None or not head.size:
        return None
    return LogHead(head.size, head.checkpoint.encode(), TileReader(log.folder.read, head.size))


def witnessed_head(log: AnyLog, *, covering: int) -> LogHead | None:
    """The last head that enough witnesses cosigned, if it holds the leaf `covering`; else None."""
    found = CosignedHead.objects.filter(id=1, is_quorum=True, size__gt=covering).first()
    if found is None:
        return None
    return LogHead(found.size, found.checkpoint.encode(), TileReader(log.folder.read, found.size))


def oldest_waiting_at() -> datetime | None:
    """When the entry happened that waits longest for its place in the log; None: none waits."""
    oldest: datetime | None = Waiting.objects.aggregate(at=Min("entry__occurred_at"))["at"]
    return oldest


def page_leaf(page: Page) -> PageLeaf:
    """The page as its leaf in the log has it."""
    return PageLeaf(
        page.number, page.account_count, page.first_index, page.end_index, bytes(page.lines_root)
    )


def page_tree(page: Page) -> Tree:
    """The tree over the page's lines; hashes that were deferred are read and not kept."""
    is_deferred = "line_hashes" in page.get_deferred_fields()
    kept = Page.objects.filter(pk=page.pk).values_list("line_hashes", flat=True)
    hashes = bytes(kept.get() if is_deferred else page.line_hashes)
    return Tree(
        [hashes[at : at + hash_size_bytes] for at in range(0, len(hashes), hash_size_bytes)]
    )


def open_account(
    log: AnyLog, page: Page, tree: Tree, account: int, lines: Sequence[OpenedLine]
) -> AccountOpening:
    """An account's line on a page, made again from its postings, with its path."""
    root = tree_root([opened.line.hash() for opened in lines])
    salt = account_line_salt(log.page_secret, page.number, account)
    line = AccountLine(salt, account, len(lines), root)
    return AccountOpening(line, tuple(tree.path(account)))


def open_statement(*, log: AnyLog, account: int, pages: Sequence[Page]) -> Statement | None:
    """An account's statement over consecutive pages; None while no head covers them."""
    head = log_head(log)
    if head is None:
        return None
    covered = [page for page in pages if page.leaf_id < head.size]
    if not covered:
        return None
    head = witnessed_head(log, covering=covered[-1].leaf_id) or head
    lines = lines_by_account(
        first_index=covered[0].first_index, end_index=covered[-1].end_index, accounts=[account]
    ).get(account, [])
    opened = [_statement_page(log, head, page, account, lines) for page in covered]
    totals: Counter[str] = Counter()
    for line in (line for page in opened for line in page.lines):
        totals[line.currency] += line.amount_micro
    return Statement(log.origin, account, head.checkpoint, tuple(opened), totals)


def _statement_page(
    log: AnyLog, head: LogHead, page: Page, account: int, lines: Sequence[OpenedLine]
) -> StatementPage:
    mine = [opened for opened in lines if page.first_index <= opened.log_index < page.end_index]
    opening = (
        open_account(log, page, page_tree(page), account, mine)
        if account < page.account_count
        else None
    )
    return StatementPage(
        leaf=page_leaf(page),
        index=page.leaf_id,
        path=tuple(head.reader.inclusion(page.leaf_id)),
        opening=opening,
        lines=tuple(opened.line for opened in mine),
    )
