"""Receipts: a sale's leaf, its lines opened, and each payee's place on the page that covers it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.proof.models import CosignedHead, Head, Leaf, Page
from pennywhistle.apps.proof.queries.lines import OpenedEntry, lines_by_account, open_entries
from pennywhistle.apps.proof.queries.openings import (
    LogHead,
    log_head,
    open_account,
    page_leaf,
    page_tree,
    witnessed_head,
)
from pennywhistle.apps.proof.queries.terms import terms_before
from pennywhistle.engines.tlog.merkle import Tree
from pennywhistle.engines.tlog.page import Place
from pennywhistle.engines.tlog.receipt import (
    PageOpening,
    Receipt,
    ShownItem,
    ShownParty,
    build_receipt,
)
from pennywhistle.engines.tlog.records import EntryLeaf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pennywhistle.apps.proof.log import AnyLog


class Seal(StrEnum):
    """How far a sale's proof has come."""

    RECORDED = "recorded"  # in the books
    SEALED = "sealed"  # in the log, under a signed head
    PAGED = "paged"  # and on the payees' lines of a closed page


def seals_of(entry_ids: Sequence[UUID]) -> dict[UUID, Seal]:
    """How far the proofs of these sales have come, in three queries."""
    head = Head.objects.filter(id=1).values_list("size", flat=True).first() or 0
    paged_until = (
        Page.objects.filter(leaf__log_index__lt=head)
        .order_by("-number")
        .values_list("end_index", flat=True)
        .first()
        or 0
    )
    places = dict(
        Leaf.objects.filter(entry_id__in=entry_ids, log_index__lt=head).values_list(
            "entry_id", "log_index"
        )
    )
    return {
        entry_id: Seal.RECORDED
        if entry_id not in places
        else Seal.PAGED
        if places[entry_id] < paged_until
        else Seal.SEALED
        for entry_id in entry_ids
    }


def is_witnessed(entry_id: UUID) -> bool:
    """Whether enough witnesses signed a head that shows the sale, and the page that covers it."""
    size = CosignedHead.objects.filter(id=1, is_quorum=True).values_list("size", flat=True).first()
    index = Leaf.objects.filter(entry_id=entry_id).values_list("log_index", flat=True).first()
    if size is None or index is None:
        return False
    return Page.objects.filter(
        first_index__lte=index, end_index__gt=index, leaf__log_index__lt=size
    ).exists()


def receipt_file(
    *, log: AnyLog, entry_id: UUID, items: Sequence[ShownItem], parties: Sequence[ShownParty]
) -> bytes | None:
    """The sale's receipt (a .tlog-proof) under the newest head; None until it is sealed.

    `items` and `parties` word what is shown with it; they prove nothing.
    """
    head = log_head(log)
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if head is None or leaf is None or leaf.log_index >= head.size:
        return None
    page = _page_over(head, leaf)
    # Whatever the newest head shows: the witnessed one is only taken where it shows as much.
    head = witnessed_head(log, covering=page.leaf_id if page else leaf.log_index) or head
    (entry,) = open_entries([entry_id])
    buyer = Entry.objects.values_list("subject_id", flat=True).get(id=entry_id)
    return build_receipt(
        Receipt(
            origin=log.origin,
            buyer=buyer,
            leaf=EntryLeaf.decode(bytes(leaf.record)),
            lines=entry.lines,
            items=tuple(items),
            parties=tuple(parties),
            index=leaf.log_index,
            path=tuple(head.reader.inclusion(leaf.log_index)),
            checkpoint=head.checkpoint,
            page=_page_opening(log, head, page, entry) if page else None,
            terms=terms_before(head=head, index=leaf.log_index, lines=entry.lines, buyer=buyer),
        )
    )


def _page_over(head: LogHead, leaf: Leaf) -> Page | None:
    return Page.objects.filter(
        first_index__lte=leaf.log_index, end_index__gt=leaf.log_index, leaf__log_index__lt=head.size
    ).first()


def _page_opening(log: AnyLog, head: LogHead, page: Page, entry: OpenedEntry) -> PageOpening:
    accounts = sorted({line.account for line in entry.lines})
    lines = lines_by_account(
        first_index=page.first_index, end_index=page.end_index, accounts=accounts
    )
    tree = page_tree(page)
    hashes = {number: [opened.line.hash() for opened in lines[number]] for number in accounts}
    trees = {number: Tree(hashes[number]) for number in accounts}
    places = []
    for line in entry.lines:
        position = hashes[line.account].index(line.hash())
        places.append(Place(position, tuple(trees[line.account].path(position))))
    return PageOpening(
        leaf=page_leaf(page),
        index=page.leaf_id,
        path=tuple(head.reader.inclusion(page.leaf_id)),
        accounts=tuple(open_account(log, page, tree, number, lines[number]) for number in accounts),
        places=tuple(places),
    )
