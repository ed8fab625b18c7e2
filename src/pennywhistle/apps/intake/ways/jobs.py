"""The queue's task for one message; of each supplier one runs at a time, in the order queued."""

from datetime import UTC, datetime

from procrastinate import JobContext
from procrastinate.contrib.django import app

from pennywhistle.apps.intake.ern.receiving import process_message as process
from pennywhistle.apps.intake.patience import Patience, waits_uncounted


@app.task(queue="intake", retry=Patience(), pass_context=True, name="intake.process_message")
def process_message(context: JobContext, *, message_id: int) -> None:
    """Decide what one message does. When it is done counts, not when it was queued."""
    with waits_uncounted(context):
        process(message_id=message_id, now=datetime.now(tz=UTC))
