"""Addresses: each interface and provider brings its own."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
]
