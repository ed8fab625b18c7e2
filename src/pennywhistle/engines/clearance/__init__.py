"""Clearance: may this be sold here, now, at what price, and who gets what?

A pure function over facts. It fails closed, explains itself, and names the cure of each refusal
(docs/algorithms/clearance.md).
"""

from pennywhistle.engines.clearance.ahead import AHEAD, agreed_ahead, discount_ahead
from pennywhistle.engines.clearance.decide import clear
from pennywhistle.engines.clearance.evidence import digest_of
from pennywhistle.engines.clearance.facts import (
    DOWNLOAD,
    US_TERRITORIES,
    WORK_RIGHTS,
    Agreement,
    Discount,
    Grant,
    Item,
    License,
    LicenseSource,
    Mandate,
    Payee,
    PublicDomain,
    Question,
    Rate,
    Recording,
    Register,
    Right,
    Share,
    Stop,
    Track,
    Transfer,
    Work,
)
from pennywhistle.engines.clearance.fees import Usage
from pennywhistle.engines.clearance.parts import LICENSE_FEE, Part
from pennywhistle.engines.clearance.reasons import Link, Reason, Saying
from pennywhistle.engines.clearance.survey import Area, next_change, survey
from pennywhistle.engines.clearance.verdict import Terms, Verdict
from pennywhistle.engines.clearance.wording import Words

__all__ = [
    "AHEAD",
    "DOWNLOAD",
    "LICENSE_FEE",
    "US_TERRITORIES",
    "WORK_RIGHTS",
    "Agreement",
    "Area",
    "Discount",
    "Grant",
    "Item",
    "License",
    "LicenseSource",
    "Link",
    "Mandate",
    "Part",
    "Payee",
    "PublicDomain",
    "Question",
    "Rate",
    "Reason",
    "Recording",
    "Register",
    "Right",
    "Saying",
    "Share",
    "Stop",
    "Terms",
    "Track",
    "Transfer",
    "Usage",
    "Verdict",
    "Words",
    "Work",
    "agreed_ahead",
    "clear",
    "digest_of",
    "discount_ahead",
    "next_change",
    "survey",
]
