"""A store that names Stripe does not start without its keys, nor with a test key in production."""

import pytest

from pennywhistle.config.env import Env
from pennywhistle.config.stripe_keys import stripe_keys

LIVE = {"STRIPE_SECRET_KEY": "rk_live_0123456789", "STRIPE_WEBHOOK_SECRET": "whsec_0123456789"}
TEST = LIVE | {"STRIPE_SECRET_KEY": "sk_test_0123456789"}
LOCAL = {"STRIPE_URL": "http://localhost:8000/fakepay/stripe"}


@pytest.mark.parametrize(
    ("said", "is_production", "problems"),
    [
        (LIVE, True, 0),
        (TEST, False, 0),
        (TEST | LOCAL, False, 0),
        ({}, True, 2),
        (TEST, True, 1),
        (LIVE | LOCAL, True, 1),
        (LIVE | {"STRIPE_URL": "https://example.org"}, False, 1),
        (LIVE | {"STRIPE_SECRET_KEY": "pk_live_0123456789"}, True, 1),
        (LIVE | {"STRIPE_WEBHOOK_SECRET": "0123456789"}, True, 1),
    ],
)
def test_what_is_missing_or_wrong_is_told(
    said: dict[str, str],
    is_production: bool,  # noqa: FBT001 (a table)
    problems: int,
) -> None:
    env = Env({f"PENNYWHISTLE_{name}": value for name, value in said.items()})

    stripe_keys(env, ["stripe"], is_production=is_production)

    assert len(env.problems) == problems


def test_a_store_without_stripe_needs_none() -> None:
    env = Env({})

    assert stripe_keys(env, ["bank"], is_production=True) == ("", "", "")
    assert not env.problems
