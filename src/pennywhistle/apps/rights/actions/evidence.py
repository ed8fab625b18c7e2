"""Keeping the documents that the register's rows rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.folders import EVIDENCE
from pennywhistle.apps.rights.models import Evidence
from pennywhistle.apps.rights.words import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# A scanned contract of some hundred pages.
evidence_size_bytes_max = 64 * 1024 * 1024


class EvidenceEmptyError(RegisterError):
    """The document has no content, so that it shows nothing."""

    code = "evidence-empty"


def record_evidence(
    *,
    title: str,
    media_type: str,
    chunks: Iterable[bytes],
    now: datetime,
    user_id: int | None = None,
    size_bytes_max: int = evidence_size_bytes_max,
) -> Evidence:
    """Keep a document under its SHA-256; the same document again is the one that is kept.

    Raises EvidenceEmptyError, and the storage's TooLargeError beyond `size_bytes_max`.
    """
    stored = EVIDENCE.put(chunks, size_bytes_max=size_bytes_max)
    if not stored.size_bytes:
        EVIDENCE.remove(stored.sha256)
        raise EvidenceEmptyError(f"{title[:80]!r} is an empty file.")
    with transaction.atomic():
        evidence, _ = Evidence.objects.get_or_create(
            sha256=stored.sha256,
            defaults={
                "title": title.strip()[:300] or stored.sha256,
                "size_bytes": stored.size_bytes,
                "media_type": media_type[:100],
                "storage_key": stored.sha256,
                "recorded_at": now,
                "recorded_by_id": user_id,
            },
        )
    return evidence
