"""What fakepay remembers."""

from pennywhistle.providers.fakepay.models.cases import FakeDispute, FakeWarning
from pennywhistle.providers.fakepay.models.knobs import FakeKnobs, Payouts, Refunds, Webhooks
from pennywhistle.providers.fakepay.models.moving import (
    FakePayment,
    FakePayout,
    FakeRefund,
    new_payment_ref,
    new_payout_ref,
    new_refund_ref,
)
from pennywhistle.providers.fakepay.models.telling import FakeAnswer, FakeWebhook, new_notice_id

__all__ = [
    "FakeAnswer",
    "FakeDispute",
    "FakeKnobs",
    "FakePayment",
    "FakePayout",
    "FakeRefund",
    "FakeWarning",
    "FakeWebhook",
    "Payouts",
    "Refunds",
    "Webhooks",
    "new_notice_id",
    "new_payment_ref",
    "new_payout_ref",
    "new_refund_ref",
]
