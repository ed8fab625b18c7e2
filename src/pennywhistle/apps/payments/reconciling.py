"""Do providers hold what the books say they hold?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One provider's account in one currency, by the books and by the provider.

    `by_provider` None: it cannot say, or does not answer. What is on its way explains a
    difference: `coming` was paid there perhaps and is not credited here, `going` has left the
    books and perhaps not the provider.
    """

    provider: str
    by_books: Money
    by_provider: Money | None
    coming: Money
    going: Money

    @property
    def difference(self) -> Money | None:
        """What the provider holds beyond the books."""
        return None if self.by_provider is None else self.by_provider - self.by_books

    @property
    def is_explained(self) -> bool:
        """Whether what is on its way can be the whole difference."""
        if self.difference is None:
            return False
        return Money.zero(self.by_books.currency) <= self.difference <= self.coming + self.going


def reconcile() -> list[Reconciled]:
    """Compare every provider's account with what the provider says; nothing is written."""
    accounts = Account.objects.filter(kind=Account.Kind.CLEARING).order_by("code", "currency")
    return [_reconciled(account) for account in accounts]


def _reconciled(account: Account) -> Reconciled:
    currency, code = account.currency, account.code
    posted = Posting.objects.on([account.number]).aggregate(total=Sum("amount_micro"))["total"]
    top_ups = TopUp.objects.open().filter(provider=code, currency=currency)
    paybacks = Payback.objects.open().filter(top_up__provider=code, currency=currency)
    return Reconciled(
        provider=code,
        by_books=Money(-int(posted or 0), currency),
        by_provider=_held(code, currency),
        coming=_sum(top_ups.values_list("amount_micro", flat=True), currency),
        going=_sum(paybacks.values_list("amount_micro", flat=True), currency),
    )


def _held(code: str, currency: str) -> Money | None:
    try:
        return providers.provider(code).holding(currency=currency)
    except ProviderError:
        return None


def _sum(amounts: Iterable[int], currency: str) -> Money:
    return Money(sum(amounts), currency)
