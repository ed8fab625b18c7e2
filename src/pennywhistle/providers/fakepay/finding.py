"""Looking things up by their names, which changes nothing."""

from __future__ import annotations

from pennywhistle.providers.fakepay.errors import PaymentUnknownError
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakePayment,
    FakePayout,
    FakeWarning,
)

# The play cards, and the countries of the banks that gave them out.
CARDS = {"teal": "US", "rose": "DE", "gold": "GB"}


def look_up(*, ref: str) -> FakePayment:
    """The payment of this name. Raises PaymentUnknownError."""
    payment = FakePayment.objects.filter(ref=ref).first()
    if payment is None:
        raise PaymentUnknownError(f"fakepay knows no payment {ref[:40]!r}.")
    return payment


def look_up_payout(*, ref: str) -> FakePayout:
    """The payout of this name. Raises PaymentUnknownError."""
    payout = FakePayout.objects.filter(ref=ref).first()
    if payout is None:
        raise PaymentUnknownError(f"fakepay knows no payout {ref[:40]!r}.")
    return payout


def look_up_dispute(*, ref: str) -> FakeDispute:
    """The dispute of this name. Raises PaymentUnknownError."""
    found = FakeDispute.objects.select_related("payment").filter(ref=ref).first()
    if found is None:
        raise PaymentUnknownError(f"fakepay knows no dispute {ref[:40]!r}.")
    return found


def is_actionable(warning: FakeWarning) -> bool:
    """Whether a refund would help: nothing went back, and nobody disputes it yet."""
    payment = warning.payment
    is_disputed = FakeDispute.objects.filter(payment=payment).exists()
    return not is_disputed and payment.left_micro() == payment.amount_micro
