"""To which addresses a webhook may go: public ones only, asked again before each call."""

from __future__ import annotations

from django.conf import settings

from pennywhistle.apps.intake.telling.limits import URL_LENGTH_MAX
from pennywhistle.machine.outgoing import addresses
from pennywhistle.machine.outgoing.addresses import AddressRefusedError, Target

__all__ = ["AddressRefusedError", "Target", "target_of"]


def target_of(url: str) -> Target:
    """Resolve the address of a webhook. Raises `AddressRefusedError`; asks the name server."""
    if len(url) > URL_LENGTH_MAX:
        raise AddressRefusedError("form")
    return addresses.target_of(url, may_be_loopback=settings.HOOKS_TO_LOOPBACK)
