"""The network address that a visitor comes from, past the proxies that the store trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter

if TYPE_CHECKING:
    from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """An IP address as text; of proxies' headers what PENNYWHISTLE_PROXY_COUNT lets believe."""
    return str(get_adapter(request).get_client_ip(request))
