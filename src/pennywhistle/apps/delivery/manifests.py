"""The store's signature under the checksums of an archive."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.kept import in_memory
from pennywhistle.apps.proof.log import KeysMissingError
from pennywhistle.apps.proof.till import the_till
from pennywhistle.engines.tlog.manifest import sign_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.delivery.kept import InMemory

logger = logging.getLogger(__name__)

MANIFEST_NAME = "MANIFEST"


def manifest_of(sums: bytes) -> Iterator[tuple[str, InMemory]]:
    """A file that signs a list of checksums for the log; none while there is no key."""
    try:
        till = the_till()
    except (KeysMissingError, OSError):
        # What was bought is handed over without it.
        logger.exception("A manifest cannot be signed now.")
        return
    yield MANIFEST_NAME, in_memory(sign_manifest(sums, key=till.key, delegation=till.delegation))
