"""Fingerprints of recordings: what sounds the same, whatever was done to the file."""

from pennywhistle.engines.fingerprint.comparison import Match, compare
from pennywhistle.engines.fingerprint.errors import (
    BadFingerprintError,
    BadSamplesError,
    FingerprintError,
    IndexBusyError,
    IndexDamagedError,
    IndexReadOnlyError,
)
from pennywhistle.engines.fingerprint.extraction import Extraction, extract
from pennywhistle.engines.fingerprint.fingerprint import Fingerprint
from pennywhistle.engines.fingerprint.index.store import Index
from pennywhistle.engines.fingerprint.index.voting import Candidate

__all__ = [
    "BadFingerprintError",
    "BadSamplesError",
    "Candidate",
    "Extraction",
    "Fingerprint",
    "FingerprintError",
    "Index",
    "IndexBusyError",
    "IndexDamagedError",
    "IndexReadOnlyError",
    "Match",
    "compare",
    "extract",
]
