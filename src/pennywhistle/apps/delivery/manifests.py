"""The store's signature under the checksums of an archive."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.kept import in_memory
from pennywhistle.apps.proof.log import KeysMissingError, the_log
from pennywhistle.engines.tlog.manifest import sign_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.delivery.kept import InMemory

logger = logging.getLogger(__name__)

MANIFEST_NAME = "MANIFEST"


def manifest_of(sums: bytes) -> Iterator[tuple[str, InMemory]]:
    """A file that signs a list of checksums by the log's key; none while there is no key."""
    try:
        key = the_log().key
    except (KeysMissingError, OSError):
        # What was bought is handed over without it.
        logger.exception("A manifest cannot be signed now.")
        return
    yield MANIFEST_NAME, in_memory(sign_manifest(sums, key=key))
