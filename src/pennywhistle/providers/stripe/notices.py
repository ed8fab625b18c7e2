"""Stripe's webhooks: who wrote them, and what they are about; what they say of it is not read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import stripe
from django.conf import settings

from pennywhistle.apps.payments.provider import About, Notice, NoticeRefusedError
from pennywhistle.providers.stripe.asking import client, is_live

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = "Stripe-Signature"
age_s_max = 300
logger = logging.getLogger(__name__)

# What an endpoint has to be subscribed to; each only makes the store ask.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
    "payout.paid",
    "payout.failed",
    "transfer.reversed",
)

# The first that fits counts.
_ABOUT = (
    ("checkout.session.", About.PAYMENT),
    ("payment_intent.", About.PAYMENT),
    ("refund.", About.PAYMENT),
    ("charge.dispute.", About.DISPUTE),
    ("charge.", About.PAYMENT),
    ("radar.early_fraud_warning.", About.WARNING),
    ("payout.", About.PAYOUT),
    ("transfer.", About.PAYOUT),
)


def notice_of(body: bytes, headers: Mapping[str, str]) -> Notice:
    """Check signature, age and mode. Raises NoticeRefusedError."""
    event = _event(body, headers.get(HEADER, ""))
    if bool(event.get("livemode")) is not is_live():
        raise NoticeRefusedError("The webhook is of a test, and the store is live, or the reverse.")
    notice_id, kind = str(event["id"]), str(event["type"])
    if event.get("account"):
        logger.warning("Stripe tells of %s, which is another account's.", notice_id)
        return Notice(notice_id, about=About.OTHER)
    about = next((what for start, what in _ABOUT if kind.startswith(start)), About.OTHER)
    subject = event["data"]["object"]
    if about is not About.PAYMENT or kind.startswith("checkout.session."):
        return Notice(notice_id, provider_ref=str(subject["id"]), about=about)
    # These have no name of a session, but the store's own name for the payment.
    reference = str((subject.get("metadata") or {}).get("reference") or "")
    return Notice(notice_id, about=about if reference else About.OTHER, reference=reference)


def _event(body: bytes, header: str) -> dict[str, Any]:
    try:
        event = client().construct_event(
            body, header, settings.STRIPE_WEBHOOK_SECRET, tolerance=age_s_max
        )
        said = event.to_dict()
        _require_form(said)
    except stripe.SignatureVerificationError as error:
        raise NoticeRefusedError(f"Stripe's signature: {error.user_message}") from error
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise NoticeRefusedError("The webhook is no event of Stripe's.") from error
    return said


def _require_form(said: dict[str, Any]) -> None:
    subject = said["data"]["object"]
    if not isinstance(said["id"], str) or not isinstance(subject.get("id"), str):
        raise TypeError("an event has a name, and is about something that has one")
