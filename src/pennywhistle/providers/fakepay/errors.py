"""Why fakepay refuses what it is asked."""

from pennywhistle.apps.payments.provider import ProviderError


class PaymentUnknownError(ProviderError):
    """fakepay knows no such payment, refund, dispute or payout."""

    code = "payment-unknown"


class AmountRefusedError(ProviderError):
    """Nothing, or less than nothing, can be moved."""

    code = "amount-refused"
