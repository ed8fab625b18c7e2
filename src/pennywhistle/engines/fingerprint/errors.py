"""What can be wrong with a fingerprint or with an index on disk."""

from __future__ import annotations


class FingerprintError(Exception):
    """A fingerprint or an index cannot be used; `code` says in which way."""

    code = "fingerprint"


class BadSamplesError(FingerprintError):
    """What was given is no mono or stereo sound at a rate that music has."""

    code = "bad-samples"


class BadFingerprintError(FingerprintError):
    """The bytes are no fingerprint of a version that is known here, or were changed."""

    code = "bad-fingerprint"


class IndexDamagedError(FingerprintError):
    """A file of the index is missing, was cut off or was changed; `file_name` is its name.

    An index is made of fingerprints that are kept elsewhere: delete it and add them again.
    """

    code = "index-damaged"

    def __init__(self, file_name: str, defect: str) -> None:
        super().__init__(
            f"The fingerprint index is damaged: {file_name} {defect}. "
            "Restore its folder, or delete it and add the fingerprints again."
        )
        self.file_name = file_name


class IndexBusyError(FingerprintError):
    """Another process has the index open for writing."""

    code = "index-busy"


class IndexReadOnlyError(FingerprintError):
    """The index was opened for reading, or is closed."""

    code = "index-read-only"
