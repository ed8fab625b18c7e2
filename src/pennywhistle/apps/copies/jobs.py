"""Queue tasks of this app; each carries an id."""

from datetime import UTC, datetime

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pennywhistle.apps.copies.blocking import grant_wish

# Until it is done, later and later: an operator waits for it, and reads that it waits.
_PATIENCE = RetryStrategy(wait=10, linear_wait=20)


@app.task(queue="intake", retry=_PATIENCE, name="copies.block")
def block(*, wish_id: int) -> None:
    """Hear what an operator wants blocked, and block it."""
    grant_wish(wish_id=wish_id, now=datetime.now(tz=UTC))
