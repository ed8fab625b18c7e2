"""What lies behind each door, by the books: what a provider would keep if it froze the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import TellsFunds
from pennywhistle.apps.payments.models import DoorLimit, TopUp
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pennywhistle.apps.payments.abilities import Funds

# The provider whose account is the store's own at its bank.
BANK = "bank"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one provider holds in one currency.

    `by_books` is exposed; `clearing` was begun there and is not paid; `disputed` the provider has
    taken and may give back. `funds`: as the provider says it, if it does. `most` is the limit.
    """

    provider: str
    by_books: Money
    clearing: Money
    disputed: Money
    most: Money | None = None
    funds: Funds | None = None

    @property
    def is_over(self) -> bool:
        """Whether it holds more than it may."""
        return self.most is not None and self.by_books > self.most


def held_by_books(provider: str, *, currency: str) -> Money:
    """What a provider holds for the store, by the books; nothing where it never held any."""
    return -_sum(Account.Kind.CLEARING, provider, currency)


def holding_of(provider: str, *, currency: str, is_asked: bool = False) -> Holding:
    """All that is known of what lies there; `is_asked`: the provider is asked as well."""
    open_micro = TopUp.objects.open().filter(provider=provider, currency=currency)
    limit = DoorLimit.objects.standing().filter(provider=provider, currency=currency).first()
    clearing = open_micro.aggregate(total=Sum("amount_micro"))["total"]
    return Holding(
        provider=provider,
        by_books=held_by_books(provider, currency=currency),
        clearing=Money(int(clearing or 0), currency),
        disputed=-_sum(Account.Kind.DISPUTED, provider, currency),
        most=limit.most if limit else None,
        funds=_funds(provider, currency) if is_asked else None,
    )


def _funds(code: str, currency: str) -> Funds | None:
    try:
        provider = providers.provider(code)
        return provider.funds(currency=currency) if isinstance(provider, TellsFunds) else None
    except ProviderError:
        return None


def _sum(kind: str, code: str, currency: str) -> Money:
    account = Account.objects.filter(
        kind=kind, code=code, currency=currency, user__isnull=True
    ).first()
    return sum_of(account) if account else Money.zero(currency)
