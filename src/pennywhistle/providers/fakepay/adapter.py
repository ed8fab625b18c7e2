"""fakepay behind the store's port for payment providers (`apps.payments.provider`)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from pennywhistle.apps.payments.provider import (
    Notice,
    NoticeRefusedError,
    Payment,
    PaymentState,
    Provider,
    Refunding,
    RefundState,
    Started,
)
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment, FakeRefund
from pennywhistle.providers.fakepay.signing import HEADER, require_signature, shared_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.kernel.money import Money

body_bytes_max = 4_096

_CLOSED = "The card was closed."
_NAME = re.compile(r"f[np]_[0-9a-f]{24}")

_STATES = {
    FakePayment.State.OPEN: PaymentState.PENDING,
    FakePayment.State.CONFIRMING: PaymentState.PENDING,
    FakePayment.State.DELAYED: PaymentState.PENDING,
    FakePayment.State.PAID: PaymentState.PAID,
    FakePayment.State.FAILED: PaymentState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Fakepay:
    """The six verbs, answered by fakepay's desk."""

    code: str = "fakepay"

    def start(self, *, reference: str, amount: Money, return_url: str, notify_url: str) -> Started:
        """Begin a payment, or find the one that this reference began."""
        payment = desk.begin(
            reference=reference,
            amount=amount,
            return_url=return_url,
            notify_url=notify_url,
            now=now(),
        )
        # The page lives on the address by which the buyer reached the store.
        page = urljoin(payment.return_url, reverse("fakepay:pay", args=[payment.ref]))
        return Started(provider_ref=payment.ref, redirect_url=page)

    def fetch(self, *, provider_ref: str) -> Payment:
        """The payment's state now."""
        payment = desk.look_up(ref=provider_ref)
        return Payment(
            provider_ref=payment.ref,
            reference=payment.reference,
            state=_STATES[FakePayment.State(payment.state_at(now()))],
            amount=payment.amount,
        )

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Send money back, or tell how that stands; once a key."""
        made = desk.refund(ref=provider_ref, amount=amount, key=key, now=now())
        reason = _CLOSED if made.state == FakeRefund.State.FAILED else ""
        return Refunding(RefundState(made.state), reason)

    def holding(self, *, currency: str) -> Money | None:
        """What lies here for the store now."""
        return desk.holding(currency=currency, now=now())

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Check a webhook's signature, age and form."""
        if len(body) > body_bytes_max:
            raise NoticeRefusedError("The webhook is larger than fakepay's are.")
        require_signature(
            body,
            headers.get(HEADER, ""),
            secret=shared_secret(settings.KEYS),
            now_s=int(now().timestamp()),
        )
        return _notice(body)

    def pay_out(self, *, key: str, amount: Money, account: str) -> str:
        """Send money to a payee's account; once a key."""
        return desk.pay_out(key=key, amount=amount, account=account, now=now()).ref


def _notice(body: bytes) -> Notice:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoticeRefusedError("The webhook is no JSON.") from error
    if not isinstance(said, dict):
        raise NoticeRefusedError("The webhook is no JSON object.")
    notice_id, ref = str(said.get("id", "")), str(said.get("payment", ""))
    if not (_NAME.fullmatch(notice_id) and _NAME.fullmatch(ref)):
        raise NoticeRefusedError("The webhook names no notice and payment of fakepay's.")
    return Notice(notice_id=notice_id, provider_ref=ref)


PROVIDER: Provider = Fakepay()
