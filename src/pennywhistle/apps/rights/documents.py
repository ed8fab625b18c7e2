"""The documents on file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.rights.folders import EVIDENCE
from pennywhistle.apps.rights.models import Evidence

if TYPE_CHECKING:
    from typing import BinaryIO


def newest_documents(*, most: int) -> list[Evidence]:
    """The documents that were recorded last."""
    return list(
        Evidence.objects.select_related("recorded_by").order_by("-recorded_at", "-id")[:most]
    )


def document(*, sha256: str) -> tuple[Evidence, BinaryIO] | None:
    """A document with its bytes; None where there is none."""
    evidence = Evidence.objects.filter(sha256=sha256).first()
    return None if evidence is None else (evidence, EVIDENCE.open(evidence.storage_key))
