"""Ledger entries on their way into the log: what a leaf holds of them, and what salts it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.proof.models import AccountSecret
from pennywhistle.engines.tlog.merkle import tree_root
from pennywhistle.engines.tlog.records import EntryLeaf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pennywhistle.apps.proof.queries.lines import OpenedEntry

# Sales and their reversals, as docs/algorithms/proof.md has it.
_SALES = {Entry.Kind.SALE, Entry.Kind.REFUND}


def entry_leaf(entry: OpenedEntry) -> EntryLeaf:
    """What the log holds of an entry."""
    return EntryLeaf(
        kind="S" if entry.kind in _SALES else "E",
        line_count=len(entry.lines),
        lines_root=tree_root([line.hash() for line in entry.lines]),
    )


def ensure_secrets(entry_ids: Sequence[UUID]) -> None:
    """Make what salts the lines of these entries' buyers, where there is none yet."""
    without = (
        Entry.objects.filter(id__in=entry_ids)
        .exclude(subject__in=AccountSecret.objects.values("account"))
        .values_list("subject_id", flat=True)
        .distinct()
    )
    # Whoever promises a sale may make it at the same time: the first one stays.
    AccountSecret.objects.bulk_create(
        [AccountSecret(account_id=number, secret=secrets.token_bytes(32)) for number in without],
        ignore_conflicts=True,
    )
