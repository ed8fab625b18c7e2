"""What reaches the store's account at Stripe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.config.env import Env

_KEY = re.compile(r"[sr]k_(?P<mode>live|test)_[A-Za-z0-9_]{8,}")
_SECRET = re.compile(r"whsec_\S{8,}")
_LOOPBACK = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:/\S*)?")


def stripe_keys(env: Env, providers: list[str], *, is_production: bool) -> tuple[str, str, str]:
    """The API key, the webhook's secret, and where else than at Stripe it is asked (for trials)."""
    key, secret = env.text("STRIPE_SECRET_KEY"), env.text("STRIPE_WEBHOOK_SECRET")
    url = env.text("STRIPE_URL").rstrip("/")
    if "stripe" in providers:
        found = _KEY.fullmatch(key)
        env.require(
            found,
            "PENNYWHISTLE_STRIPE_SECRET_KEY is missing, or no secret or restricted key of Stripe's"
            " (sk_… or rk_…).",
        )
        env.require(
            not (is_production and found and found["mode"] == "test"),
            "PENNYWHISTLE_STRIPE_SECRET_KEY is a test key, which takes no real money.",
        )
        env.require(
            _SECRET.fullmatch(secret),
            "PENNYWHISTLE_STRIPE_WEBHOOK_SECRET is missing, or not the signing secret of a webhook"
            " endpoint (whsec_…).",
        )
    env.require(
        not url or (not is_production and _LOOPBACK.fullmatch(url)),
        "PENNYWHISTLE_STRIPE_URL is for trials on one machine; remove it.",
    )
    return key, secret, url
