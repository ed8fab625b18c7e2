"""Where buyers may withdraw from a contract, for how long, and what a waiver says.

Directive 2011/83/EU, articles 9, 11a and 16(m), in the EU and the EEA; in the United Kingdom the
Consumer Contracts Regulations 2013, regulations 29 and 37.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from datetime import datetime

# The EU with the regions of its members where its law holds, the EEA, the United Kingdom.
TERRITORIES = Territories.of(
    *[
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ],
    *["AX", "GF", "GP", "MF", "MQ", "RE", "YT"],
    *["IS", "LI", "NO"],
    "GB",
)
# Fourteen whole days after that of the purchase, which ends at another instant in each place.
PERIOD = timedelta(days=15)
PERIOD_DAYS = 14

# A new version for each change of the words; what was shown is kept with the order besides.
WAIVER_VERSION = "2026-11-22"
WAIVER_WORDS = gettext_noop(
    "I want my downloads to be ready at once, before the fourteen days of withdrawal are over. "
    "I know that I lose my right of withdrawal from what I buy here once its download begins."
)


def holds_in(territory: str) -> bool:
    """Whether buyers there have the right."""
    return territory in TERRITORIES


def ends_at(placed_at: datetime) -> datetime:
    """The first instant at which a purchase of then can no longer be withdrawn from."""
    return placed_at + PERIOD
