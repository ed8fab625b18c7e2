"""What somebody owns for good: what they may still give back makes no bundle complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.orders.returns import Against, returns_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pennywhistle.apps.orders.queries import Buyer
    from pennywhistle.apps.orders.returns import Return


def unsettled_of(
    release_ids: Collection[int], *, user_id: int, buyer: Buyer, at: datetime
) -> dict[int, datetime]:
    """Until when the buyer may give back which of these releases; no query where none is theirs."""
    mine = [each for each in release_ids if each in buyer.owned and buyer.owned[each].is_whole]
    if not mine:
        return {}
    owned = Entitlement.objects.filter(
        buyer=user_id, release__in=mine, track__isnull=True, ended_at__isnull=True
    )
    lines = [each.line for each in owned.select_related("line__order")]
    returns = returns_of(lines, now=at)
    return {
        line.release_id: _until(returns[line.pk]) for line in lines if returns[line.pk].is_possible
    }


def _until(found: Return) -> datetime:
    """The last instant by the terms or by the law, whichever lets them."""
    ways = ((found.against, found.until), (found.against_withdrawal, found.withdrawal_until))
    return max(until for against, until in ways if against is Against.NOTHING)
