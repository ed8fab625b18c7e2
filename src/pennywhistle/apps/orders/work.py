"""Selling: purchases are cleared, split and written, many in one transaction.

Writing thirty sales at once costs the database little more than writing one, and one flush to the
disk serves them all. Each purchase still stands for itself: what is refused is left out, and the
others go through.

Most are sold by what the till knows by heart, in one statement that writes nothing where that is
no longer so. Whatever else happens, the till looks: it reads facts and buyers, judges by them, and
writes if nothing changed since. Only on its last look is it enough that nothing changed of what the
sale relies on: while a catalog comes in, something always does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.agreed import require_no_slip
from pennywhistle.apps.orders.known import by_heart, forget, items_at_till, snapshot_looked_at
from pennywhistle.apps.orders.payout import payout_of
from pennywhistle.apps.orders.purchases import Cleared, Outcome, Purchase, Sale
from pennywhistle.apps.orders.queries import AtTill, Buyer, Owned, buyers_at_till
from pennywhistle.apps.orders.writing import write
from pennywhistle.apps.rights.queries import StoreNotSetUpError
from pennywhistle.kernel.entry_id import new_entry_id
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from pennywhistle.apps.rights.queries import ItemRef, Loaded

# How often the till looks, while a buyer buys in other processes or facts change.
looks_max = 3
_NOTHING = Owned()


def sell(purchases: Sequence[Purchase]) -> list[Outcome]:
    """Sell to several buyers, each at most once in `purchases`; all at once where nothing is odd.

    Answers an order's id, or the reason why not, for each purchase in its place.
    """
    outcomes = _sell_by_heart(purchases)
    for look in range(1, looks_max + 1):
        places = [place for place, outcome in enumerate(outcomes) if outcome is None]
        if not places:
            break
        looked = _look_and_sell([purchases[place] for place in places], is_last=look == looks_max)
        for place, outcome in zip(places, looked, strict=True):
            outcomes[place] = outcome
    return [_changed() if outcome is None else outcome for outcome in outcomes]


def _sell_by_heart(purchases: Sequence[Purchase]) -> list[Outcome | None]:
    """Sell to buyers who are thought to own nothing of what they want, by facts known already.

    The database writes nothing where either is not so. Nothing is refused by heart: None says that
    the till has to look.
    """
    heart = by_heart(min(purchase.now for purchase in purchases))
    if heart is not None:
        judged = [
            _judge(each, heart.newcomer(each.territory, each.now), heart.items)
            for each in purchases
        ]
        cleared = [each for each in judged if isinstance(each, Cleared)]
        # Otherwise one look for all costs less than one statement for each half.
        if len(cleared) == len(purchases):
            words = write(cleared, snapshot=heart.snapshot)
            return [
                each.order_id if word == "placed" else None
                for each, word in zip(cleared, words, strict=True)
            ]
    return [None] * len(purchases)


def _look_and_sell(purchases: Sequence[Purchase], *, is_last: bool) -> list[Outcome | None]:
    """Sell by what the database says now; None to whoever has to be looked at again.

    That is who bought somewhere else meanwhile, and, unless it is the last look, everybody where
    any fact changed meanwhile.
    """
    # First the facts: buyers and the store's terms are then read after the snapshot, too.
    loaded = items_at_till(
        list({ref for purchase in purchases for ref in purchase.wanted}),
        territories={purchase.territory for purchase in purchases},
        at=min(purchase.now for purchase in purchases),
    )
    buyers = buyers_at_till([_at_till(purchase) for purchase in purchases])
    judged = [
        _judge(purchase, buyer, loaded) for purchase, buyer in zip(purchases, buyers, strict=True)
    ]
    cleared = [each for each in judged if isinstance(each, Cleared)]
    snapshot = None if is_last else snapshot_looked_at()
    words = iter(write(cleared, snapshot=snapshot) if cleared else ())
    return [_outcome(each, next(words)) if isinstance(each, Cleared) else each for each in judged]


def _at_till(purchase: Purchase) -> AtTill:
    return AtTill(
        purchase.buyer_id,
        purchase.territory,
        purchase.now,
        {ref.release_id for ref in purchase.wanted},
        purchase.key,
    )


def _judge(
    purchase: Purchase, buyer: Buyer | None, loaded: Mapping[ItemRef, Loaded]
) -> Cleared | Outcome:
    if buyer is None:
        return StoreNotSetUpError("The store is not set up yet.")
    try:
        if buyer.order_id is not None:
            return _replayed(purchase, buyer)
        return _clear(purchase, buyer, loaded)
    except errors.CheckoutError as error:
        return error


def _replayed(purchase: Purchase, buyer: Buyer) -> UUID:
    if buyer.order_asked != purchase.asked or buyer.order_id is None:
        raise errors.KeyReusedError(
            "This purchase was already made with other items or another price. Nothing was bought."
        )
    return buyer.order_id


def _clear(purchase: Purchase, buyer: Buyer, loaded: Mapping[ItemRef, Loaded]) -> Cleared:
    _require_distinct(purchase.wanted)
    sales = tuple([_sale(purchase, buyer, ref, loaded.get(ref)) for ref in purchase.wanted])
    total = Money(sum([sale.price.micro for sale in sales]), buyer.terms.currency)
    if total != purchase.shown:
        raise errors.PriceChangedError(purchase.shown, total)
    return Cleared(new_entry_id(purchase.now), purchase, total, sales)


def _require_distinct(wanted: Sequence[ItemRef]) -> None:
    if not wanted:
        raise errors.CartEmptyError("The cart is empty.")
    if len(wanted) == 1:
        return
    whole = {ref.release_id for ref in wanted if ref.track_id is None}
    overlaps = any(ref.track_id is not None and ref.release_id in whole for ref in wanted)
    if overlaps or len(set(wanted)) != len(wanted):
        raise errors.CartOverlapsError("The cart holds something twice. Nothing was bought.")


def _sale(purchase: Purchase, buyer: Buyer, ref: ItemRef, loaded: Loaded | None) -> Sale:
    if loaded is None:
        raise errors.CartEmptyError("Something in the cart is no longer in the catalog.")
    item = loaded.item
    owned = buyer.owned.get(ref.release_id, _NOTHING)
    if owned.has(ref):
        raise errors.AlreadyOwnedError(f"You own {item.title} already. Nothing was bought.")
    question = buyer.question(ref)
    agreed = purchase.agreed.get(ref)
    verdict = loaded.clear(agreed.asks(question) if agreed else question)
    if not verdict.allowed or verdict.price is None:
        raise errors.RefusedError(item.title, verdict.reasons)
    if agreed and verdict.terms:
        require_no_slip(item.title, verdict.terms)
    sale_id = new_entry_id(purchase.now)
    payout = payout_of(verdict)
    amounts = payout.amounts(sale_id.bytes)
    return Sale(sale_id, ref, item.ref, verdict.price, verdict, payout, amounts, owned.count)


def _outcome(each: Cleared, word: str) -> Outcome | None:
    if word == "placed":
        return each.order_id
    if word == "balance":
        return errors.BalanceTooSmallError(each.total)
    if word == "changed":
        forget()
        return _changed()
    # A purchase under the same key, or another of this buyer, went through somewhere else: whoever
    # looks again sees it, and answers with it or counts it; and so with a fact that changed.
    assert word in {"known", "shelf", "stale"}, word
    return None


def _changed() -> errors.RightsChangedError:
    return errors.RightsChangedError(
        "What may be sold changed while you were paying. Nothing was bought; look again."
    )
