"""Promises: the store's signed word for a sale that the log does not hold yet.

Made when somebody asks for it, never in the sale's own transaction: what it says is settled by the
entry, and the same entry gets the same promise whoever asks first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.proof.entries import ensure_secrets, entry_leaf
from pennywhistle.apps.proof.models import Head, Leaf
from pennywhistle.apps.proof.queries.lines import micros_since_epoch, open_entries
from pennywhistle.engines.tlog.promise import Promise, Terms, build_promise, sign_promise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pennywhistle.apps.proof.log import AnyLog
    from pennywhistle.apps.proof.till import Till
    from pennywhistle.engines.tlog.receipt import ShownItem, ShownParty


def promise_file(
    *,
    log: AnyLog,
    till: Till,
    entry_id: UUID,
    items: Sequence[ShownItem],
    parties: Sequence[ShownParty],
) -> bytes:
    """The store's promise that the log will hold this entry, with its lines opened.

    Its time counts from the sale, not from now: a store whose log stands still cannot put off what
    it promises by handing the promise out late.
    """
    found = Entry.objects.only("subject_id", "occurred_at").get(id=entry_id)
    ensure_secrets([entry_id])
    (entry,) = open_entries([entry_id])
    by = found.occurred_at + timedelta(seconds=settings.PROMISE_S)
    terms = Terms(log.origin, entry_leaf(entry), _after(entry_id), micros_since_epoch(by))
    return build_promise(
        Promise(
            origin=log.origin,
            buyer=found.subject_id,
            leaf=terms.leaf,
            lines=entry.lines,
            items=tuple(items),
            parties=tuple(parties),
            after=terms.after,
            by_us=terms.by_us,
            note=sign_promise(terms, key=till.key, delegation=till.delegation),
        )
    )


def _after(entry_id: UUID) -> int:
    """From where on whoever checks has to look: the entry is nowhere below the signed head."""
    size = Head.objects.filter(id=1).values_list("size", flat=True).first() or 0
    # Read after the head: an entry that was placed meanwhile may stand below it.
    index = Leaf.objects.filter(entry_id=entry_id).values_list("log_index", flat=True).first()
    return size if index is None else min(size, index)
