"""Files that outlive a crash: written beside, synced, then renamed into place."""

from pennywhistle.machine.storage.folder import Folder, Stored, StoredFileMissingError, TooLargeError

__all__ = ["Folder", "Stored", "StoredFileMissingError", "TooLargeError"]
