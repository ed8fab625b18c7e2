"""Mollie behind the store's port for payment providers.

Its webhook says a payment's id and nothing else, without a signature: anybody can send one, and all
it does is that the store asks Mollie. Idempotency keys are known there for an hour; so what was
begun before is found by the store's own record, and refunds by what was written into them.
"""

from __future__ import annotations

import re
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

from django.conf import settings

from pennywhistle.apps.payments.abilities import Finding, Level
from pennywhistle.apps.payments.begun import ref_of
from pennywhistle.apps.payments.provider import (
    KeyReusedError,
    Notice,
    NoticeRefusedError,
    Payment,
    PaymentState,
    Provider,
    ProviderError,
    Refunding,
    RefundRefusedError,
    RefundState,
    Started,
)
from pennywhistle.kernel.money import MICRO, Money
from pennywhistle.providers.mollie.balance import held, money_of, read_movements
from pennywhistle.providers.mollie.client import MollieRefusedError, client_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mollie import ClientSDK, models

    from pennywhistle.apps.payments.abilities import Movement

URL = "https://api.mollie.com"
body_bytes_max = 1_024
refund_pages_max = 20
_REF = re.compile(r"tr_[A-Za-z0-9]{4,60}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")

_PAYMENT = {
    "paid": PaymentState.PAID,
    "failed": PaymentState.FAILED,
    "canceled": PaymentState.FAILED,
    "expired": PaymentState.FAILED,
}
_REFUND = {
    "refunded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Mollie:
    """The verbs, answered by Mollie."""

    code: str = "mollie"
    url: str = URL

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """Begin a payment on Mollie's page. Mollie asks for 3-D Secure by itself."""
        del challenge
        known = ref_of(provider=self.code, reference=reference)
        with told():
            if known:
                payment = self._api().payments.get(payment_id=known)
            else:
                payment = self._api().payments.create(
                    idempotency_key=reference,
                    payment_request=_request(reference, amount, return_url, notify_url),
                )
        if money_of(payment.amount.model_dump()) != amount:
            raise KeyReusedError(f"{reference} began a payment of another amount.")
        page = payment.links.checkout
        # One that has ended has no page any more; the store's own says how it ended.
        return Started(payment.id, page.href if page else return_url)

    def fetch(self, *, provider_ref: str) -> Payment:
        """The payment's state now."""
        with told():
            payment = self._api().payments.get(payment_id=provider_ref)
        details = payment.details or None
        metadata = payment.metadata if isinstance(payment.metadata, dict) else {}
        account = _said(details, "consumer_account")
        country = _said(details, "card_country_code") or (
            account[:2] if _IBAN.fullmatch(account) else ""
        )
        return Payment(
            provider_ref=payment.id,
            reference=str(metadata.get("reference", "")),
            state=_PAYMENT.get(_word(payment.status), PaymentState.PENDING),
            amount=money_of(payment.amount.model_dump()),
            country=country,
            fingerprint=_said(details, "card_fingerprint") or account,
            network=_said(details, "card_label").casefold() or _word(payment.method),
            is_challenged=_said(details, "card_security") == "3dsecure",
            # Who cancels, or lets it expire, was not declined.
            decline_count=int(_word(payment.status) == "failed"),
        )

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Send a part back, or tell how that stands; once a key, which is written into it."""
        known = self._refund_of(provider_ref, key)
        if known is None:
            try:
                with told():
                    known = self._api().refunds.create(
                        payment_id=provider_ref,
                        idempotency_key=key,
                        refund_request={
                            "amount": _amount(amount),
                            "description": f"Refund {key[:8]}",
                            "metadata": {"key": key},
                        },
                    )
            except MollieRefusedError as error:
                raise RefundRefusedError(str(error)) from error
        if money_of(known.amount.model_dump()) != amount:
            raise KeyReusedError(f"The refund {key} was of another amount.")
        state = _REFUND.get(_word(known.status), RefundState.PENDING)
        reason = f"Mollie: {_word(known.status)}." if state is RefundState.FAILED else ""
        return Refunding(state, reason)

    def holding(self, *, currency: str) -> Money | None:
        """What lies there; unknown without an access token of the organization."""
        if not settings.MOLLIE_ACCESS_TOKEN:
            return None
        return held(url=self.url, token=settings.MOLLIE_ACCESS_TOKEN, currency=currency)

    def movements(self, *, since: datetime) -> list[Movement]:
        """The lines of all balances. Raises ProviderError without an access token."""
        if not settings.MOLLIE_ACCESS_TOKEN:
            raise ProviderError("Mollie's balance takes PENNYWHISTLE_MOLLIE_ACCESS_TOKEN.")
        return read_movements(
            url=self.url,
            token=settings.MOLLIE_ACCESS_TOKEN,
            since=since,
            key_of=self._key_of,
        )

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Take a payment's id, and nothing else, from whoever sends one.

        Mollie tells of one payment again and again, by the same id; once a minute each counts.
        """
        del headers
        if len(body) > body_bytes_max:
            raise NoticeRefusedError("The webhook is larger than Mollie's are.")
        try:
            said = parse_qs(body.decode("ascii"), max_num_fields=4)
        except ValueError as error:
            raise NoticeRefusedError("The webhook is no form.") from error
        ref = said.get("id", [""])[0]
        if not _REF.fullmatch(ref):
            raise NoticeRefusedError("The webhook names no payment of Mollie's.")
        return Notice(notice_id=f"{ref}:{int(time.time()) // 60}", provider_ref=ref)

    def check(self, *, notify_url: str, currency: str, now: datetime) -> list[Finding]:
        """Look at the key, what can be paid with, the webhook's address, and the balance."""
        del now
        return [self._check_key(currency), _check_hook(notify_url), self._check_balance(currency)]

    def _api(self) -> ClientSDK:
        return client_of(url=self.url, key=settings.MOLLIE_KEY)

    def _refunds(self, payment_id: str) -> Iterator[Any]:
        with told():
            page = self._api().refunds.list(payment_id=payment_id, limit=250)
        for _ in range(refund_pages_max):
            if page is None:
                return
            yield from page.result.embedded.refunds
            with told():
                page = cast("models.ListRefundsResponse | None", page.next())

    def _refund_of(self, payment_id: str, key: str) -> Any:  # noqa: ANN401 (two classes, one shape)
        return next((each for each in self._refunds(payment_id) if _key_in(each) == key), None)

    def _key_of(self, payment_id: str, refund_id: str) -> str:
        try:
            with told():
                found = self._api().refunds.get(payment_id=payment_id, refund_id=refund_id)
        except ProviderError:
            # One that was made on Mollie's own pages, or for another key.
            return ""
        return _key_in(found)

    def _check_key(self, currency: str) -> Finding:
        if not settings.MOLLIE_KEY:
            cure = "Set PENNYWHISTLE_MOLLIE_KEY to a key of the profile."
            return Finding("key", Level.WRONG, "There is no key.", cure)
        mode = "real money" if settings.MOLLIE_KEY.startswith("live_") else "test money"
        try:
            # The client warns of a field of its own that nobody set.
            with told(), warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                found = self._api().methods.list(amount=_amount(Money(100 * MICRO, currency)))
        except ProviderError as error:
            return Finding("key", Level.WRONG, str(error), "Look at the key in the dashboard.")
        names = [_word(each.id) for each in found.embedded.methods]
        if not names:
            cure = f"Activate a method that takes {currency} in Mollie's dashboard."
            return Finding("methods", Level.WRONG, f"Nothing takes {currency}.", cure)
        return Finding("key", Level.RIGHT, f"For {mode}; {currency} by {', '.join(names)}.")

    def _check_balance(self, currency: str) -> Finding:
        if not settings.MOLLIE_ACCESS_TOKEN:
            cure = "Make an access token with balances.read: PENNYWHISTLE_MOLLIE_ACCESS_TOKEN."
            return Finding("balance", Level.DOUBTFUL, "What Mollie holds is not known.", cure)
        try:
            said = f"Mollie holds {self.holding(currency=currency)}."
        except ProviderError as error:
            return Finding("balance", Level.DOUBTFUL, str(error), "Look at the access token.")
        return Finding("balance", Level.RIGHT, said)


def _request(
    reference: str, amount: Money, return_url: str, notify_url: str
) -> models.PaymentRequestTypedDict:
    asked: dict[str, Any] = {
        "amount": _amount(amount),
        "description": f"Top-up {reference[:8]}",
        "redirect_url": return_url,
        "metadata": {"reference": reference},
        "digital_goods": True,
    }
    # Mollie refuses addresses that it cannot reach; then the store asks by the clock.
    if notify_url.startswith("https://"):
        asked["webhook_url"] = notify_url
    return cast("models.PaymentRequestTypedDict", asked)


def _check_hook(notify_url: str) -> Finding:
    if notify_url.startswith("https://"):
        return Finding("webhook", Level.RIGHT, f"Mollie calls {notify_url}.")
    cure = "Payments are found by asking every minute; for less delay, serve the store by https."
    return Finding("webhook", Level.DOUBTFUL, f"Mollie cannot call {notify_url}.", cure)


def _amount(amount: Money) -> models.AmountTypedDict:
    return {"currency": amount.currency, "value": str(amount).partition(" ")[0]}


def _key_in(refund: Any) -> str:  # noqa: ANN401 (two classes, one shape)
    metadata = refund.metadata
    return str(metadata.get("key", "")) if isinstance(metadata, dict) else ""


def _said(details: Any, name: str) -> str:  # noqa: ANN401 (Mollie's own)
    return _word(getattr(details, name, None)) if details else ""


def _word(value: Any) -> str:  # noqa: ANN401 (an open enumeration of Mollie's)
    return str(getattr(value, "value", value)) if value else ""


PROVIDER: Provider = Mollie()
