"""The end of a store: every unspent balance goes back, and what cannot is named with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.ledger.models import Account, Balance
from pennywhistle.apps.payments.models import Payback
from pennywhistle.apps.payments.paying_back import PaybackAsked, PaybackError, pay_back
from pennywhistle.apps.payments.unspent import unspent_on
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pennywhistle.apps.ledger.models import AccountQuerySet


class Left(StrEnum):
    """Why money stays on a balance."""

    NOTHING = ""
    NO_WAY = "no-way"  # it came by no top-up: a present, a bonus; or its provider is gone
    FAILED = "failed"  # a provider could not send it back
    CHANGED = "changed"  # its owner was buying or asking for it at the same moment


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of one balance: what went back or would, and what stays, and why."""

    account: int
    user_public_id: str
    paid: Money
    left: Money
    why: Left
    reason: str = ""


def balance_count() -> int:
    """How many balances have something on them."""
    return _balances().count()


def close_balances(*, is_dry: bool, key: str, now: datetime) -> Iterator[Closed]:
    """Pay back every balance, one by one in the order of their accounts; `is_dry` only says what.

    Each is committed by itself: stopped and started again it goes on, because what has gone back
    is no longer on a balance. `key` names the run: what failed in it is not tried again in it;
    what has come to a balance since goes back as well.
    """
    for account in _balances().select_related("user").iterator(chunk_size=500):
        yield _closed(account, is_dry=is_dry, key=key, now=now)


def _closed(account: Account, *, is_dry: bool, key: str, now: datetime) -> Closed:
    base = f"{key}-{account.number}"
    tried = _tried(account, base)
    failed = {each.top_up_id: each.reason for each in tried if each.state == Payback.State.FAILED}
    unspent = unspent_on(account).without(failed)
    nothing = Money.zero(account.currency)
    if is_dry or not unspent.payable:
        return _answer(account, unspent.payable, unspent.rest, failed.values())
    assert account.user_id is not None, "a balance has a holder"
    # Each attempt has a key of its own: what is known by the earlier ones is off the balance.
    attempt = len({each.key for each in tried})
    asked = PaybackAsked(
        account.user_id,
        account.currency,
        None,
        f"{base}.{attempt}" if attempt else base,
        frozenset(failed),
    )
    try:
        made = pay_back(asked=asked, now=now)
    except PaybackError as error:
        return Closed(
            account.number, _whose(account), nothing, unspent.balance, Left.CHANGED, str(error)
        )
    failed |= {each.top_up_id: each.reason for each in made if each.state == Payback.State.FAILED}
    sent = [each.amount_micro for each in made if each.state != Payback.State.FAILED]
    has = Balance.objects.values_list("amount_micro", flat=True).get(account=account)
    paid, left = Money(sum(sent), account.currency), Money(has, account.currency)
    return _answer(account, paid, left, failed.values())


def _tried(account: Account, base: str) -> list[Payback]:
    """What this run has tried for a balance before."""
    keys = Q(key=base) | Q(key__startswith=f"{base}.")
    mine = Payback.objects.filter(keys, user=account.user_id, currency=account.currency)
    return list(mine.order_by("created_at", "id"))


def _answer(account: Account, paid: Money, left: Money, failed: Iterable[str]) -> Closed:
    reason = next(iter(failed), "") if left else ""
    if reason:
        return Closed(account.number, _whose(account), paid, left, Left.FAILED, reason)
    why = Left.NO_WAY if left else Left.NOTHING
    return Closed(account.number, _whose(account), paid, left, why)


def _whose(account: Account) -> str:
    assert account.user is not None, "a balance has a holder"
    return account.user.public_id


def _balances() -> AccountQuerySet:
    with_money = Balance.objects.filter(amount_micro__gt=0).values("account")
    return Account.objects.filter(kind=Account.Kind.BALANCE, number__in=with_money).order_by(
        "number"
    )
