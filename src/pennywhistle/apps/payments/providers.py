"""Which providers this store uses: their code in the settings, their class by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

from pennywhistle.apps.payments.provider import ProviderError

if TYPE_CHECKING:
    from pennywhistle.apps.payments.provider import Provider


class ProviderUnknownError(ProviderError):
    """No such provider is set up here."""

    code = "provider-unknown"


def provider(code: str) -> Provider:
    """The provider of this code. Raises ProviderUnknownError."""
    if code not in settings.PAYMENT_PROVIDERS:
        raise ProviderUnknownError(f"The store takes no payments by {code!r}.")
    made = import_string(f"pennywhistle.providers.{code}.adapter.PROVIDER")
    return cast("Provider", made)


def codes() -> list[str]:
    """The codes of the providers in use, the first one offered first."""
    return list(settings.PAYMENT_PROVIDERS)
