"""Addresses: each interface and provider brings its own."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("", include("pennywhistle.interfaces.shop.urls")),
    path("", include("pennywhistle.interfaces.shop.file_urls")),
    path("hooks/", include("pennywhistle.interfaces.hooks.urls")),
]

if "fakepay" in settings.PAYMENT_PROVIDERS:
    urlpatterns.append(path("fakepay/", include("pennywhistle.providers.fakepay.urls")))
