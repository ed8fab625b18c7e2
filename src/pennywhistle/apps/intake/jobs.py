"""Queue tasks of intake; each carries an id and calls work."""

from datetime import datetime

from procrastinate.contrib.django import app

from pennywhistle.apps.intake import work


@app.task(queue="intake", retry=5, name="intake.check_delivery")
def check_delivery(*, delivery_id: int) -> None:
    """Check an upload's files and write its report."""
    work.check_delivery(delivery_id=delivery_id)


@app.task(queue="intake", retry=5, name="intake.make_previews")
def make_previews(*, delivery_id: int, asked_at: str) -> None:
    """Encode the previews of what was just published; whoever listens earlier makes their own."""
    work.make_previews(delivery_id=delivery_id, now=datetime.fromisoformat(asked_at))
