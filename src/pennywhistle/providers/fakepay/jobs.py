"""fakepay's queue tasks."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pennywhistle.providers.fakepay import webhooks


@app.task(queue="fakepay", retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_webhook(*, notice_id: str) -> None:
    """Tell the store that a payment changed."""
    webhooks.send(notice_id=notice_id)
