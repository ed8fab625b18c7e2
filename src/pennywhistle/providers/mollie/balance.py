"""Mollie's balance report as movements; it takes an access token of the organization."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.payments.abilities import Movement, MovementKind
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import Money, MoneyError
from pennywhistle.providers.mollie.client import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Kind = MovementKind
_KINDS = {
    "payment": _Kind.PAYMENT,
    "capture": _Kind.PAYMENT,
    "refund": _Kind.REFUND,
    "returned-refund": _Kind.REFUND_FAILED,
    "chargeback": _Kind.DISPUTE,
    "chargeback-reversal": _Kind.DISPUTE_WON,
    "payment-fee": _Kind.FEE,
    "failed-payment-fee": _Kind.FEE,
    "bank-charged-failure-fee": _Kind.FEE,
    "balance-charge-fee": _Kind.FEE,
    "invoice-compensation": _Kind.FEE,
    "invoice-rounding-compensation": _Kind.FEE,
    "outgoing-transfer": _Kind.PAYOUT,
    "canceled-transfer": _Kind.PAYOUT_FAILED,
    "canceled-outgoing-transfer": _Kind.PAYOUT_FAILED,
    "returned-transfer": _Kind.PAYOUT_FAILED,
}
_ABOUT = ("refundId", "chargebackId", "transferId", "paymentId", "settlementId")
_per_page = 250


def money_of(said: Any) -> Money:  # noqa: ANN401 (JSON)
    """An amount of Mollie's, which may be below zero. Raises ProviderError."""
    try:
        text, currency = str(said["value"]), str(said["currency"])
        money = Money.parse(text.removeprefix("-"), currency=currency)
    except (KeyError, TypeError, MoneyError) as error:
        raise ProviderError(f"Mollie's amount cannot be read: {error}"[:200]) from error
    return -money if text.startswith("-") else money


def read_movements(
    *, url: str, token: str, since: datetime, key_of: Callable[[str, str], str]
) -> list[Movement]:
    """All lines at or after an instant, of all balances, the oldest first.

    `key_of` finds the store's own name of a refund, by the payment's and the refund's.
    """
    found = []
    for balance in pages(url=url, token=token, path="balances", name="balances"):
        for line in _lines(url, token, str(balance.get("id", ""))):
            movement = _movement(line, key_of)
            # The newest come first.
            if movement.at < since:
                break
            found.append(movement)
    return sorted(found, key=lambda each: (each.at, each.ref))


def held(*, url: str, token: str, currency: str) -> Money:
    """What lies there in a currency, available or not yet."""
    total = Money.zero(currency)
    for balance in pages(url=url, token=token, path="balances", name="balances"):
        if balance.get("currency") == currency:
            total += money_of(balance.get("availableAmount"))
            total += money_of(balance.get("pendingAmount"))
    return total


def _lines(url: str, token: str, balance_id: str) -> Iterator[dict[str, Any]]:
    path = f"balances/{balance_id}/transactions?limit={_per_page}"
    yield from pages(url=url, token=token, path=path, name="balance_transactions")


def _movement(line: dict[str, Any], key_of: Callable[[str, str], str]) -> Movement:
    amount = money_of(line.get("initialAmount"))
    deducted = line.get("deductions")
    fee = -money_of(deducted) if deducted else Money.zero(amount.currency)
    kind = _KINDS.get(str(line.get("type")), _Kind.OTHER)
    context = line.get("context") or {}
    source = next((str(context[name]) for name in _ABOUT if context.get(name)), "")
    reference = ""
    if kind in {_Kind.REFUND, _Kind.REFUND_FAILED} and context.get("refundId"):
        reference = key_of(str(context.get("paymentId", "")), str(context["refundId"]))
    return Movement(
        ref=str(line.get("id", "")),
        kind=kind,
        amount=amount,
        fee=fee,
        at=_instant(str(line.get("createdAt", ""))),
        source_ref=source,
        reference=reference,
    )


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProviderError(f"{text[:40]!r} is no instant of Mollie's.") from error
    if found.tzinfo is None:
        raise ProviderError(f"{text[:40]!r} says no time zone.")
    return found
