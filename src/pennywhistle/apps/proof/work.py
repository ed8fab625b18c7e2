"""The sequencer's work: entries get their place in the log, pages are closed, heads are signed.

In an order in which a crash at any point leaves a log that the next run completes:

1. `order_waiting` writes leaves into the database: from here on their order is settled.
2. `publish` writes tiles and entry bundles, made from the leaves and nothing else, so that
   writing them again writes the same bytes; then signs the head of what lies there and swaps it
   in for the last one; then writes the checkpoint file.

Only one sequencer works at a time (an advisory lock), and should two ever run, only one of them
can swap the head: two different heads of one size are never both published.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.db import connection, transaction

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.proof.entries import ensure_secrets, entry_leaf
from pennywhistle.apps.proof.models import (
    AnnouncementWaiting,
    CosignedHead,
    Head,
    Leaf,
    Page,
    Waiting,
)
from pennywhistle.apps.proof.queries import lines_by_account, open_entries
from pennywhistle.engines.tlog import page as tlog_page
from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.merkle import leaf_hash, tree_root
from pennywhistle.engines.tlog.note import read_note
from pennywhistle.engines.tlog.tiles import TileReader, bundles_to_write, tiles_to_write
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pennywhistle.apps.proof.asking import Cosigned, Witnesses
    from pennywhistle.apps.proof.log import AnyLog, Log
    from pennywhistle.engines.tlog.announced import AnnouncedKind
    from pennywhistle.engines.tlog.policy import Policy

batch_entries_max = 2_000
CHECKPOINT = "checkpoint"


class LogForkedError(Exception):
    """The published checkpoint is ahead of the database, or contradicts it.

    The database was restored to an earlier state, or the folder is another store's. Signing on
    would show the world two histories.
    """

    code = "log-forked"


class HeadTakenError(Exception):
    """Another sequencer moved the head meanwhile."""

    code = "head-taken"


@contextmanager
def sequencing() -> Iterator[bool]:
    """Hold the sequencer's place; False where another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('proof_sequencer'))")
        held = bool(cursor.fetchone()[0])
        try:
            yield held
        finally:
            if held:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('proof_sequencer'))")


@transaction.atomic
def order_waiting() -> int:
    """Give waiting entries their places in the log; answers how many."""
    waiting = list(
        Waiting.objects.select_for_update()
        .order_by("entry_id")
        .values_list("entry_id", flat=True)[:batch_entries_max]
    )
    if not waiting:
        return 0
    ensure_secrets(waiting)
    first = _leaf_count()
    Leaf.objects.bulk_create(
        Leaf(
            log_index=first + offset,
            entry_id=entry.entry_id,
            record=entry_leaf(entry).encode(),
        )
        for offset, entry in enumerate(open_entries(waiting))
    )
    Waiting.objects.filter(entry_id__in=waiting).delete()
    return len(waiting)


@transaction.atomic
def order_announced() -> int:
    """Give what was announced its places in the log; answers how many."""
    waiting = list(
        AnnouncementWaiting.objects.select_for_update(of=("self",))
        .select_related("announcement")
        .order_by("announcement_id")[:batch_entries_max]
    )
    if not waiting:
        return 0
    first = _leaf_count()
    Leaf.objects.bulk_create(
        Leaf(
            log_index=first + offset,
            announcement=each.announcement,
            record=AnnouncedLeaf(
                cast("AnnouncedKind", each.announcement.kind),
                each.announcement.subject,
                bytes(each.announcement.digest),
            ).encode(),
        )
        for offset, each in enumerate(waiting)
    )
    numbers = [each.announcement_id for each in waiting]
    AnnouncementWaiting.objects.filter(announcement__in=numbers).delete()
    return len(waiting)


@transaction.atomic
def close_page(*, log: AnyLog, now: datetime) -> Page | None:
    """Close a page over all leaves since the last one; None where no entry came in between."""
    last = Page.objects.order_by("-number").first()
    number, first = (last.number + 1, last.end_index) if last else (0, 0)
    end = _leaf_count()
    lines = lines_by_account(first_index=first, end_index=end)
    if not lines:
        return None
    closed = tlog_page.close_page(
        number=number,
        account_count=Account.objects.count(),
        first_index=first,
        end_index=end,
        line_hashes={
            account: [opened.line.hash() for opened in opened_lines]
            for account, opened_lines in lines.items()
        },
        secret=log.page_secret,
    )
    leaf = Leaf.objects.create(log_index=end, record=closed.leaf.encode())
    return Page.objects.create(
        number=number,
        account_count=closed.leaf.account_count,
        first_index=first,
        end_index=end,
        lines_root=closed.leaf.lines_root,
        line_hashes=b"".join(line.hash() for line in closed.account_lines),
        leaf=leaf,
        closed_at=now,
    )


