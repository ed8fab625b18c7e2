"""fakepay behind the store's port for payment providers (`apps.payments.provider`)."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from pennywhistle.apps.payments.abilities import (
    Dispute,
    DisputeState,
    Evidence,
    Finding,
    FraudWarning,
    Funds,
    Level,
    Movement,
    PayoutSent,
    PayoutState,
)
from pennywhistle.apps.payments.provider import (
    About,
    Notice,
    NoticeRefusedError,
    Payment,
    PaymentState,
    Provider,
    Refunding,
    RefundState,
    Started,
)
from pennywhistle.providers.fakepay import account, cases, desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakeKnobs,
    FakePayment,
    FakePayout,
    FakeRefund,
    FakeWarning,
)
from pennywhistle.providers.fakepay.signing import HEADER, require_signature, shared_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.kernel.money import Money

body_bytes_max = 4_096

_CLOSED = "The card was closed."
_NAME = re.compile(r"f[npdw]_[0-9a-f]{24}")

_STATES = {
    FakePayment.State.OPEN: PaymentState.PENDING,
    FakePayment.State.CONFIRMING: PaymentState.PENDING,
    FakePayment.State.DELAYED: PaymentState.PENDING,
    FakePayment.State.PAID: PaymentState.PAID,
    FakePayment.State.FAILED: PaymentState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Fakepay:
    """The port's verbs and all the abilities, answered by fakepay's desk."""

    code: str = "fakepay"

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """Begin a payment, or find the one that this reference began."""
        payment = desk.begin(
            reference=reference,
            amount=amount,
            return_url=return_url,
            notify_url=notify_url,
            now=now(),
            challenge=challenge,
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
            country=desk.CARDS.get(payment.card, ""),
            fingerprint=f"fakecard-{payment.card}" if payment.card else "",
            network="fakecard" if payment.card else "",
            is_challenged=payment.is_challenged,
            decline_count=payment.decline_count,
        )

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Send money back, or tell how that stands; once a key."""
        made = desk.refund(ref=provider_ref, amount=amount, key=key, now=now())
        reason = _CLOSED if made.state == FakeRefund.State.FAILED else ""
        return Refunding(RefundState(made.state), reason)

    def holding(self, *, currency: str) -> Money | None:
        """What lies here for the store now."""
        return account.holding(currency=currency, now=now())

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

    def funds(self, *, currency: str) -> Funds:
        """What could be had now, what is coming, and what is frozen."""
        return account.funds(currency=currency, now=now())

    def movements(self, *, since: datetime) -> list[Movement]:
        """All that moved since then, oldest first."""
        return account.movements(now=now(), since=since)

    def disputes(self, *, since: datetime) -> list[Dispute]:
        """Those that were opened since then, oldest first."""
        found = FakeDispute.objects.select_related("payment").filter(opened_at__gte=since)
        return [_dispute(each) for each in found.order_by("opened_at", "ref")]

    def fetch_dispute(self, *, ref: str) -> Dispute:
        """How a dispute stands."""
        return _dispute(cases.look_up_dispute(ref=ref))

    def answer_dispute(self, *, ref: str, evidence: Evidence, key: str) -> Dispute:
        """Take the evidence to the play bank."""
        said = _said(evidence)
        return _dispute(cases.answer_dispute(ref=ref, evidence=said, key=key, now=now()))

    def warnings(self, *, since: datetime) -> list[FraudWarning]:
        """Those that were told since then, oldest first."""
        found = FakeWarning.objects.select_related("payment").filter(told_at__gte=since)
        return [_warning(each) for each in found.order_by("told_at", "ref")]

    def pay_out(self, *, key: str, amount: Money, account: str) -> PayoutSent:
        """Send money to a payee's account; once a key."""
        return _payout(desk.pay_out(key=key, amount=amount, account=account, now=now()))

    def takes_account(self, *, account: str) -> bool:
        """Whatever it is called."""
        return bool(account)

    def fetch_payout(self, *, ref: str) -> PayoutSent:
        """How a payout stands."""
        return _payout(desk.look_up_payout(ref=ref))

    def check(self, *, notify_url: str, currency: str, now: datetime) -> list[Finding]:
        """Say that this is play money, and whether the account is frozen."""
        del notify_url, currency, now
        found = [Finding("money", Level.DOUBTFUL, "fakepay pays with play money.")]
        if FakeKnobs.now_set().frozen_at is not None:
            cure = "Thaw it on fakepay's own desk."
            found.append(Finding("account", Level.WRONG, "The play account is frozen.", cure))
        return found


def _notice(body: bytes) -> Notice:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoticeRefusedError("The webhook is no JSON.") from error
    if not isinstance(said, dict):
        raise NoticeRefusedError("The webhook is no JSON object.")
    about = {"dispute": About.DISPUTE, "warning": About.WARNING}.get(
        str(said.get("about", "")), About.PAYMENT
    )
    ref = str(said.get("payment" if about is About.PAYMENT else "ref", ""))
    notice_id = str(said.get("id", ""))
    if not (_NAME.fullmatch(notice_id) and _NAME.fullmatch(ref)):
        raise NoticeRefusedError("The webhook names no notice and payment of fakepay's.")
    return Notice(notice_id=notice_id, provider_ref=ref, about=about)


def _dispute(found: FakeDispute) -> Dispute:
    return Dispute(
        ref=found.ref,
        provider_ref=found.payment_id,
        reference=found.payment.reference,
        state=DisputeState(found.state),
        amount=found.amount,
        fee=found.fee,
        is_withdrawn=not found.is_inquiry and found.state != FakeDispute.State.WON,
        reason=found.reason,
        opened_at=found.opened_at,
        answer_until=found.answer_until if found.state == FakeDispute.State.OPEN else None,
    )


def _said(evidence: Evidence) -> dict[str, Any]:
    said = {
        "buyer_name": evidence.buyer_name,
        "buyer_email": evidence.buyer_email,
        "buyer_address_ip": evidence.buyer_address_ip,
        "product": evidence.product,
        "delivered_on": evidence.delivered_on.isoformat() if evidence.delivered_on else "",
        "log": evidence.log,
        "refund_terms": evidence.refund_terms,
        "statement": evidence.statement,
        "receipt": b64encode(evidence.receipt).decode(),
    }
    return {name: value for name, value in said.items() if value}


def _warning(found: FakeWarning) -> FraudWarning:
    return FraudWarning(
        ref=found.ref,
        provider_ref=found.payment_id,
        reference=found.payment.reference,
        told_at=found.told_at,
        is_actionable=cases.is_actionable(found),
    )


def _payout(found: FakePayout) -> PayoutSent:
    state = PayoutState(found.state_at(now()))
    reason = "The payee's bank sent it back." if state is PayoutState.FAILED else ""
    return PayoutSent(found.ref, state, found.amount, reason)


PROVIDER: Provider = Fakepay()
