"""Mollie's own client, made once for a key; and what it does not read, asked over the same line.

Its errors become the port's: keys that Mollie does not take close the door, and what is not there,
or cannot be done, says so.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx
from mollie import ClientSDK
from mollie.models import ClientError, NoResponseError, Security

from pennywhistle.apps.payments.provider import ProviderClosedError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator

timeout_s = 10
pages_max = 40
_REFUSED = {401, 403}


class MollieRefusedError(ProviderError):
    """Mollie will not do this, however often it is asked (422)."""

    code = "mollie-refused"


@lru_cache(maxsize=4)
def client_of(*, url: str, key: str) -> ClientSDK:
    """The client for an API key. It follows no redirect, which would carry the key elsewhere."""
    line = httpx.Client(follow_redirects=False, timeout=timeout_s)
    return ClientSDK(
        security=Security(api_key=key),
        server_url=url,
        client=line,
        timeout_ms=timeout_s * 1_000,
        retry_config=None,
    )


@contextmanager
def told() -> Iterator[None]:
    """Turn what the client raises into the port's errors."""
    try:
        yield
    except ClientError as error:
        said = f"Mollie says {error.status_code}: {_detail(error)}"
        if error.status_code in _REFUSED:
            raise ProviderClosedError(said) from error
        if error.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise MollieRefusedError(said) from error
        raise ProviderError(said) from error
    except (httpx.HTTPError, NoResponseError) as error:
        raise ProviderError(f"Mollie does not answer: {type(error).__name__}.") from error


def _detail(error: ClientError) -> str:
    data = getattr(error, "data", None)
    return str(getattr(data, "detail", "") or error.message)[:200]


def pages(*, url: str, token: str, path: str, name: str) -> Iterator[dict[str, Any]]:
    """All items of a list that Mollie's client does not read as Mollie sends it.

    Of a balance's lines it drops what they are about: Mollie sends `paymentId` at the top of their
    context, and the client looks for it below (1.10).
    """
    address = f"{url}/v2/{path}"
    for _ in range(pages_max):
        said = _page(address, token)
        yield from said.get("_embedded", {}).get(name, [])
        following = said.get("_links", {}).get("next")
        if not following:
            return
        address = following["href"]
        if not address.startswith(f"{url}/"):
            raise ProviderError("Mollie's list goes on somewhere else.")


def _page(address: str, token: str) -> dict[str, Any]:
    try:
        answer = httpx.get(
            address,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_s,
            follow_redirects=False,
        )
        answer.raise_for_status()
        said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderError(f"Mollie's balance cannot be read: {error}"[:300]) from error
    if not isinstance(said, dict):
        raise ProviderError("Mollie's list is none.")
    return said
