"""Settings that cannot work are refused at the start, with a sentence that says what to do."""

import os
import runpy

import pytest

from pennywhistle.config import settings
from pennywhistle.config.env import PREFIX, SettingsError

BUCKET = {
    "PENNYWHISTLE_MODE": "test",
    "PENNYWHISTLE_STORAGE_URL": "s3://masters/store",
    "PENNYWHISTLE_FILES_SENT_BY": "bucket",
}
KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith((PREFIX, "AWS_")):
            monkeypatch.delenv(name)


def start(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> str:
    """Read the settings anew; who sends files, or the refusal raised."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return str(runpy.run_path(settings.__file__)["FILES_SENT_BY"])


@pytest.mark.parametrize("missing", KEYS)
def test_a_bucket_sends_nothing_without_keys_to_sign_with(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {name: value for name, value in KEYS.items() if name != missing}

    with pytest.raises(SettingsError, match="signed with AWS_ACCESS_KEY_ID"):
        start(monkeypatch, BUCKET | given)


def test_a_bucket_with_keys_sends_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(monkeypatch, BUCKET | KEYS) == "bucket"


def test_a_bucket_that_is_not_named_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = {"PENNYWHISTLE_STORAGE_URL": ""}

    with pytest.raises(SettingsError, match="names none"):
        start(monkeypatch, BUCKET | KEYS | folder)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 0),
        ({"PENNYWHISTLE_PROXY_COUNT": "2"}, 0),
        ({"PENNYWHISTLE_BEHIND_PROXY": "yes"}, 1),
        ({"PENNYWHISTLE_BEHIND_PROXY": "yes", "PENNYWHISTLE_PROXY_COUNT": "2"}, 2),
    ],
)
def test_only_our_own_proxies_say_where_a_guest_comes_from(
    given: dict[str, str], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"PENNYWHISTLE_MODE": "test"} | given).items():
        monkeypatch.setenv(name, value)

    assert runpy.run_path(settings.__file__)["ALLAUTH_TRUSTED_PROXY_COUNT"] == count
