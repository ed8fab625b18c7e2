"""Do providers hold what the books say they hold?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.reconciling.uncleared import clearing_accounts, uncleared_of
from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One provider's account in one currency, by the books and by the provider.

    `by_provider` None: it cannot say, or does not answer. What is on its way explains a
    difference: `coming` was paid there perhaps and is not credited here, `going` has left the
    books and perhaps not the provider, and `open` is known to be there and not here.
    """

    provider: str
    by_books: Money
    by_provider: Money | None
    coming: Money
    going: Money
    open: Money

    @property
    def difference(self) -> Money | None:
        """What the provider holds beyond the books."""
        return None if self.by_provider is None else self.by_provider - self.by_books

    @property
    def is_explained(self) -> bool:
        """Whether what is on its way can be the whole difference."""
        if self.difference is None:
            return False
        left = self.difference - self.open
        return Money.zero(self.by_books.currency) <= left <= self.coming + self.going


def reconcile() -> list[Reconciled]:
    """Compare every provider's account with what the provider says; nothing is written."""
    return [_reconciled(code, currency) for code, currency in clearing_accounts()]


def _reconciled(code: str, currency: str) -> Reconciled:
    numbers = Account.objects.filter(
        kind=Account.Kind.CLEARING, code=code, currency=currency
    ).values_list("number", flat=True)
    posted = Posting.objects.on(list(numbers)).aggregate(total=Sum("amount_micro"))["total"]
    found = uncleared_of(code=code, currency=currency)

    def of(what: str) -> Money:
        named = [each.amount.micro for each in found if each.what == what and not each.is_sure]
        return Money(sum(named), currency)

    return Reconciled(
        provider=code,
        by_books=Money(-int(posted or 0), currency),
        by_provider=_held(code, currency),
        coming=of("top-up"),
        going=of("payback"),
        open=Money(sum(each.amount.micro for each in found if each.is_sure), currency),
    )


def _held(code: str, currency: str) -> Money | None:
    try:
        return providers.provider(code).holding(currency=currency)
    except ProviderError:
        return None
