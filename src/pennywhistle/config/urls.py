"""Addresses: each interface and provider brings its own."""

from django.conf import settings
from django.urls import include, path

from pennywhistle.interfaces.common import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("allauth.urls")),
    path("", include("pennywhistle.interfaces.shop.reach_urls")),
    path("", include("pennywhistle.interfaces.shop.urls")),
    path("", include("pennywhistle.interfaces.shop.personal_urls")),
    path("", include("pennywhistle.interfaces.shop.looking_urls")),
    path("", include("pennywhistle.interfaces.shop.file_urls")),
    path("", include("pennywhistle.interfaces.shop.picture_urls")),
    path("", include("pennywhistle.interfaces.shop.sync_urls")),
    path("studio/", include("pennywhistle.interfaces.studio.picture_urls")),
    path("studio/", include("pennywhistle.interfaces.studio.urls")),
    path("office/", include("pennywhistle.interfaces.office.picture_urls")),
    path("office/", include("pennywhistle.interfaces.office.urls")),
    path("deliveries/", include("pennywhistle.interfaces.hooks.delivery_urls")),
    path("hooks/", include("pennywhistle.interfaces.hooks.urls")),
    path("api/", include("pennywhistle.interfaces.api.urls")),
    path("", include("pennywhistle.interfaces.shop.corrected_urls")),
]

if "fakepay" in settings.PAYMENT_PROVIDERS:
    urlpatterns.append(path("fakepay/", include("pennywhistle.providers.fakepay.urls")))
