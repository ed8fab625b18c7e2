"""What is always so of the log: everything is in it once, and what was signed stays signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.proof.models import Leaf
from pennywhistle.apps.proof.queries import open_entries
from pennywhistle.apps.proof.work import CHECKPOINT
from pennywhistle.engines.tlog.checkpoint import Checkpoint, open_checkpoint
from pennywhistle.engines.tlog.merkle import leaf_hash, tree_root
from pennywhistle.engines.tlog.records import EntryLeaf
from pennywhistle.engines.tlog.tiles import TileReader
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.world import World


def all_in_the_log_once(world: World) -> Iterator[str]:
    """Every sale, as every entry, has one place in the log, or waits for one; never both."""
    del world
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT e.id, e.kind, n.leaves, n.waiting FROM ledger_entry e
            CROSS JOIN LATERAL (SELECT
              (SELECT count(*) FROM proof_leaf f WHERE f.entry_id = e.id) AS leaves,
              (SELECT count(*) FROM proof_waiting w WHERE w.entry_id = e.id) AS waiting) n
            WHERE n.leaves + n.waiting <> 1""")
        for entry_id, kind, leaves, waiting in cursor.fetchall():
            yield f"the {kind} {entry_id} is in the log {leaves} times, and waits {waiting} times"
        cursor.execute("""
            SELECT count(*), coalesce(max(log_index) + 1, 0),
              count(*) FILTER (WHERE entry_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = entry_id))
            FROM proof_leaf""")
        count, end, strange = cursor.fetchone()
    if count != end or strange:
        yield f"the log has {count} leaves up to number {end}, {strange} of them of no entry"


def heads_stand(world: World) -> Iterator[str]:
    """What is published is signed, is the root of the leaves so far, and never grows shorter."""
    checkpoint = published(world)
    if checkpoint is None or checkpoint.size in world.signed:
        if checkpoint and world.signed[checkpoint.size] != checkpoint.root:
            yield f"two different heads of {checkpoint.size} leaves were signed"
        return
    if checkpoint.size < max(world.signed, default=0):
        yield f"a head of {checkpoint.size} leaves came after a longer one"
    records = leaf_records()
    if tree_root([leaf_hash(each) for each in records[: checkpoint.size]]) != checkpoint.root:
        yield f"the head of {checkpoint.size} leaves is not that of the leaves"
    if checkpoint.size and _tiles_root(world, checkpoint.size) != checkpoint.root:
        yield f"the files of the log are not those of its head of {checkpoint.size} leaves"
    world.signed[checkpoint.size] = checkpoint.root


def log_is_the_books(world: World) -> Iterator[str]:
    """At the very end: each leaf is what its entry says, and all heads ever signed are prefixes."""
    hashes = [leaf_hash(each) for each in leaf_records()]
    for size, root in world.signed.items():
        if tree_root(hashes[:size]) != root:
            yield f"the head of {size} leaves, once signed, is no prefix of the log"
    leaves = dict(Leaf.objects.filter(entry__isnull=False).values_list("entry_id", "record"))
    for opened in open_entries(list(leaves)):
        root = tree_root([line.hash() for line in opened.lines])
        kind = "S" if opened.kind in {Entry.Kind.SALE, Entry.Kind.REFUND} else "E"
        if EntryLeaf(kind, len(opened.lines), root).encode() != bytes(leaves[opened.entry_id]):
            yield f"the leaf of {opened.entry_id} is not what the books say"


def published(world: World) -> Checkpoint | None:
    """The head that the world sees, with its signature checked."""
    try:
        note = world.log.folder.read(CHECKPOINT)
    except StoredFileMissingError:
        return None
    return open_checkpoint(note, keys=[world.log.verifier], origin=world.log.origin)


def leaf_records() -> list[bytes]:
    """All leaves, in order."""
    return [
        bytes(each) for each in Leaf.objects.order_by("log_index").values_list("record", flat=True)
    ]


def _tiles_root(world: World, size: int) -> bytes:
    return TileReader(world.log.folder.read, size).root()
