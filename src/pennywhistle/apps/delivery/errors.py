"""What can go wrong when somebody fetches what is theirs."""


class DeliveryError(Exception):
    """The file cannot be handed over now."""

    code = "delivery"


class MakingFailedError(DeliveryError):
    """The file could not be made from its master. Nothing of it was kept; it can be tried again."""

    code = "making-failed"
