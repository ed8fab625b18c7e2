"""The store's own bank account behind the port for payment providers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from uuid import UUID

from pennywhistle.apps.payments.abilities import Finding, Level
from pennywhistle.apps.payments.bank.account import own_account
from pennywhistle.apps.payments.bank.holding import held_by_statements
from pennywhistle.apps.payments.bank.orders import send_back
from pennywhistle.apps.payments.bank.standing import findings
from pennywhistle.apps.payments.bank.transfers import announce, payment_of
from pennywhistle.apps.payments.provider import (
    Notice,
    NoticeRefusedError,
    Payment,
    Provider,
    Refunding,
    Started,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Bank:
    """The verbs, answered by what statements say."""

    code: str = "bank"

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """Give the top-up a reference; its buyer goes to the store's own page about it."""
        del amount, notify_url, challenge
        transfer = announce(top_up_id=UUID(reference), now=_now())
        return Started(transfer.reference, urljoin(return_url, "transfer/"))

    def fetch(self, *, provider_ref: str) -> Payment:
        """Whether a statement has shown it."""
        return payment_of(provider_ref=provider_ref, now=_now())

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Order a transfer back, which a person gives to the bank; or tell how that stands."""
        return send_back(provider_ref=provider_ref, amount=amount, key=key, now=_now())

    def holding(self, *, currency: str) -> Money | None:
        """What the newest statement says that the account holds."""
        return held_by_statements(currency=currency)

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Refuse: a bank calls nobody."""
        del body, headers
        raise NoticeRefusedError("Banks send no webhooks.")

    def check(self, *, notify_url: str, currency: str, now: datetime) -> list[Finding]:
        """Look at the account of the settings, and how old the newest statement is."""
        del notify_url
        account = own_account()
        if account is None:
            cure = "Set PENNYWHISTLE_BANK_NAME and PENNYWHISTLE_BANK_IBAN."
            return [Finding("account", Level.WRONG, "The store has no bank account.", cure)]
        return findings(account=account, currency=currency, now=now)


def _now() -> datetime:
    """A bank's clock is not the store's."""
    return datetime.now(UTC)


PROVIDER: Provider = Bank()
