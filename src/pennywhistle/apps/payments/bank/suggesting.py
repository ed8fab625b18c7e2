"""What an entry that waits for a person probably is, and why the store did not decide by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.bank.matching import (
    has_failed,
    is_too_much,
    is_twice,
    names_an_order,
    order_named,
    provider_named,
    transfers_named,
)
from pennywhistle.apps.payments.models import BankEnd, BankTransfer, TopUp
from pennywhistle.engines.bankfile import wrong_places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.payments.models import BankEntry
    from pennywhistle.apps.users.models import User

_How = BankEnd.How
_looked_at_max = 200
_wrong_places_max = 3
_days_around = timedelta(days=120)


class Why(StrEnum):
    """Why a person has to look."""

    NO_REFERENCE = "no-reference"
    SEVERAL = "several"
    CURRENCY = "currency"
    TWICE = "twice"
    TOO_MUCH = "too-much"
    RETURN = "return"
    OUTGOING = "outgoing"
    NOT_BEGUN = "not-begun"
    PAYEE = "payee"
    FAILED_ORDER = "failed-order"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Why it waits, and what it probably is; `user`: whose, `provider`: from which door."""

    why: Why
    how: str = ""
    user: User | None = None
    provider: str = ""


def suggest(entry: BankEntry) -> Suggestion:
    """The likeliest, by what the entry says and what was seen before."""
    order = order_named(entry)
    if order is None and names_an_order(entry):
        return Suggestion(Why.PAYEE, _How.PAYEE)
    if order is not None and has_failed(order):
        # The buyer has the money again: crediting what comes back would be the second time.
        return Suggestion(Why.FAILED_ORDER)
    if entry.amount_micro < 0:
        return Suggestion(Why.OUTGOING, _How.OWN if entry.other_iban else _How.FEE)
    if order is not None and order.top_up is not None:
        return Suggestion(Why.RETURN, _How.CREDITED, order.top_up.user)
    return _came(entry)


def _came(entry: BankEntry) -> Suggestion:
    if entry.is_return:
        return Suggestion(Why.RETURN)
    if entry.currency != the_store().currency:
        return Suggestion(Why.CURRENCY, _How.BACK)
    found = transfers_named(entry)
    return _named(entry, found) if found else _nameless(entry)


def _named(entry: BankEntry, found: list[BankTransfer]) -> Suggestion:
    if len(found) > 1:
        return Suggestion(Why.SEVERAL)
    why = Why.TOO_MUCH if is_too_much(entry) else Why.NOT_BEGUN
    if is_twice(entry, found[0]):
        why = Why.TWICE
    return Suggestion(why, _How.CREDITED, found[0].top_up.user)


def _nameless(entry: BankEntry) -> Suggestion:
    provider = provider_named(entry)
    if provider:
        return Suggestion(Why.NO_REFERENCE, _How.SWEPT, provider=provider)
    user = _nearly_named(entry) or _paid_before(entry) or _only_one(entry)
    return Suggestion(Why.NO_REFERENCE, _How.CREDITED if user else "", user)


def _waiting(entry: BankEntry) -> Iterable[BankTransfer]:
    after = entry.read_at - _days_around
    rows = BankTransfer.objects.select_related("top_up__user").filter(
        top_up__state=TopUp.State.PENDING, top_up__currency=entry.currency, begun_at__gte=after
    )
    return rows.order_by("-begun_at")[:_looked_at_max]


def _nearly_named(entry: BankEntry) -> User | None:
    """Whose reference it carries with a few signs wrong."""
    wrong = [(wrong_places(entry.words, each.reference), each.pk, each) for each in _waiting(entry)]
    near = [each for each in sorted(wrong)[:2] if each[0] <= _wrong_places_max]
    if not near or (len(near) > 1 and near[0][0] == near[1][0]):
        return None
    return near[0][2].top_up.user


def _paid_before(entry: BankEntry) -> User | None:
    """Who was credited from the same account before."""
    if not entry.other_iban:
        return None
    ends = BankEnd.objects.filter(how=_How.CREDITED, entry__other_iban=entry.other_iban)
    users = {end.top_up.user for end in ends.select_related("top_up__user")[:50] if end.top_up}
    return users.pop() if len(users) == 1 else None


def _only_one(entry: BankEntry) -> User | None:
    """Who announced this amount, if only one did."""
    users = {
        each.top_up.user for each in _waiting(entry) if each.announced_micro == entry.amount_micro
    }
    return users.pop() if len(users) == 1 else None
