"""Queue tasks of intake; each carries an id and calls work."""

from datetime import datetime

from procrastinate import JobContext
from procrastinate.contrib.django import app

from pennywhistle.apps.intake import previews, work
from pennywhistle.apps.intake.patience import Patience, waits_uncounted
from pennywhistle.apps.intake.telling.jobs import call_hook
from pennywhistle.apps.intake.works import recording

__all__ = [
    "call_hook",
    "check_delivery",
    "check_works_file",
    "make_previews",
    "record_works_file",
]


@app.task(queue="intake", retry=Patience(), pass_context=True, name="intake.check_delivery")
def check_delivery(context: JobContext, *, delivery_id: int) -> None:
    """Check an upload's files and write its report."""
    with waits_uncounted(context):
        work.check_delivery(delivery_id=delivery_id)


@app.task(queue="intake", retry=Patience(), name="intake.make_previews")
def make_previews(*, delivery_id: int, asked_at: str) -> None:
    """Encode the previews of what was just published; whoever listens earlier makes their own."""
    previews.make_previews(delivery_id=delivery_id, now=datetime.fromisoformat(asked_at))


@app.task(queue="intake", retry=Patience(), name="intake.check_works_file")
def check_works_file(*, works_file_id: int, asked_at: str) -> None:
    """Read a file that tells of works, and write its report."""
    recording.check_works_file(works_file_id=works_file_id, now=datetime.fromisoformat(asked_at))


@app.task(queue="intake", retry=Patience(), name="intake.record_works_file")
def record_works_file(*, works_file_id: int, asked_at: str) -> None:
    """Record what a works file tells, from where it was interrupted."""
    recording.record_works_file(works_file_id=works_file_id, now=datetime.fromisoformat(asked_at))
