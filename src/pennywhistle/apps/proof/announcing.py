"""Announcing something in the log: its leaf comes with the sequencer's next round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.proof.models import Announcement, AnnouncementWaiting

if TYPE_CHECKING:
    from datetime import datetime


class AnnouncedOtherwiseError(Exception):
    """Another version of this statement or payout was announced, and cannot be taken back."""

    code = "announced-otherwise"


@transaction.atomic
def announce(
    *,
    kind: Announcement.Kind,
    subject: str,
    digest: bytes,
    now: datetime,
    document: bytes = b"",
) -> Announcement:
    """Announce a document by its digest (32 bytes); the same one again is one announcement.

    Terms (kind C) that differ from the last ones of the subject replace them from here on.

    Raises:
        AnnouncedOtherwiseError: a statement or payout that was announced with another digest.
    """
    with connection.cursor() as cursor:
        # One at a time for a subject, so that the same terms are not announced twice in a row.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), 1)", [f"{kind} {subject}"])
    last = Announcement.objects.filter(kind=kind, subject=subject).order_by("-id").first()
    if last is not None and bytes(last.digest) == digest:
        return last
    if last is not None and kind != Announcement.Kind.TERMS:
        raise AnnouncedOtherwiseError(f"{subject} was announced on {last.announced_at:%Y-%m-%d}.")
    announcement = Announcement.objects.create(
        kind=kind, subject=subject, digest=digest, document=document, announced_at=now
    )
    AnnouncementWaiting.objects.create(announcement=announcement)
    return announcement