def publish(*, log: Log) -> int:
    """Publish all leaves under a newly signed checkpoint; answers the log's size."""
    head, _ = Head.objects.get_or_create(id=1, defaults={"root": tree_root([])})
    _refuse_fork(log, head)
    size = _leaf_count()
    if size > head.size or not _is_signed_by_all(log, head):
        _write_tiles(log, head.size, size)
        root = TileReader(log.folder.read, size).root() if size else tree_root([])
        signed = sign_checkpoint(Checkpoint(log.origin, size, root), *log.signers)
        head = _swap_head(head, size, root, signed.decode())
    text = _text_of(head)
    if _published(log) != text:
        log.folder.write(CHECKPOINT, text.encode())
    return head.size


def offer_head(witnesses: Witnesses) -> None:
    """Have the newest head looked at, in the background."""
    head = Head.objects.filter(id=1).first()
    if head is not None:
        witnesses.offer(size=head.size, checkpoint=head.checkpoint)


@transaction.atomic
def keep_cosigned(*, cosigned: Cosigned, policy: Policy, now: datetime) -> None:
    """Keep a head's cosignatures; `publish` puts them under the checkpoint while it is newest.

    A head with fewer witnesses than the policy wants never takes the place of one with enough.
    """
    is_quorum = policy.is_met_by(cosigned.names)
    kept = CosignedHead.objects.select_for_update().filter(id=1).first()
    if kept is not None and kept.is_quorum and not is_quorum:
        return
    CosignedHead.objects.update_or_create(
        id=1,
        defaults={
            "size": cosigned.size,
            "checkpoint": cosigned.checkpoint,
            "witnesses": list(cosigned.names),
            "is_quorum": is_quorum,
            "cosigned_at": now,
        },
    )


def _text_of(head: Head) -> str:
    """What is published of a head: with the witnesses' lines as soon as they are there."""
    cosigned = CosignedHead.objects.filter(id=1, size=head.size).first()
    if cosigned is not None and cosigned.checkpoint.startswith(head.checkpoint):
        return cosigned.checkpoint
    return head.checkpoint


def _is_signed_by_all(log: Log, head: Head) -> bool:
    """Whether every key of the log has signed; a key that was added signs the same head anew."""
    if not head.checkpoint:
        return False
    _, signatures = read_note(head.checkpoint.encode())
    signed = {(each.name, each.key_id) for each in signatures}
    return all((key.name, key.key_id) in signed for key in log.verifiers)


def _swap_head(head: Head, size: int, root: bytes, checkpoint: str) -> Head:
    swapped = Head.objects.filter(id=1, size=head.size, checkpoint=head.checkpoint).update(
        size=size, root=root, checkpoint=checkpoint
    )
    if not swapped:
        raise HeadTakenError("Another sequencer signed a head meanwhile; this one stops.")
    return Head.objects.get(id=1)


def _write_tiles(log: Log, old_size: int, size: int) -> None:
    """Entry bundles first, then tiles: whoever sees a hash can fetch what it is the hash of."""
    records = [
        bytes(record)
        for record in Leaf.objects.filter(log_index__gte=old_size, log_index__lt=size)
        .order_by("log_index")
        .values_list("record", flat=True)
    ]
    assert len(records) == size - old_size, "the leaves of the log are numbered without a gap"
    hashes = [leaf_hash(record) for record in records]
    read = log.folder.read
    for path, data in bundles_to_write(old_size=old_size, new_records=records, read=read):
        log.folder.write(path, data)
    for path, data in tiles_to_write(old_size=old_size, new_hashes=hashes, read=read):
        log.folder.write(path, data)


def _refuse_fork(log: Log, head: Head) -> None:
    published = _published(log)
    if published and published != head.checkpoint:
        found = Checkpoint.parse(published.partition("\n\n")[0] + "\n")
        is_other = found.size == head.size and found.root != bytes(head.root)
        if found.size > head.size or is_other or found.origin != log.origin:
            raise LogForkedError(
                f"The published checkpoint has {found.size} leaves of {found.origin}, the database"
                f" {head.size} of {log.origin}. Nothing was signed; see docs/running/log.md."
            )


def _published(log: Log) -> str:
    try:
        return log.folder.read(CHECKPOINT).decode()
    except StoredFileMissingError:
        return ""


def _leaf_count() -> int:
    last = Leaf.objects.order_by("-log_index").values_list("log_index", flat=True).first()
    return 0 if last is None else last + 1
