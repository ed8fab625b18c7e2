"""A BTCPay Server behind the store's port for payment providers.

An invoice is in the store's currency; BTCPay fixes the rate when it begins. What comes is credited
at that rate once it is confirmed (until then its sender can replace it): the whole of it if more
came, the part if less did, and late money as well, as long as BTCPay watches for it. Money goes
back as a pull payment, which the buyer claims with an invoice or address of their own: nobody can
push it to them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from pennywhistle.apps.payments.abilities import Finding, Level
from pennywhistle.apps.payments.begun import ref_of
from pennywhistle.apps.payments.provider import (
    About,
    KeyReusedError,
    Notice,
    NoticeRefusedError,
    Payment,
    PaymentState,
    Provider,
    ProviderError,
    Refunding,
    RefundState,
    Started,
)
from pennywhistle.kernel.money import MICRO, Money, micro_per_minor_unit
from pennywhistle.providers.btcpay.client import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.providers.btcpay.client import Came, Invoice

HEADER = "BTCPay-Sig"
body_bytes_max = 65_536
expires_minutes = 60
# How long BTCPay goes on looking for what comes late.
watches_minutes = 1_440
# The network forgets a transaction that no block took within this time.
forgotten_after = timedelta(days=14)
age_max = timedelta(days=1)
_ID = re.compile(r"[A-Za-z0-9_-]{4,80}")
_ABOUT_PAYMENTS = re.compile(r"Invoice[A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class BtcPay:
    """The verbs, answered by the operator's own server."""

    code: str = "btcpay"

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """Begin an invoice on the server's page, or find the one that this reference began."""
        # Webhooks are the store's there, set up once; and a coin has no 3-D Secure.
        del notify_url, challenge
        known = ref_of(provider=self.code, reference=reference)
        server = _server()
        invoice = server.invoice(known) if known else server.invoice_for(reference)
        if invoice is None:
            invoice = server.make_invoice(_asked(reference, amount, return_url))
        if _money(invoice.amount, invoice.currency) != amount:
            raise KeyReusedError(f"{reference} began an invoice of another amount.")
        return Started(invoice.id, invoice.link or return_url)

    def fetch(self, *, provider_ref: str) -> Payment:
        """How the invoice stands, and what came for it."""
        server = _server()
        invoice = server.invoice(_require_id(provider_ref))
        due = _money(invoice.amount, invoice.currency)
        state, amount = _plain_state(invoice), due
        if state is None:
            state, amount = _counted(invoice, server.came(invoice.id), due, datetime.now(UTC))
        return Payment(
            provider_ref=invoice.id,
            reference=invoice.reference,
            state=state,
            amount=amount,
            network="bitcoin",
            is_as_it_came=True,
        )

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Let the buyer claim it, or tell how that stands; once a key, which is its name there."""
        server = _server()
        pull = server.pull_payment(key) or server.make_pull_payment(
            {
                "name": key,
                "description": f"Invoice {_require_id(provider_ref)}",
                "amount": _text(amount),
                "currency": amount.currency,
                "autoApproveClaims": True,
            }
        )
        if _read_money(pull) != amount:
            raise KeyReusedError(f"The pull payment {key} is of another amount.")
        states = [str(each.get("state")) for each in server.payouts_of(str(pull.get("id", "")))]
        if "Completed" in states:
            return Refunding(RefundState.DONE)
        if pull.get("archived") and not states:
            return Refunding(RefundState.FAILED, "It was withdrawn before anybody claimed it.")
        link = str(pull.get("viewLink", ""))
        return Refunding(RefundState.PENDING, f"Claim it with your wallet: {link}")

    def holding(self, *, currency: str) -> Money | None:
        """Unknown: what lies there is coins, not the store's currency."""
        del currency
        return None

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Check who wrote it (HMAC-SHA256 over the raw body), for which store, and when."""
        if len(body) > body_bytes_max:
            raise NoticeRefusedError("The webhook is larger than BTCPay's are.")
        secret = settings.BTCPAY_HOOK_SECRET.encode()
        expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        given = headers.get(HEADER, "").encode("ascii", "replace")
        if not secret or not hmac.compare_digest(expected.encode(), given):
            raise NoticeRefusedError("The webhook's signature is missing or wrong.")
        return _notice(body, datetime.now(UTC))

    def check(self, *, notify_url: str, currency: str, now: datetime) -> list[Finding]:
        """Look whether the server answers, knows the store, and calls the right address."""
        del now
        server = _server()
        cure = "Look at PENNYWHISTLE_BTCPAY_URL, _STORE and _KEY."
        try:
            server.invoice_for("pennywhistle-doctor")
        except ProviderError as error:
            return [Finding("server", Level.WRONG, str(error), cure)]
        said = f"{server.url} answers; invoices are in {currency}, coins stay there."
        return [Finding("server", Level.RIGHT, said), _check_hook(server, notify_url)]


def _server() -> Server:
    return Server(settings.BTCPAY_URL, settings.BTCPAY_STORE, settings.BTCPAY_KEY)


def _asked(reference: str, amount: Money, return_url: str) -> dict[str, Any]:
    return {
        "amount": _text(amount),
        "currency": amount.currency,
        "metadata": {"orderId": reference},
        "checkout": {
            "expirationMinutes": expires_minutes,
            "monitoringMinutes": watches_minutes,
            # What is short is told as short, and credited as it came.
            "paymentTolerance": 0,
            "redirectURL": return_url,
            "redirectAutomatically": True,
        },
    }


def _plain_state(invoice: Invoice) -> PaymentState | None:
    """The state of an invoice of which nothing has to be counted; None: count what came."""
    if invoice.status == "Settled" and invoice.more != "PaidOver":
        return PaymentState.PAID
    if invoice.status in {"New", "Processing"}:
        return PaymentState.PENDING
    return PaymentState.FAILED if invoice.status == "Invalid" else None


def _counted(invoice: Invoice, came: Came, due: Money, now: datetime) -> tuple[PaymentState, Money]:
    """More than was due, or an invoice that expired: the state and what came, in whole coins.

    All is credited in one piece: while more may still come or be confirmed, that is waited for.
    """
    amount = _money(came.amount, invoice.currency)
    is_watched = now < invoice.watched_until
    if invoice.status == "Settled":
        if is_watched and not came.is_sure:
            return PaymentState.PENDING, due
        return PaymentState.PAID, max(amount, due)
    if came.is_sure and amount >= due:
        return PaymentState.PAID, amount
    if is_watched or (not came.is_sure and now < invoice.watched_until + forgotten_after):
        return PaymentState.PENDING, due
    return (PaymentState.PAID, amount) if amount.micro > 0 else (PaymentState.FAILED, due)


def _notice(body: bytes, now: datetime) -> Notice:
    try:
        said = json.loads(body)
        told_at = datetime.fromtimestamp(int(said["timestamp"]), UTC)
        notice_id = str(said.get("originalDeliveryId") or said["deliveryId"])
        store, kind = str(said["storeId"]), str(said["type"])
        invoice_id = str(said.get("invoiceId", ""))
    except (
        ValueError,
        RecursionError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        raise NoticeRefusedError("The webhook is none of BTCPay's.") from error
    if store != settings.BTCPAY_STORE:
        raise NoticeRefusedError("The webhook is of another store.")
    if abs(now - told_at) > age_max:
        raise NoticeRefusedError(f"The webhook is of {told_at:%Y-%m-%d %H:%M}.")
    if not _ID.fullmatch(notice_id):
        raise NoticeRefusedError("The webhook has no name.")
    if not _ABOUT_PAYMENTS.fullmatch(kind) or not _ID.fullmatch(invoice_id):
        return Notice(notice_id=notice_id, about=About.OTHER)
    return Notice(notice_id=notice_id, provider_ref=invoice_id)


def _check_hook(server: Server, notify_url: str) -> Finding:
    cure = f"Add one to {notify_url} there, with the secret of PENNYWHISTLE_BTCPAY_HOOK_SECRET."
    try:
        known = {str(each.get("url")) for each in server.hooks() if each.get("enabled", True)}
    except ProviderError:
        said = "The key may not list webhooks."
        return Finding("webhook", Level.DOUBTFUL, said, "Payments are found every minute anyway.")
    if notify_url not in known:
        return Finding("webhook", Level.DOUBTFUL, "No webhook calls the store.", cure)
    return Finding("webhook", Level.RIGHT, f"BTCPay calls {notify_url}.")


def _require_id(text: str) -> str:
    """A name that may stand in an address."""
    if not _ID.fullmatch(text):
        raise ProviderError(f"{text[:40]!r} is no invoice of BTCPay's.")
    return text


def _read_money(said: dict[str, Any]) -> Money:
    try:
        return Money.parse(str(Decimal(str(said["amount"]))), currency=str(said["currency"]))
    except (KeyError, ArithmeticError, ValueError) as error:
        raise ProviderError("BTCPay's pull payment cannot be read.") from error


def _money(amount: Decimal, currency: str) -> Money:
    """An amount in whole coins, rounded down: a part of a coin was not paid."""
    try:
        coin = micro_per_minor_unit(currency)
        micro = int((amount * MICRO).to_integral_value(ROUND_DOWN))
        return Money(micro - micro % coin, currency)
    except (ValueError, ArithmeticError) as error:
        raise ProviderError(f"{amount} {currency} is no amount.") from error


def _text(amount: Money) -> str:
    return str(amount).partition(" ")[0]


PROVIDER: Provider = BtcPay()
