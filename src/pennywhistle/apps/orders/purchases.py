"""What is asked for at the till, and what it becomes once clearance allows it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.orders.agreed import Agreed
    from pennywhistle.apps.orders.payout import Payout
    from pennywhistle.apps.rights.refs import ItemRef
    from pennywhistle.engines.clearance import Verdict
    from pennywhistle.kernel.money import Money

# An order's id, or the reason why there is none.
Outcome = UUID | Exception


@dataclass(frozen=True)
class Purchase:
    """What a buyer asks for at the till; `shown` is the total that they saw.

    Of `agreed` are the items of another price than everybody's.
    """

    buyer_id: int
    wanted: tuple[ItemRef, ...]
    territory: str
    shown: Money
    key: str
    now: datetime
    agreed: Mapping[ItemRef, Agreed] = field(default_factory=dict)

    @cached_property
    def asked(self) -> bytes:
        """SHA-256 of what was asked: the same key with another cart is refused."""
        items = sorted([ref.release_id, ref.track_id or 0] for ref in self.wanted)
        # As JSON, which numbers and codes of letters make without being quoted.
        text = f'[{items}, "{self.territory}", {self.shown.micro}, "{self.shown.currency}"]'
        if self.agreed:
            text += json.dumps(sorted(each.digested for each in self.agreed.values()))
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an order, cleared: what is sold for how much, and who gets which amount."""

    id: UUID
    ref: ItemRef
    item: str
    price: Money
    verdict: Verdict
    payout: Payout
    # What each purse of the payout gets, in micro-units; nothing for some, where that rounds so.
    amounts: list[int]
    # How many entitlements in the item's release the buyer was thought to have.
    owned_count: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """A purchase that clearance allows, as it will be written."""

    order_id: UUID
    purchase: Purchase
    total: Money
    sales: tuple[Sale, ...]
