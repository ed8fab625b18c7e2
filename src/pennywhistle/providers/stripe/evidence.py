"""Evidence for a dispute, in Stripe's fields (docs.stripe.com/disputes/api/evidence-submission)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pennywhistle.providers.stripe.asking import client

if TYPE_CHECKING:
    from stripe.params import DisputeUpdateParamsEvidence

    from pennywhistle.apps.payments.abilities import Evidence

# Of each field that has words.
text_length_max = 20_000


def evidence_fields(evidence: Evidence, *, key: str) -> DisputeUpdateParamsEvidence:
    """The fields that are not empty; a receipt is uploaded first."""
    said: DisputeUpdateParamsEvidence = {
        "customer_name": evidence.buyer_name,
        "customer_email_address": evidence.buyer_email,
        "customer_purchase_ip": evidence.buyer_address_ip,
        "product_description": evidence.product[:text_length_max],
        "service_date": evidence.delivered_on.isoformat() if evidence.delivered_on else "",
        "access_activity_log": evidence.log[:text_length_max],
        "refund_policy_disclosure": evidence.refund_terms[:text_length_max],
        "uncategorized_text": evidence.statement[:text_length_max],
        "receipt": _uploaded(evidence.receipt, key=key) if evidence.receipt else "",
    }
    # To Stripe an empty text means: forget what was there.
    return {name: value for name, value in said.items() if value}  # type: ignore[return-value]


def _uploaded(pdf: bytes, *, key: str) -> str:
    file = io.BytesIO(pdf)
    file.name = "receipt.pdf"
    made = client().v1.files.create(
        {"purpose": "dispute_evidence", "file": file}, {"idempotency_key": f"receipt-{key}"}
    )
    return made.id
