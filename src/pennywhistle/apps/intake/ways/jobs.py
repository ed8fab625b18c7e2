"""The queue's task for one message; of each supplier one runs at a time, in the order queued."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from pennywhistle.apps.intake.ern.receiving import process_message as process
from pennywhistle.apps.intake.patience import Patience


@app.task(queue="intake", retry=Patience(), name="intake.process_message")
def process_message(*, message_id: int) -> None:
    """Decide what one message does. When it is done counts, not when it was queued."""
    process(message_id=message_id, now=datetime.now(tz=UTC))
