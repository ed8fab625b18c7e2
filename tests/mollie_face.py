"""A Mollie for tests: it remembers, and sends no more back than was paid.

It has the shapes of api.mollie.com v2 that the store asks for, as Mollie's reference shows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from json_server import Answer, Asked

KEY = "test_" + "k" * 30
TOKEN = "access_" + "t" * 30
AT = "2026-11-21T12:00:00+00:00"
_LINK = {"href": "https://example.org", "type": "text/html"}


def problem(status: int, detail: str) -> Answer:
    """An error as Mollie writes it."""
    links = {"documentation": _LINK}
    return status, {"status": status, "title": "Error", "detail": detail, "_links": links}


@dataclass
class MollieFace:
    """What lies there; `answer` is asked by `json_server.serving`."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    # By idempotency key; clear it, as Mollie does after an hour.
    answered: dict[str, Answer] = field(default_factory=dict)
    is_frozen: bool = False
    is_down: bool = False
    per_page: int = 2

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        if self.is_down:
            return problem(503, "Maintenance")
        parts = asked.path.removeprefix("/v2/").split("/")
        wanted = TOKEN if parts[0] == "balances" else KEY
        if asked.headers.get("Authorization") != f"Bearer {wanted}" or self.is_frozen:
            return problem(401, "Missing authentication, or failed to authenticate")
        if asked.method == "GET":
            return self._get(parts, asked)
        key = asked.headers.get("Idempotency-Key", "")
        if key not in self.answered:
            self.answered[key] = self._post(parts, asked.body)
        return self.answered[key]

    def pay(self, ref: str, **details: str) -> None:
        """The buyer pays on Mollie's page."""
        payment = self.payments[ref]
        payment["status"], payment["details"] = "paid", details
        payment["method"] = "creditcard" if "cardLabel" in details else "ideal"
        del payment["_links"]["checkout"]
        self.book("payment", payment["amount"]["value"], paymentId=ref, fee="-0.29")

    def book(self, kind: str, value: str, *, fee: str = "", at: str = AT, **context: str) -> str:
        """A line of the balance, the newest first."""
        line = {
            "resource": "balance_transaction",
            "id": f"baltr_{len(self.lines) + 1}",
            "type": kind,
            "initialAmount": {"currency": "EUR", "value": value},
            "resultAmount": {"currency": "EUR", "value": str(Decimal(value) + Decimal(fee or 0))},
            "createdAt": at,
            "context": context,
        }
        if fee:
            line["deductions"] = {"currency": "EUR", "value": fee}
        self.lines.insert(0, line)
        return str(line["id"])

    def _get(self, parts: list[str], asked: Asked) -> Answer:
        said: dict[str, Any] | None = None
        match parts:
            case ["payments", ref]:
                said = self.payments.get(ref)
            case ["payments", ref, "refunds"]:
                mine = [each for each in self.refunds.values() if each["paymentId"] == ref]
                said = self._list("refunds", mine)
            case ["payments", _, "refunds", refund]:
                said = self.refunds.get(refund)
            case ["methods"]:
                said = self._list("methods", [_method("ideal"), _method("creditcard")])
            case ["balances"]:
                values = [Decimal(each["resultAmount"]["value"]) for each in self.lines]
                said = self._list("balances", [_balance(str(sum(values, Decimal(0))))])
            case ["balances", "bal_1", "transactions"]:
                said = self._page(asked)
        return (200, said) if said else problem(404, "No such thing")

    def _page(self, asked: Asked) -> dict[str, Any]:
        start = int(asked.query.get("from", "0"))
        shown = self.lines[start : start + self.per_page]
        said = self._list("balance_transactions", shown)
        if start + self.per_page < len(self.lines):
            host = f"http://{asked.headers['Host']}"
            href = f"{host}{asked.path}?from={start + self.per_page}"
            said["_links"]["next"] = {"href": href, "type": "application/hal+json"}
        return said

    def _post(self, parts: list[str], body: dict[str, Any]) -> Answer:
        if parts == ["payments"]:
            ref = f"tr_{len(self.payments) + 1:06}"
            self.payments[ref] = _payment(ref, body)
            return 201, self.payments[ref]
        ref = parts[1]
        paid = self.payments[ref]
        going = [
            Decimal(each["amount"]["value"])
            for each in self.refunds.values()
            if each["paymentId"] == ref and each["status"] != "failed"
        ]
        left = Decimal(paid["amount"]["value"]) - sum(going)
        if paid["status"] != "paid" or Decimal(body["amount"]["value"]) > left:
            return problem(422, "The amount is higher than the remaining amount")
        name = f"re_{len(self.refunds) + 1:06}"
        self.refunds[name] = _refund(name, ref, body)
        self.book("refund", f"-{body['amount']['value']}", paymentId=ref, refundId=name)
        return 201, self.refunds[name]

    @staticmethod
    def _list(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        links = {"self": _LINK, "documentation": _LINK, "previous": None, "next": None}
        return {"count": len(items), "_embedded": {name: items}, "_links": links}


def _payment(ref: str, body: dict[str, Any]) -> dict[str, Any]:
    checkout = {"href": f"https://www.mollie.com/checkout/{ref}", "type": "text/html"}
    return {
        "resource": "payment",
        "id": ref,
        "mode": "test",
        "createdAt": AT,
        "status": "open",
        "sequenceType": "oneoff",
        "profileId": "pfl_1",
        "amount": body["amount"],
        "description": body["description"],
        "metadata": body["metadata"],
        "redirectUrl": body["redirectUrl"],
        "webhookUrl": body.get("webhookUrl"),
        "_links": {"self": _LINK, "dashboard": _LINK, "checkout": checkout},
    }


def _refund(name: str, ref: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource": "refund",
        "id": name,
        "mode": "test",
        "paymentId": ref,
        "status": "pending",
        "createdAt": AT,
        "amount": body["amount"],
        "description": body["description"],
        "metadata": body["metadata"],
        "_links": {"self": _LINK, "payment": _LINK, "documentation": _LINK},
    }


def _balance(held: str) -> dict[str, Any]:
    return {
        "resource": "balance",
        "id": "bal_1",
        "currency": "EUR",
        "availableAmount": {"currency": "EUR", "value": held},
        "pendingAmount": {"currency": "EUR", "value": "0.00"},
    }


def _method(name: str) -> dict[str, Any]:
    amount = {"currency": "EUR", "value": "0.01"}
    return {
        "resource": "method",
        "id": name,
        "description": name,
        "status": "activated",
        "minimumAmount": amount,
        "maximumAmount": amount,
        "image": {"size1x": "x", "size2x": "x", "svg": "x"},
        "_links": {"self": _LINK},
    }
