"""Why a top-up does not happen; each says what happened, and that nothing was charged."""


class TopUpError(Exception):
    """The balance was not changed."""

    code = "top-up"


class AmountOutOfRangeError(TopUpError):
    """Less or more than may be paid in at once."""

    code = "amount-out-of-range"


class AmountTooFineError(TopUpError):
    """The amount is no whole number of the currency's smallest coin, so nobody can charge it."""

    code = "amount-too-fine"


class CurrencyRefusedError(TopUpError):
    """The store does not keep balances in this currency."""

    code = "currency-refused"


class TopUpKeyReusedError(TopUpError):
    """The same key came with another amount or provider."""

    code = "key-reused"


class TopUpEndedError(TopUpError):
    """The same key came again after its top-up had failed or expired."""

    code = "top-up-ended"


class PaymentDiffersError(TopUpError):
    """The provider speaks of another amount or another top-up than the store's."""

    code = "payment-differs"


class DoorClosedError(TopUpError):
    """Nobody can pay in this way just now; another door may be open."""

    code = "door-closed"


class TooManyError(TopUpError):
    """More payments were begun or failed than are let through; `wait_s` until the next is."""

    code = "too-many"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many payments were begun. The next may in {wait_s} seconds.")
        self.wait_s = wait_s


class PuzzleNeededError(TopUpError):
    """So many payments failed that a puzzle is to be solved first, or some time to pass."""

    code = "puzzle-needed"
