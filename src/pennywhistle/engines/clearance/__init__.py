"""Clearance: may this be sold here, now, at what price, and who gets what?

A pure function over facts. It fails closed, explains itself, and names the cure of each refusal.
This is its first form: suppliers' grants. Works, mandates and tariffs join the same question and
the same verdict (docs/algorithms/clearance.md).
"""

from pennywhistle.engines.clearance.decide import clear
from pennywhistle.engines.clearance.evidence import digest_of
from pennywhistle.engines.clearance.facts import (
    DOWNLOAD,
    Grant,
    Item,
    Payee,
    Question,
    Stop,
    Track,
)
from pennywhistle.engines.clearance.verdict import Link, Part, Reason, Verdict

__all__ = [
    "DOWNLOAD",
    "Grant",
    "Item",
    "Link",
    "Part",
    "Payee",
    "Question",
    "Reason",
    "Stop",
    "Track",
    "Verdict",
    "clear",
    "digest_of",
]
