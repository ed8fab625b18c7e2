"""Which money of a balance is not spent yet, and by which top-ups it came.

First in, first out: what came first is spent first, so that what is left is of the newest. A sale
that is refunded was never made, and a top-up that went back in part never held that part. What the
store added to a top-up (`bonus`) is spent after it, and goes back to the store in the part in which
the money goes back that it came with.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from pennywhistle.apps.ledger.models import Account, Balance, Entry, Posting
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.models import Chargeback, Payback, TopUp
from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pennywhistle.apps.users.models import User

# By what a balance grows that is no new money: a purchase or a payback that is undone, tax of a
# purchase that comes back, what a bank does not take back after all. What the store adds is counted
# with its top-up.
_NO_NEW_MONEY = [
    Entry.Kind.REFUND,
    Entry.Kind.PAYBACK,
    Entry.Kind.TAX,
    Entry.Kind.BONUS,
    Entry.Kind.DISPUTE,
]


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of a top-up, and can go back by its provider.

    `bonus` is the part of it that the store added, which goes back to the store as well.
    """

    top_up_id: UUID
    provider: str
    provider_ref: str
    money: Money
    bonus: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Taken:
    """A lot, or a part of one, that goes back; `bonus` leaves the balance for the store."""

    lot: Lot
    money: Money
    bonus: Money


@dataclass(frozen=True, slots=True)
class Unspent:
    """A balance, and what of it can go back; `lots` are in the order in which they go.

    The rest of the balance cannot: gifts and bonuses, which nobody paid in; money of a provider
    that the store uses no more; and less than the currency's smallest coin.
    """

    balance: Money
    payable: Money
    lots: tuple[Lot, ...]
    # What the store added and is not spent yet: part of the balance, never paid out.
    bonus: Money

    @property
    def rest(self) -> Money:
        """What stays."""
        return self.balance - self.payable

    def without(self, top_up_ids: Collection[UUID]) -> Unspent:
        """The same, but that nothing goes back by these top-ups."""
        lots = tuple(lot for lot in self.lots if lot.top_up_id not in top_up_ids)
        payable = sum((lot.money for lot in lots), Money.zero(self.balance.currency))
        return replace(self, payable=payable, lots=lots)

    def taken(self, amount: Money) -> tuple[Taken, ...]:
        """The lots, or parts of them, by which an amount goes back; it is at most `payable`."""
        taken, left = [], amount
        for lot in self.lots:
            part = min(lot.money, left)
            if part:
                # Rounded up: nobody keeps what came with money that went back.
                bonus = Money(ceil(part.micro * lot.bonus), part.currency)
                taken.append(Taken(lot, part, bonus))
            left -= part
        assert not left, "no more goes back than is payable"
        return tuple(taken)


def unspent_of(*, user: User, currency: str) -> Unspent:
    """What a person has on the balance, and what of it can go back."""
    account = Account.objects.balance_of(user=user, currency=currency).first()
    if account is None:
        nothing = Money.zero(currency)
        return Unspent(nothing, nothing, (), nothing)
    return unspent_on(account)


def unspent_on(account: Account) -> Unspent:
    """The same by the balance's account; who changes it holds its row (`Balance`)."""
    currency = account.currency
    has = Balance.objects.values_list("amount_micro", flat=True).get(account=account)
    coin = micro_per_minor_unit(currency)
    lots, given = [], 0
    for top_up, part, added in _left_on(account, has):
        given += added
        # Top-ups are whole coins, and so is what goes back of them.
        whole = part - part % coin
        if whole and not top_up.is_disputed and top_up.provider in providers.codes():
            bonus = Fraction(top_up.bonus_left_micro, top_up.left_micro)
            money = Money(whole, currency)
            lots.append(Lot(top_up.id, top_up.provider, top_up.provider_ref, money, bonus))
    payable = sum((lot.money for lot in lots), Money.zero(currency))
    return Unspent(Money(has, currency), payable, tuple(lots), Money(given, currency))


def left_of(account: Account, *, top_up_id: UUID) -> tuple[Money, Fraction]:
    """What a top-up brought and is not spent, and which part of it the store added besides.

    Whatever stands against its going back; who changes it holds the balance's row.
    """
    has = Balance.objects.values_list("amount_micro", flat=True).get(account=account)
    for top_up, part, _ in _left_on(account, has):
        if top_up.id == top_up_id and part:
            bonus = Fraction(top_up.bonus_left_micro, top_up.left_micro)
            return Money(part, account.currency), bonus
    return Money.zero(account.currency), Fraction(0)


