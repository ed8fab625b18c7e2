"""The country of a visitor's network, as a trusted proxy says it, and noting where buyers are.

There is no table of network addresses in the store: such tables grow old, and their licenses ask
for more than a store should have to keep. A proxy or a CDN in front of it knows, and says so in a
header that PENNYWHISTLE_NETWORK_COUNTRY_HEADER names. Who can reach the store past the proxy can
write that header, too: docs/running/tax.md says how to prevent it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.engines.tax import ClueKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest


def network_country(request: HttpRequest) -> str:
    """ISO 3166-1 alpha-2 as the proxy says it; empty where none is trusted or it does not know."""
    header = settings.NETWORK_COUNTRY_HEADER
    said = str(request.headers.get(header, "")) if header else ""
    code = said.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""  # noqa: PLR2004 (alpha-2)


def note_where(request: HttpRequest, *, territory: str, now: datetime) -> None:
    """Keep what the buyer and the network say of the place, once a day; before they pay."""
    assert request.user.is_authenticated
    user_id = request.user.pk
    note_clue(
        user_id=user_id,
        kind=ClueKind.DECLARED,
        country=territory,
        source="the buyer, at the till",
        now=now,
    )
    note_clue(
        user_id=user_id,
        kind=ClueKind.NETWORK,
        country=network_country(request),
        source=f"header {settings.NETWORK_COUNTRY_HEADER}",
        now=now,
    )
