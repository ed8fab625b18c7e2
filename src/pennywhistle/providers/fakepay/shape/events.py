"""Webhooks in Stripe's shape and with its signature (docs.stripe.com/webhooks#verify-manually)."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from pennywhistle.providers.fakepay.finding import look_up_dispute
from pennywhistle.providers.fakepay.models import (
    FakePayment,
    FakeRefund,
    FakeWarning,
    FakeWebhook,
)
from pennywhistle.providers.fakepay.shape import objects
from pennywhistle.providers.fakepay.shape.keys import webhook_secret
from pennywhistle.providers.fakepay.shape.names import seconds, theirs

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.providers.fakepay.shape.objects import Object

HEADER = "Stripe-Signature"

About = FakeWebhook.About


def signed_event(webhook: FakeWebhook, *, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The event's body and headers, as sent at an instant."""
    body = json.dumps(event(webhook), separators=(",", ":")).encode()
    return body, {HEADER: signature(body, at=at), "Content-Type": "application/json"}


def signature(body: bytes, *, at: datetime, secret: str = "") -> str:
    """The header's value: HMAC-SHA256 of the time, a full stop and the body."""
    key = (secret or webhook_secret()).encode()
    mac = hmac.new(key, f"{seconds(at)}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds(at)},v1={mac}"


def event(webhook: FakeWebhook) -> Object:
    """The event, with the object as it is now."""
    kind, subject = _told(webhook)
    return {
        "id": theirs("evt", webhook.notice_id),
        "object": "event",
        "api_version": "2026-10-28.endive",
        "type": kind,
        "livemode": False,
        "created": seconds(webhook.due_at),
        "data": {"object": subject},
        "pending_webhooks": 1,
    }


def _told(webhook: FakeWebhook) -> tuple[str, Object]:
    match webhook.about:
        case About.REFUND:
            made = FakeRefund.objects.select_related("payment").get(ref=webhook.subject_ref)
            refund = objects.refund(made)
            return f"refund.{'failed' if refund['status'] == 'failed' else 'updated'}", refund
        case About.DISPUTE:
            dispute = objects.dispute(look_up_dispute(ref=webhook.subject_ref))
            is_over = dispute["status"] in {"won", "lost", "warning_closed"}
            return f"charge.dispute.{'closed' if is_over else 'updated'}", dispute
        case About.WARNING:
            found = FakeWarning.objects.select_related("payment").get(ref=webhook.subject_ref)
            return "radar.early_fraud_warning.created", objects.warning(found)
        case _:
            return _of_payment(webhook.payment)


def _of_payment(payment: FakePayment) -> tuple[str, Object]:
    if payment.decline_count:
        return "payment_intent.payment_failed", objects.payment_intent(payment)
    if payment.is_failed:
        return "checkout.session.expired", objects.session(payment)
    is_slow = payment.scenario == FakePayment.Scenario.DELAY
    name = "async_payment_succeeded" if is_slow else "completed"
    return f"checkout.session.{name}", objects.session(payment)
