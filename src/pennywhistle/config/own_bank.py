"""The store's own bank account, and the doors that are reached by an address and a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stdnum import bic as bics
from stdnum import iban as ibans

if TYPE_CHECKING:
    from pennywhistle.config.env import Env

_HTTPS = re.compile(r"https://[^\s/]+(?:/\S*)?")
_LOOPBACK = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:/\S*)?")
_mollie_key_length_min = 30


def bank_account(env: Env, providers: list[str]) -> tuple[str, str, str]:
    """Its holder, IBAN and BIC; needed where buyers may pay by transfer."""
    name, iban, bic = env.text("BANK_NAME"), env.text("BANK_IBAN"), env.text("BANK_BIC")
    if "bank" in providers:
        env.require(name, "PENNYWHISTLE_BANK_NAME is missing: the holder of the store's account.")
        env.require(iban, "PENNYWHISTLE_BANK_IBAN is missing: the store's account.")
    env.require(
        not iban or ibans.is_valid(iban),
        f"PENNYWHISTLE_BANK_IBAN is {iban!r}, which is no IBAN; its check digits are wrong.",
    )
    env.require(
        not bic or bics.is_valid(bic), f"PENNYWHISTLE_BANK_BIC is {bic!r}, which is no BIC."
    )
    return name, iban, bic


def mollie_keys(env: Env, providers: list[str], *, is_production: bool) -> tuple[str, str]:
    """The API key of a profile at Mollie, and a token for the organization's balance.

    A key is `live_…`, or `test_…` where no real money is.
    """
    key, token = env.text("MOLLIE_KEY"), env.text("MOLLIE_ACCESS_TOKEN")
    if "mollie" in providers:
        start = "live_" if is_production else ("live_", "test_")
        env.require(
            key.startswith(start) and len(key) >= _mollie_key_length_min,
            "PENNYWHISTLE_MOLLIE_KEY is missing, or not a key of Mollie's for real money (live_…).",
        )
    return key, token


def btcpay_server(
    env: Env, providers: list[str], *, is_production: bool
) -> tuple[str, str, str, str]:
    """The address of a BTCPay Server, its store, a key for it, and the secret of its webhook."""
    url, store = env.text("BTCPAY_URL").rstrip("/"), env.text("BTCPAY_STORE")
    key, secret = env.text("BTCPAY_KEY"), env.text("BTCPAY_HOOK_SECRET")
    if "btcpay" in providers:
        is_address = _HTTPS.fullmatch(url) or (not is_production and _LOOPBACK.fullmatch(url))
        env.require(
            is_address, "PENNYWHISTLE_BTCPAY_URL is missing, or not the https:// address of one."
        )
        env.require(store, "PENNYWHISTLE_BTCPAY_STORE is missing: the id of a store there.")
        env.require(key, "PENNYWHISTLE_BTCPAY_KEY is missing: a key for that store.")
        env.require(
            secret, "PENNYWHISTLE_BTCPAY_HOOK_SECRET is missing: the secret of its webhook."
        )
    return url, store, key, secret
