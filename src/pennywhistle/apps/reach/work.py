"""What is made for everybody by the clock or on demand."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.reach.counting import forget_old_counts
from pennywhistle.apps.reach.dumps import make_dump
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.publishing import remove_replaced
from pennywhistle.apps.reach.sitemaps import make_sitemaps

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.reach.documents import Addresses
    from pennywhistle.apps.reach.sitemaps import MapAddresses

# Site maps tell of what is new; a dump is taken once a day.
SITEMAPS_EVERY = timedelta(hours=6)


def make_due(*, addresses: Addresses, map_addresses: MapAddresses, now: datetime) -> None:
    """Make the site maps every few hours, and the dump once a day, in the night by UTC."""
    made_at = _made_at(PublicFile.Group.SITEMAP)
    if made_at is None or now - made_at >= SITEMAPS_EVERY:
        make_sitemaps(addresses=map_addresses, now=now)
    made_at = _made_at(PublicFile.Group.DUMP)
    if made_at is None or made_at.astimezone(UTC).date() < now.astimezone(UTC).date():
        make_dump(addresses=addresses, now=now)


def tidy(*, now: datetime) -> None:
    """Forget what was counted, and what was replaced days ago."""
    forget_old_counts(now=now)
    remove_replaced(now=now)


def _made_at(group: str) -> datetime | None:
    rows = PublicFile.objects.filter(group=group).order_by("-made_at")
    return rows.values_list("made_at", flat=True).first()
