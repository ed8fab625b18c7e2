"""Files that outlive a crash: written beside, synced, then renamed into place."""

from pennywhistle.machine.storage.bucket_folder import BucketFolder, DamagedError
from pennywhistle.machine.storage.folder import (
    Folder,
    Incoming,
    Stored,
    StoredFileMissingError,
    TooLargeError,
)
from pennywhistle.machine.storage.s3 import UnreachableError

__all__ = [
    "BucketFolder",
    "DamagedError",
    "Folder",
    "Incoming",
    "Stored",
    "StoredFileMissingError",
    "TooLargeError",
    "UnreachableError",
]
