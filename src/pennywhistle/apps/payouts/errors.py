"""Why nothing is paid, or nothing is kept of what was said; each says what to do instead."""


class PayoutError(Exception):
    """Nothing moved, and nothing was kept."""

    code = "payout"


class DetailsInvalidError(PayoutError):
    """What was entered is no account that money can be sent to."""

    code = "payout-details-invalid"


class TermsInvalidError(PayoutError):
    """A threshold, cadence or currency that the store does not offer."""

    code = "payout-terms-invalid"


class RateInvalidError(PayoutError):
    """A rate of exchange or of tax that cannot be one, or another one is on record for that day."""

    code = "payout-rate-invalid"


class FormInvalidError(PayoutError):
    """A tax form that ends before it begins, or says nothing."""

    code = "payout-form-invalid"


class CutInvalidError(PayoutError):
    """The period has not ended, or the log does not cover it yet."""

    code = "payout-cut-invalid"


class StateWrongError(PayoutError):
    """The payout is not where this can be done to it any more."""

    code = "payout-state-wrong"


class DetailsChangedError(PayoutError):
    """The payee's details are others than those that were proposed; it was dropped."""

    code = "payout-details-changed"


class BalanceFellError(PayoutError):
    """Less is due by now than was proposed; it was dropped."""

    code = "payout-balance-fell"


class ReferenceMissingError(PayoutError):
    """A word is missing: a reference for what was done by hand, or a reason."""

    code = "payout-reference-missing"


class ProviderCannotError(PayoutError):
    """The store has no such provider, or it sends no money to payees."""

    code = "payout-provider-cannot"


class NothingToSendError(PayoutError):
    """No approved payout waits for a file."""

    code = "payout-nothing-to-send"


class FileRefusedError(PayoutError):
    """What would be in the file is not what a bank takes; nothing was written."""

    code = "payout-file-refused"


class StoreAccountMissingError(PayoutError):
    """The settings do not name the store's own account, from which the file's transfers go."""

    code = "payout-store-account-missing"
