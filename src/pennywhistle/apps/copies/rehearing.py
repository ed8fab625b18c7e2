"""Fingerprints of what was heard; one that is damaged is made anew from the file."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pennywhistle.apps.copies.index_folder import fingerprints_of
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.hearings import keep_hearing
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.media.work import FileRefusedError, hear
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from pennywhistle.engines.fingerprint import Fingerprint

logger = logging.getLogger(__name__)


class NotHeardError(Exception):
    """There is no readable fingerprint of this content; hear it (again) first."""

    code = "not-heard"


def readable_fingerprint(sha256: str) -> Fingerprint:
    """The fingerprint of a content that was heard; the file is heard again if it cannot be read.

    Takes as long as a pass over the file then: not to be called while others wait. Raises
    NotHeardError: it was never heard, or cannot be heard again.
    """
    known = fingerprints_of([sha256])
    if sha256 not in known and Hearing.objects.filter(sha256=sha256).exists():
        if not MASTERS.has(sha256):
            raise NotHeardError(f"{sha256} is not in the store, and cannot be heard again.")
        try:
            keep_hearing(sha256=sha256, heard=hear(sha256))
        except (FileRefusedError, StoredFileMissingError) as error:
            raise NotHeardError(f"{sha256} cannot be heard again.") from error
        logger.warning("%s was heard again.", sha256)
        known = fingerprints_of([sha256])
    if sha256 not in known:
        raise NotHeardError(f"{sha256} was not heard yet.")
    return known[sha256]
