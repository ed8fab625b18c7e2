"""What can go wrong when somebody fetches what is theirs."""


class DeliveryError(Exception):
    """The file cannot be handed over now."""

    code = "delivery"


class MakingFailedError(DeliveryError):
    """The file could not be made from its master. Nothing of it was kept; it can be tried again."""

    code = "making-failed"


class BusyError(DeliveryError):
    """Others are being served first; what was asked for is in the line, and is kept when made."""

    code = "busy"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"All encoders are busy for another {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class NoRoomError(DeliveryError):
    """The disk is full. Nothing is lost; what was made before is still handed over."""

    code = "no-room"


class StorageAwayError(DeliveryError):
    """The bucket that holds the file cannot be reached, and there is no working copy."""

    code = "storage-away"
