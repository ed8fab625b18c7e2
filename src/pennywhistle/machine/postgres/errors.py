"""What can stand in the way of the store's own database, each with code, sentence and cure."""


class ClusterError(Exception):
    """The embedded PostgreSQL cannot do what was asked.

    `code` is stable, `sentence` says what is the case with names and values, and `cure` says what
    the operator does now. The text of the exception is the sentence followed by the cure.
    """

    code = "cluster"

    def __init__(self, sentence: str, *, cure: str) -> None:
        super().__init__(f"{sentence} {cure}")
        self.sentence = sentence
        self.cure = cure


class ParentMissingError(ClusterError):
    """The folder that should hold the data folder does not exist: a typing error, or no mount."""

    code = "data-parent-missing"


class StoreMissingError(ClusterError):
    """A store was expected and there is none: most likely its volume is not mounted."""

    code = "store-missing"


class DatabaseMissingError(ClusterError):
    """The store is here, its database is not: part of it is not mounted, or it was removed."""

    code = "database-missing"


class FolderTakenError(ClusterError):
    """The data folder holds files that no store put there."""

    code = "folder-taken"


class MarkerDamagedError(ClusterError):
    """The marker file of the store cannot be read as one."""

    code = "marker-damaged"


class OtherStoreError(ClusterError):
    """The data folder belongs to a store with another id than the one that was expected."""

    code = "other-store"


class StoreInUseError(ClusterError):
    """Another process supervises this store."""

    code = "store-in-use"


class VersionDiffersError(ClusterError):
    """The data was written by another major version of PostgreSQL than the installed one."""

    code = "version-differs"


class OwnerDiffersError(ClusterError):
    """The database's files belong to another account than the one that starts it."""

    code = "owner-differs"


class AccountMissingError(ClusterError):
    """There is no account under which PostgreSQL could create a database."""

    code = "account-missing"


class BinariesMissingError(ClusterError):
    """The PostgreSQL programs are not installed, or the server's account cannot run them."""

    code = "binaries-missing"


class SocketFolderError(ClusterError):
    """The folder of the socket exists and is not a private folder of the server's account."""

    code = "socket-folder"


class InitializeFailedError(ClusterError):
    """The database could not be created; nothing is left of the attempt."""

    code = "initialize-failed"


class StartFailedError(ClusterError):
    """The server ended while it was starting."""

    code = "start-failed"


class StartTimeoutError(ClusterError):
    """The server is still recovering after the time that was allowed."""

    code = "start-timeout"


class StopFailedError(ClusterError):
    """The server is still running after it was told to stop at once."""

    code = "stop-failed"


class PagesUnreadError(ClusterError):
    """The database's pages could not all be read and compared."""

    code = "pages-unread"


class CopyAwayError(ClusterError):
    """The folder of the database's copies is not there, or not open to the server's account."""

    code = "copy-away"


class NothingToRestoreError(ClusterError):
    """There is no copy of this store's database in the folder, or not the one that was named."""

    code = "nothing-to-restore"
