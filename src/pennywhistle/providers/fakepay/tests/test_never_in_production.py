"""A store for real money does not start with play money, nor half set up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

RIGHT = {
    "PENNYWHISTLE_MODE": "production",
    "PENNYWHISTLE_ORIGIN": "https://records.example",
    "PENNYWHISTLE_SECRET_KEY": "k" * 50,
}


def start(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Start the program's settings as a process of its own; an empty value is a missing one."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PENNYWHISTLE_")}
    chosen = RIGHT | {"PENNYWHISTLE_DATA": str(tmp_path)} | changes
    environment = inherited | {name: value for name, value in chosen.items() if value}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env=environment | {"DJANGO_SETTINGS_MODULE": "pennywhistle.config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_store_that_is_set_up_starts_without_fakepay(tmp_path: Path) -> None:
    started = start(tmp_path)

    assert started.returncode == 0, started.stderr
    assert not list(tmp_path.iterdir()), "production makes no secrets by itself"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"PENNYWHISTLE_PAYMENT_PROVIDERS": "fakepay"},
            "PENNYWHISTLE_PAYMENT_PROVIDERS names fakepay, which pays with play money",
        ),
        (
            {"PENNYWHISTLE_ORIGIN": "http://records.example"},
            "PENNYWHISTLE_ORIGIN must be the https:// address of the store",
        ),
        ({"PENNYWHISTLE_ORIGIN": ""}, "PENNYWHISTLE_ORIGIN must be the https:// address"),
        ({"PENNYWHISTLE_SECRET_KEY": ""}, "PENNYWHISTLE_SECRET_KEY is missing"),
        ({"PENNYWHISTLE_SECRET_KEY": "short"}, "PENNYWHISTLE_SECRET_KEY is missing or shorter"),
        ({"PENNYWHISTLE_DEBUG": "yes"}, "PENNYWHISTLE_DEBUG is yes"),
        ({"PENNYWHISTLE_DEBGU": "no"}, "PENNYWHISTLE_DEBGU is not a setting of this program"),
        ({"PENNYWHISTLE_MODE": "producton"}, "PENNYWHISTLE_MODE is 'producton'"),
    ],
)
def test_a_store_that_is_not_safe_does_not_start(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    started = start(tmp_path, **changes)

    assert started.returncode != 0
    assert "The store does not start:" in started.stderr
    assert sentence in started.stderr


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    started = start(
        tmp_path,
        PENNYWHISTLE_PAYMENT_PROVIDERS="fakepay",
        PENNYWHISTLE_ORIGIN="http://records.example",
        PENNYWHISTLE_SECRET_KEY="",
        PENNYWHISTLE_DEBUG="yes",
    )

    said = started.stderr.partition("The store does not start:")[2]
    assert said.count("\n- ") == 4


def test_fakepay_itself_refuses_should_another_settings_module_let_it_in() -> None:
    with override_settings(IS_PRODUCTION=True), pytest.raises(ImproperlyConfigured, match="play"):
        apps.get_app_config("fakepay").ready()
