"""A supplier's tiers: names for prices, which are the codes of its rate card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.models import RateCardLine
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tier:
    """What a code means now, in some territories."""

    code: str
    price: Money
    wholesale: Money
    territories: Territories


def tiers_of(*, supplier_id: int, at: datetime) -> list[Tier]:
    """The supplier's tiers that mean something at an instant, by their names."""
    lines = RateCardLine.objects.open().filter(supplier=supplier_id).select_related("territories")
    return [
        Tier(
            line.code,
            Money(line.price_micro, line.currency),
            Money(line.wholesale_micro, line.currency),
            Territories.from_bytes(bytes(line.territories.mask)),
        )
        for line in lines.order_by("code", "id")
        if at in line.valid
    ]
