"""A BTCPay Server for tests: invoices at a fixed rate, and pull payments that somebody claims."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from json_server import Answer, Asked

KEY = "btcpay-key"
STORE = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776"
SECRET = "a-secret-of-the-webhook"
# Units of the store's currency for one bitcoin.
RATE = Decimal(50_000)


def signed(said: dict[str, Any], secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """A webhook as BTCPay sends it."""
    body = json.dumps(said).encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"BTCPay-Sig": f"sha256={mac}"}


@dataclass
class BtcPayFace:
    """What lies there; `answer` is asked by `json_server.serving`."""

    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pulls: dict[str, dict[str, Any]] = field(default_factory=dict)
    payouts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_frozen: bool = False

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        if asked.headers.get("Authorization") != f"token {KEY}" or self.is_frozen:
            return 401, {"code": "unauthenticated", "message": "Authentication is required"}
        path = asked.path.removeprefix("/api/v1/").removeprefix(f"stores/{STORE}/").split("/")
        said = self._post(path, asked.body) if asked.method == "POST" else self._get(path, asked)
        return (404, {"code": "invoice-not-found"}) if said is None else (200, said)

    def come(
        self, ref: str, amount: str, *, status: str, more: str = "None", sure: bool = True
    ) -> None:
        """So much of the currency's worth comes for an invoice, which then stands so."""
        self.invoices[ref] |= {"status": status, "additionalStatus": more}
        if Decimal(amount):
            value = str((Decimal(amount) / RATE).quantize(Decimal("1e-8")))
            how = "Settled" if sure else "Processing"
            self.payments[ref].append({"id": "p1", "value": value, "fee": "0.0", "status": how})

    def _get(self, path: list[str], asked: Asked) -> Any:
        said: Any = None
        match path:
            case ["invoices"]:
                wanted = asked.query["orderId"]
                found = self.invoices.values()
                said = [each for each in found if each["metadata"]["orderId"] == wanted]
            case ["invoices", ref]:
                said = self.invoices.get(ref)
            case ["invoices", ref, "payment-methods"]:
                paid = self.payments[ref]
                said = [{"paymentMethodId": "BTC-LN", "rate": str(RATE), "payments": paid}]
            case ["pull-payments"]:
                said = list(self.pulls.values())
            case ["pull-payments", ref, "payouts"]:
                said = self.payouts[ref]
            case ["webhooks"]:
                said = [{"url": "https://shop.example/hooks/btcpay/", "enabled": True}]
        return said

    def _post(self, path: list[str], body: dict[str, Any]) -> Any:
        if path == ["pull-payments"]:
            ref = f"pull{len(self.pulls) + 1}"
            link = f"https://pay.example/pull-payments/{ref}"
            self.pulls[ref] = {**body, "id": ref, "viewLink": link, "archived": False}
            self.payouts[ref] = []
            return self.pulls[ref]
        ref = f"Invoice{len(self.invoices) + 1}"
        now = int(time.time())
        self.payments[ref] = []
        self.invoices[ref] = {
            "id": ref,
            "status": "New",
            "additionalStatus": "None",
            "amount": body["amount"],
            "currency": body["currency"],
            "metadata": body["metadata"],
            "checkoutLink": f"https://pay.example/i/{ref}",
            "monitoringExpiration": now + 60 * body["checkout"]["monitoringMinutes"],
        }
        return self.invoices[ref]
