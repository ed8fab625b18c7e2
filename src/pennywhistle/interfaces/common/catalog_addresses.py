"""The addresses that site maps, dumps and the open API tell, put together for apps.reach."""

from __future__ import annotations

from django.urls import reverse

from pennywhistle.apps.reach.documents import Addresses
from pennywhistle.apps.reach.sitemaps import MapAddresses
from pennywhistle.interfaces.common.public_addresses import (
    address_of,
    genre_address,
    page_address,
    whole,
)

# Pages without a name of their own in the catalog that search engines should know.
_OTHERS = ("home", "new", "genres", "about", "help", "verify", "figures", "unclaimed")


def catalog_addresses() -> Addresses:
    """Addresses of what is in the catalog."""
    return Addresses(
        page=page_address,
        genre=genre_address,
        preview=lambda public_id: address_of("delivery:preview", public_id),
        whole=whole,
        cover=lambda sha256, extension: reverse("delivery:cover", args=[sha256, extension]),
    )


def map_addresses() -> MapAddresses:
    """Addresses for site maps."""
    return MapAddresses(
        page=page_address,
        genre=genre_address,
        sitemap=lambda name: address_of("sitemap-part", name),
        others=[address_of(name) for name in _OTHERS],
    )
