"""Sending webhooks to the store over HTTP, to this machine only.

They are a courtesy: a store that never gets one finds out by asking (`payments.work`).
"""

from __future__ import annotations

import ipaddress
import json
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeWebhook
from pennywhistle.providers.fakepay.shape.events import signed_event
from pennywhistle.providers.fakepay.signing import HEADER, shared_secret, signature

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

send_timeout_s = 5


class AddressRefusedError(Exception):
    """A webhook's address is not on this machine; play money calls nobody else."""

    code = "address-refused"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer that points elsewhere is an error: it could point off this machine."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: Any,  # noqa: ANN401 (urllib's own)
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        del req, fp, code, msg, headers, newurl


# Without proxies from the environment: these requests never leave the machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def body_of(webhook: FakeWebhook) -> bytes:
    """What the webhook says: its own name, the payment's, and a dispute's or warning's."""
    said = {"id": webhook.notice_id, "payment": webhook.payment_id}
    if webhook.about in {FakeWebhook.About.DISPUTE, FakeWebhook.About.WARNING}:
        said |= {"about": webhook.about, "ref": webhook.subject_ref}
    return json.dumps(said, separators=(",", ":")).encode()


def signed(webhook: FakeWebhook, *, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The webhook's body and headers as sent at an instant, in the shape that it was begun in."""
    if webhook.payment.is_stripe_shaped:
        return signed_event(webhook, at=at)
    body = body_of(webhook)
    secret = shared_secret(settings.KEYS)
    header = signature(body, secret=secret, sent_at_s=int(at.timestamp()))
    return body, {HEADER: header, "Content-Type": "application/json"}


def send(*, notice_id: str) -> None:
    """Send a webhook that was not delivered yet, as often as the knobs wanted.

    Raises:
        AddressRefusedError: its address is not on this machine.
        OSError: nobody took it; the queue tries again.
    """
    webhook = FakeWebhook.objects.select_related("payment").filter(notice_id=notice_id).first()
    if webhook is None or webhook.delivered_at is not None:
        return
    require_loopback(webhook.payment.notify_url)
    FakeWebhook.objects.filter(pk=notice_id).update(attempt_count=webhook.attempt_count + 1)
    body, headers = signed(webhook, at=now())
    request = urllib.request.Request(  # noqa: S310 (the scheme was checked)
        webhook.payment.notify_url, data=body, headers=headers, method="POST"
    )
    for _ in range(webhook.copy_count):
        with _opener.open(request, timeout=send_timeout_s):
            FakeWebhook.objects.filter(pk=notice_id).update(delivered_at=now())


def require_loopback(address: str) -> None:
    """Refuse any address but http(s) to this machine. Raises AddressRefusedError."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not (host == "localhost" or _is_loopback(host)):
        raise AddressRefusedError(f"fakepay sends webhooks to this machine only, not to {host!r}.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
