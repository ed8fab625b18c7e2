"""Reading the log: entries as salted lines, receipts, and payees' openings of pages."""

from pennywhistle.apps.proof.queries.lines import (
    OpenedEntry,
    OpenedLine,
    lines_by_account,
    micros_since_epoch,
    open_entries,
)
from pennywhistle.apps.proof.queries.openings import log_head, oldest_waiting_at, open_statement
from pennywhistle.apps.proof.queries.receipts import (
    Seal,
    is_witnessed,
    receipt_file,
    seals_of,
)

__all__ = [
    "OpenedEntry",
    "OpenedLine",
    "Seal",
    "is_witnessed",
    "lines_by_account",
    "log_head",
    "micros_since_epoch",
    "oldest_waiting_at",
    "open_entries",
    "open_statement",
    "receipt_file",
    "seals_of",
]