def _left_on(account: Account, has: int) -> Iterator[tuple[_PaidIn, int, int]]:
    """The top-ups, the newest first, with what is left of each and of what the store added."""
    incoming = _incoming(account)
    top_ups = _top_ups([top_up_id for top_up_id, _ in incoming if top_up_id is not None])
    left = has
    for top_up_id, credited in incoming:
        top_up = top_ups.get(top_up_id) if top_up_id else None
        if top_up is None:
            left -= min(left, credited)
            continue
        added = min(left, top_up.bonus_left_micro)
        left -= added
        part = min(left, top_up.left_micro)
        left -= part
        yield top_up, part, added


@dataclass(frozen=True, slots=True)
class _PaidIn:
    id: UUID
    provider: str
    provider_ref: str
    amount_micro: int
    bonus_micro: int
    # What went back of it to its buyer, and with that to the store.
    back_micro: int
    bonus_back_micro: int
    # Its buyer's bank takes it back, or did.
    is_disputed: bool

    @property
    def left_micro(self) -> int:
        """What did not go back; spent or not."""
        return self.amount_micro - self.back_micro

    @property
    def bonus_left_micro(self) -> int:
        """The same of the bonus."""
        return self.bonus_micro - self.bonus_back_micro


def _incoming(account: Account) -> list[tuple[UUID | None, int]]:
    """What came to the balance, the newest first; with the top-up that brought it, if one did."""
    own = Account.objects.filter(
        kind=Account.Kind.RESERVED, user=account.user_id, currency=account.currency
    ).values_list("number", flat=True)
    rows = (
        Posting.objects.on([account.number])
        .filter(amount_micro__gt=0)
        .exclude(entry__kind__in=_NO_NEW_MONEY)
        # What was only set aside comes back as what it was.
        .exclude(Q(entry__kind=Entry.Kind.UNRESERVE) & Q(accounts__overlap=list(own)))
        .order_by("-entry__occurred_at", "-entry_id", "-line")
        .values_list("entry__kind", "entry__key", "amount_micro")
    )
    return list(_named(list(rows)))


def _named(rows: Sequence[tuple[str, str | None, int]]) -> Iterator[tuple[UUID | None, int]]:
    for kind, key, amount in rows:
        is_top_up = kind == Entry.Kind.TOP_UP and (key or "").startswith("top-up:")
        yield UUID((key or "").removeprefix("top-up:")) if is_top_up else None, amount


def _top_ups(ids: Sequence[UUID]) -> dict[UUID, _PaidIn]:
    back: dict[UUID, int] = defaultdict(int)
    bonus_back: dict[UUID, int] = defaultdict(int)
    paybacks = Payback.objects.standing().filter(top_up__in=ids)
    taken = _taken_by({each.id for each in paybacks})
    for each in paybacks:
        back[each.top_up_id] += each.amount_micro
        bonus_back[each.top_up_id] += taken.get(each.id, each.amount_micro) - each.amount_micro
    disputed = set()
    for held in Chargeback.objects.standing().filter(top_up__in=ids):
        disputed.add(held.top_up_id)
        back[held.top_up_id] += held.held_micro
        bonus_back[held.top_up_id] += held.bonus_held_micro
    rows = TopUp.objects.filter(id__in=ids).values_list(
        "id", "provider", "provider_ref", "amount_micro", "bonus_micro"
    )
    return {
        row[0]: _PaidIn(*row, back[row[0]], bonus_back[row[0]], row[0] in disputed) for row in rows
    }


def _taken_by(payback_ids: Collection[UUID]) -> dict[UUID, int]:
    """What each payback took off the balance: its money, and the bonus that came with that."""
    rows = Entry.objects.filter(key__in=[payback_key(each) for each in payback_ids])
    return {
        UUID((key or "").removeprefix(payback_key(""))): -min(amounts)
        for key, amounts in rows.values_list("key", "amounts_micro")
    }


def payback_key(payback_id: UUID | str) -> str:
    """The name of the entry by which a payback leaves its balance."""
    return f"payback:{payback_id}"
