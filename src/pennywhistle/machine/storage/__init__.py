"""Files that outlive a crash: written beside, synced, then renamed into place."""

from pennywhistle.machine.storage.folder import (
    Folder,
    Incoming,
    Stored,
    StoredFileMissingError,
    TooLargeError,
)

__all__ = ["Folder", "Incoming", "Stored", "StoredFileMissingError", "TooLargeError"]
