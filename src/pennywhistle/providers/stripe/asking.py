"""Asking Stripe: one client a key, with a limit on time, and its errors in the port's words."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import stripe
from django.conf import settings
from stripe import StripeClient

from pennywhistle.apps.payments.provider import (
    KeyReusedError,
    ProviderClosedError,
    ProviderError,
)
from pennywhistle.kernel.money import MoneyError

if TYPE_CHECKING:
    from collections.abc import Iterator

connect_timeout_s = 4
answer_timeout_s = 10
# The client's own, with growing pauses; each is the same request by an idempotency key.
retries_max = 2


def client() -> StripeClient:
    """The client of the store's account."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_URL)


def is_live() -> bool:
    """Whether the key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


@contextmanager
def asking() -> Iterator[None]:
    """Let Stripe's errors be the port's.

    Raises:
        ProviderClosedError: the key is not, or no more, a key of an account.
        KeyReusedError: a key came with other parameters.
        ProviderError: all else; asking again later may help.
    """
    try:
        yield
    except stripe.AuthenticationError as error:
        raise ProviderClosedError("Stripe does not know the store's key.") from error
    except stripe.IdempotencyError as error:
        raise KeyReusedError(f"Stripe: {error.user_message}") from error
    except stripe.StripeError as error:
        raise ProviderError(f"Stripe: {error.user_message or error.code}") from error
    except (KeyError, TypeError, ValueError, MoneyError) as error:
        raise ProviderError(f"Stripe answered in another form: {error!r}.") from error


@cache
def _client(key: str, url: str) -> StripeClient:
    return StripeClient(
        key,
        base_addresses={"api": url, "files": url} if url else None,
        max_network_retries=retries_max,
        http_client=stripe.RequestsClient(timeout=(connect_timeout_s, answer_timeout_s)),
    )
