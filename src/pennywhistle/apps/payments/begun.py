"""What a provider was told of before, for those that do not know payments by our names."""

from __future__ import annotations

from uuid import UUID

from pennywhistle.apps.payments.models import TopUp


def ref_of(*, provider: str, reference: str) -> str:
    """The provider's name for a payment that was begun, by the store's; "" if it was not."""
    try:
        top_up_id = UUID(reference)
    except ValueError:
        return ""
    top_up = TopUp.objects.filter(id=top_up_id, provider=provider)
    return top_up.values_list("provider_ref", flat=True).first() or ""
