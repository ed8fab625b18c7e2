"""The Django application of fakepay, which refuses to be part of a store for real money."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class FakepayConfig(AppConfig):
    name = "pennywhistle.providers.fakepay"
    label = "fakepay"

    def ready(self) -> None:
        """Stop the start in production, should a settings module other than ours let it in."""
        if settings.IS_PRODUCTION:
            raise ImproperlyConfigured(
                "fakepay pays with play money and is installed in production;"
                " remove it from PENNYWHISTLE_PAYMENT_PROVIDERS and INSTALLED_APPS."
            )
