"""What was heard in stored files, kept by their content: the same bytes are heard once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models.functions import Now

from pennywhistle.apps.media.models import Hearing

if TYPE_CHECKING:
    from pennywhistle.apps.media.work import Heard


def keep_hearing(*, sha256: str, heard: Heard) -> None:
    """Write down what was heard in a stored file; heard again, the newer takes its place."""
    hearing = Hearing(
        sha256=sha256,
        examination=heard.examination.to_json(),
        judgement=heard.judgement.to_json(),
        fingerprint=heard.fingerprint.to_bytes(),
        cover_sha256=heard.cover_sha256,
        heard_at=Now(),
    )
    # In one statement, since the same content may come from two suppliers at once.
    Hearing.objects.bulk_create(
        [hearing],
        update_conflicts=True,
        unique_fields=["sha256"],
        update_fields=["examination", "judgement", "fingerprint", "cover_sha256", "heard_at"],
    )
