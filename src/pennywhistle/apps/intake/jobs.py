"""Queue tasks of intake; each carries an id and calls work."""

from procrastinate.contrib.django import app

from pennywhistle.apps.intake import work


@app.task(queue="intake", retry=5, name="intake.check_delivery")
def check_delivery(*, delivery_id: int) -> None:
    """Check an upload's files and write its report."""
    work.check_delivery(delivery_id=delivery_id)
