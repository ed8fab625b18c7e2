"""Who asks, and how often they may: by a key of an account, or by the address they ask from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.utils.timezone import now

from pennywhistle.apps.reach.counting import note_question
from pennywhistle.apps.users.models import AccessToken
from pennywhistle.apps.users.tokens import token_meant
from pennywhistle.interfaces.api.problems import TOO_MANY, UNKNOWN_KEY, ProblemError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.reach.counting import Asked

_BEARER = "bearer "
_KEY_HEADER = "X-API-Key"
# Whoever has one address of version 6 has so many more.
_V6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Access:
    """What is left to somebody, as headers say it (draft-ietf-httpapi-ratelimit-headers)."""

    policy: str
    asked: Asked

    @property
    def headers(self) -> dict[str, str]:
        """What every answer says."""
        left = max(0, self.asked.left)
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.asked.of};w=60',
            "RateLimit": f'"{self.policy}";r={left};t={self.asked.seconds_left}',
        }


def access_of(request: HttpRequest) -> Access:
    """Count this question. Raises ProblemError where it is one too many, or the key is not one."""
    at, said = now(), _key_said(request)
    key = token_meant(said, scope=AccessToken.Scope.CATALOG, now=at) if said else None
    if key is not None:
        # By the account: whoever makes more keys may not ask more often.
        who = f"user:{key.user_id}"
        asked = note_question(who, times_max=settings.API_PER_KEY_A_MINUTE, at=at)
        access = Access("key", asked)
    else:
        # A wrong key counts as well, so that nobody tries many.
        who = f"address:{_network_of(request)}"
        asked = note_question(who, times_max=settings.API_PER_ADDRESS_A_MINUTE, at=at)
        access = Access("address", asked)
    if asked.is_too_much:
        raise _too_many(access)
    if said and key is None:
        raise ProblemError(
            UNKNOWN_KEY,
            "Make a key on your account's page for programs, and send it as"
            " `Authorization: Bearer KEY`; or ask without one, which less is answered to.",
            headers=access.headers | {"WWW-Authenticate": "Bearer"},
        )
    return access


def _too_many(access: Access) -> ProblemError:
    wait_s = access.asked.seconds_left
    more = " With a key you may ask more often." if access.policy == "address" else ""
    return ProblemError(
        TOO_MANY,
        f"{access.asked.of} questions a minute are answered. Wait {wait_s} seconds.{more}"
        " For much of the catalog at once there is the dump.",
        headers=access.headers | {"Retry-After": str(wait_s)},
    )


def _key_said(request: HttpRequest) -> str:
    said = str(request.headers.get("Authorization", ""))
    if said[: len(_BEARER)].lower() == _BEARER:
        return said[len(_BEARER) :].strip()
    return str(request.headers.get(_KEY_HEADER, "")).strip()


def _network_of(request: HttpRequest) -> str:
    said = str(get_adapter(request).get_client_ip(request))
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "unknown"
    # A socket for both versions tells clients of version 4 as ::ffff:192.0.2.1, all in one network.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:  # noqa: PLR2004 (the other version)
        return str(address)
    return str(ipaddress.ip_network((address, _V6_PREFIX), strict=False))
