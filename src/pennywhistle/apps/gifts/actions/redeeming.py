"""Handing a gift over: its money goes to the recipient, and buys what was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.gifts import errors
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import cost_of
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.reserving import unreserve
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import CheckoutError

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who redeems, and from where."""

    user_id: int
    territory: str


@transaction.atomic
def redeem(*, token: str, recipient: Recipient, shown: Money | None, now: datetime) -> Gift | None:
    """Make a gift the recipient's: its item at the price they were `shown`, or the balance.

    None for a secret that opens nothing. The same recipient again answers the same gift. What the
    item costs less stays on their balance; what it costs more is paid from there.

    Raises:
        GiftGoneError: somebody else took it, or it was taken back.
        GiftNotSoldError: the item cannot be sold to them; nothing happened, and `shown=None`
            takes the balance.
    """
    gift = Gift.objects.opened_by(token).select_for_update().first()
    if gift is None:
        return None
    if gift.state == Gift.State.REDEEMED and gift.redeemer_id == recipient.user_id:
        return gift
    if gift.state != Gift.State.OPEN:
        raise errors.GiftGoneError("The gift was taken already, or its giver took it back.")
    if gift.ref is not None and shown is not None:
        # Before the balance is locked (docs/developing/architecture.md, locks).
        cost = cost_of(gift.ref, user_id=recipient.user_id, territory=recipient.territory, at=now)
        account_numbers(cost.purses, currency=gift.currency)
    unreserve(
        from_user_id=gift.giver_id,
        to_user_id=recipient.user_id,
        money=gift.held,
        key=f"unreserve:gift:{gift.id}",
        now=now,
    )
    if gift.ref is not None and shown is not None:
        _buy(gift, gift.ref, recipient, shown, now)
    gift.state, gift.ended_at = Gift.State.REDEEMED, now
    gift.redeemer_id = recipient.user_id
    gift.save(update_fields=["state", "ended_at", "redeemer", "order"])
    return gift


def _buy(gift: Gift, ref: ItemRef, recipient: Recipient, shown: Money, now: datetime) -> None:
    try:
        gift.order_id = check_out(
            buyer_id=recipient.user_id,
            wanted=[ref],
            territory=recipient.territory,
            shown=shown,
            key=f"gift-{gift.id.hex}",
            now=now,
        )
    except CheckoutError as error:
        raise errors.GiftNotSoldError(str(error)) from error
