"""Webhooks are queued here, and arrive as the knobs say: once, twice, out of order, late, never."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.providers.fakepay.jobs import send_webhook
from pennywhistle.providers.fakepay.models import FakeKnobs, FakeWebhook, Webhooks

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.providers.fakepay.models import FakePayment

late_s = 90
# As long as it takes that the next one overtakes it.
reordered_s = 15

About = FakeWebhook.About


def tell(
    payment: FakePayment, due_at: datetime, *, about: str = About.PAYMENT, subject_ref: str = ""
) -> FakeWebhook:
    """Queue the webhook of something that changed, for when it counts."""
    mode = FakeKnobs.now_set().webhooks
    if mode == Webhooks.LATE:
        due_at += timedelta(seconds=late_s)
    elif mode == Webhooks.REORDERED and FakeWebhook.objects.count() % 2 == 0:
        due_at += timedelta(seconds=reordered_s)
    webhook = FakeWebhook.objects.create(
        payment=payment,
        about=about,
        subject_ref=subject_ref,
        due_at=due_at,
        copy_count={Webhooks.LOST: 0, Webhooks.TWICE: 2}.get(Webhooks(mode), 1),
    )
    if webhook.copy_count and payment.notify_url:
        send_webhook.configure(schedule_at=due_at).defer(notice_id=webhook.notice_id)
    return webhook
