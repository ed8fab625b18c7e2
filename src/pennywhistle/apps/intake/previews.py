"""Encodes the previews of what was published."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pennywhistle.apps.media import work as media
from pennywhistle.apps.media.actions import keep_preview
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.queries import PREVIEW

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.machine.storage import Stored

logger = logging.getLogger(__name__)


def make_previews(*, delivery_id: int, now: datetime) -> None:
    """Encode the previews that a published delivery's recordings lack."""
    lacking = Master.objects.filter(recording__tracks__release__deliveries=delivery_id).exclude(
        recording__renditions__recipe=PREVIEW
    )
    masters = list(lacking.distinct().order_by("id"))
    failed = None
    with ThreadPoolExecutor(media.AT_ONCE) as pool:
        for master, made in [(each, pool.submit(_preview, each)) for each in masters]:
            try:
                stored = made.result()
            except (media.FileRefusedError, OSError) as error:
                # One that cannot be made keeps none of the others from being made.
                logger.warning("No preview of master %s: %s", master.sha256, error)
                failed = error
            else:
                keep_preview(recording_id=master.recording_id, stored=stored, now=now)
    if failed is not None:
        raise failed


def _preview(master: Master) -> Stored:
    """Runs in a thread, which only waits for a sandboxed child; it does not touch the database."""
    return media.make_preview(master.sha256, start_ms=master.preview_start_ms)
