"""The command helps whatever the settings are, and deletes nothing that is not its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The `pennywhistle` command in an environment with these settings and no others."""
    return answer("-m", "pennywhistle", *words, **settings)


def answer(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Python, likewise."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PENNYWHISTLE_", "DJANGO_", "DATABASE_URL"))
    }
    return subprocess.run(
        [sys.executable, *words],
        env=kept | {"COLUMNS": "100", "TERM": "dumb"} | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# One process answers all, since most of the time goes into loading the store.
HELPFUL = """
import contextlib, sys
from pennywhistle.config.main import main
for words in ("", "--help", "ingest --help", "keys --help", "verify --help"):
    sys.argv = ["pennywhistle", *words.split()]
    print(f"== {words}", flush=True)
    with contextlib.suppress(SystemExit):
        main()
"""


@pytest.fixture(scope="module")
def helped() -> subprocess.CompletedProcess[str]:
    """What the command answers to those who ask for help."""
    return answer("-c", HELPFUL)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "ingest"),
        ("--help", "sequencer"),
        ("ingest --help", "--supplier"),
        ("keys --help", "create"),
        ("verify --help", "RECEIPT"),
    ],
)
def test_help_needs_no_settings(
    words: str, told: str, helped: subprocess.CompletedProcess[str]
) -> None:
    answered = helped.stdout.partition(f"== {words}\n")[2].partition("\n== ")[0]

    assert told.lower() in answered.lower(), helped.stderr
    assert "settings-invalid" not in helped.stderr


def test_help_is_there_for_those_whose_settings_are_wrong() -> None:
    answered = run("--help", PENNYWHISTLE_MODE="live", PENNYWHISTLE_COLOUR="blue")

    assert answered.returncode == 0, answered.stderr
    assert "ingest" in answered.stdout


def test_another_servers_database_is_not_started_over() -> None:
    answered = run(
        "serve",
        PENNYWHISTLE_MODE="demo",
        PENNYWHISTLE_FRESH="yes",
        DATABASE_URL="postgresql://nobody@localhost:1/none",
    )

    assert answered.returncode == 2
    assert "Nothing was deleted" in " ".join(answered.stderr.split())
