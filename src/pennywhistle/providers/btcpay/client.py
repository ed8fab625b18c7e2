"""The few calls of BTCPay's Greenfield API that the store makes, and its answers as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from pennywhistle.apps.payments.provider import ProviderClosedError, ProviderError

timeout_s = 10
answer_bytes_max = 2_000_000
_REFUSED = {401, 403}


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as BTCPay sees it; instants are UTC."""

    id: str
    reference: str
    status: str
    more: str
    amount: Decimal
    currency: str
    link: str
    watched_until: datetime

    @classmethod
    def read(cls, said: Any) -> Invoice:  # noqa: ANN401 (JSON)
        """Read an answer. Raises ProviderError."""
        try:
            metadata = said.get("metadata") or {}
            return cls(
                id=str(said["id"]),
                reference=str(metadata.get("orderId", "")),
                status=str(said["status"]),
                more=str(said.get("additionalStatus", "None")),
                amount=decimal_of(said["amount"]),
                currency=str(said["currency"]),
                link=str(said.get("checkoutLink", "")),
                watched_until=datetime.fromtimestamp(int(said["monitoringExpiration"]), UTC),
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ProviderError("BTCPay's invoice cannot be read.") from error


@dataclass(frozen=True, slots=True)
class Came:
    """What is confirmed of what came for an invoice, in its currency at its own rates.

    `is_sure`: nothing else is on its way. What is not confirmed may be replaced by its sender, and
    what is invalid was.
    """

    amount: Decimal
    is_sure: bool


def decimal_of(said: Any) -> Decimal:  # noqa: ANN401 (JSON)
    """A number of BTCPay's, which comes as text. Raises ProviderError."""
    try:
        number = Decimal(str(said))
    except InvalidOperation as error:
        raise ProviderError(f"{str(said)[:40]!r} is no number of BTCPay's.") from error
    if not number.is_finite():
        raise ProviderError(f"{number} is no amount.")
    return number


@dataclass(frozen=True, slots=True)
class Server:
    """A BTCPay Server's store, and a key for it."""

    url: str
    store: str
    key: str

    def make_invoice(self, asked: dict[str, Any]) -> Invoice:
        """Begin an invoice."""
        return Invoice.read(self._ask("POST", "invoices", asked))

    def invoice(self, invoice_id: str) -> Invoice:
        """How an invoice stands."""
        return Invoice.read(self._ask("GET", f"invoices/{invoice_id}"))

    def invoice_for(self, reference: str) -> Invoice | None:
        """The newest invoice for one of the store's own names, if there is one."""
        said = self._ask("GET", f"invoices?orderId={reference}")
        found = [Invoice.read(each) for each in self._list(said)]
        return next((each for each in found if each.reference == reference), None)

    def came(self, invoice_id: str) -> Came:
        """What came for it, by all ways of paying."""
        total, is_sure = Decimal(0), True
        for way in self._list(self._ask("GET", f"invoices/{invoice_id}/payment-methods")):
            rate = decimal_of(way.get("rate", "0"))
            for payment in way.get("payments") or []:
                if payment.get("status") == "Settled":
                    total += rate * decimal_of(payment.get("value", "0"))
                elif payment.get("status") != "Invalid":
                    is_sure = False
        return Came(total, is_sure)

    def pull_payment(self, name: str) -> dict[str, Any] | None:
        """The pull payment of this name, if there is one."""
        said = self._ask("GET", "pull-payments?includeArchived=true")
        return next((each for each in self._list(said) if each.get("name") == name), None)

    def make_pull_payment(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let somebody claim an amount."""
        said = self._ask("POST", "pull-payments", asked)
        if not isinstance(said, dict):
            raise ProviderError("BTCPay's pull payment cannot be read.")
        return said

    def payouts_of(self, pull_payment_id: str) -> list[dict[str, Any]]:
        """What was claimed of a pull payment."""
        path = f"api/v1/pull-payments/{pull_payment_id}/payouts?includeCancelled=false"
        return self._list(self._answer("GET", path))

    def hooks(self) -> list[dict[str, Any]]:
        """The store's webhooks there."""
        return self._list(self._ask("GET", "webhooks"))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        return self._answer(method, f"api/v1/stores/{self.store}/{path}", body)

    def _answer(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        try:
            answer = httpx.request(
                method,
                f"{self.url}/{path}",
                json=body,
                headers={"Authorization": f"token {self.key}"},
                timeout=timeout_s,
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            raise ProviderError(f"BTCPay does not answer: {type(error).__name__}.") from error
        if answer.status_code in _REFUSED:
            raise ProviderClosedError(f"BTCPay refuses the key ({answer.status_code}).")
        if not answer.is_success or len(answer.content) > answer_bytes_max:
            raise ProviderError(f"BTCPay says {answer.status_code}: {answer.text[:200]}")
        try:
            return answer.json()
        except ValueError as error:
            raise ProviderError("BTCPay's answer is no JSON.") from error

    @staticmethod
    def _list(said: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (JSON)
        if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
            raise ProviderError("BTCPay's list cannot be read.")
        return said
