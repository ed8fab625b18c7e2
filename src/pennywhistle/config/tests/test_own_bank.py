"""What would take money to the wrong place, or none, does not start."""

from __future__ import annotations

import pytest

from pennywhistle.config.env import Env
from pennywhistle.config.own_bank import bank_account, btcpay_server, mollie_keys

ALL = ["bank", "mollie", "btcpay"]
RIGHT = {
    "BANK_NAME": "Test Records",
    "BANK_IBAN": "DE89 3704 0044 0532 0130 00",
    "BANK_BIC": "COBADEFFXXX",
    "MOLLIE_KEY": "live_" + "k" * 30,
    "BTCPAY_URL": "https://pay.example",
    "BTCPAY_STORE": "store",
    "BTCPAY_KEY": "key",
    "BTCPAY_HOOK_SECRET": "secret",
}


def problems(providers: list[str], *, is_production: bool = True, **changed: str) -> list[str]:
    said = {f"PENNYWHISTLE_{name}": value for name, value in (RIGHT | changed).items()}
    env = Env({name: value for name, value in said.items() if value})
    bank_account(env, providers)
    mollie_keys(env, providers, is_production=is_production)
    btcpay_server(env, providers, is_production=is_production)
    return env.problems


def test_what_is_right_starts_and_what_is_not_used_is_not_needed() -> None:
    assert problems(ALL) == []
    assert problems([], **dict.fromkeys(RIGHT, "")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in RIGHT if name != "BANK_BIC"),
        ("BANK_IBAN", "DE88 3704 0044 0532 0130 00"),
        ("BANK_BIC", "COBA"),
        ("MOLLIE_KEY", "test_" + "k" * 30),
        ("BTCPAY_URL", "http://pay.example"),
        ("BTCPAY_URL", "http://localhost"),
    ],
)
def test_what_is_wrong_or_missing_is_told_by_its_name(name: str, value: str) -> None:
    [said] = problems(ALL, **{name: value})

    assert f"PENNYWHISTLE_{name}" in said


def test_a_demo_may_use_test_money_on_this_machine() -> None:
    tried = {"MOLLIE_KEY": "test_" + "k" * 30, "BTCPAY_URL": "http://localhost"}

    assert problems(ALL, is_production=False, **tried) == []
