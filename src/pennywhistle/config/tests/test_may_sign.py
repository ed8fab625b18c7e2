"""The web server's process has nothing that leads to the log's private keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from pennywhistle.config.may_sign import SIGNING_COMMANDS, VARIABLE, environment_of

if TYPE_CHECKING:
    from pathlib import Path

# What a web server does first, and then what can be found in its process.
ASKED = """
import json, os, sys
import pennywhistle.config.wsgi
from django.conf import settings
from django.urls import get_resolver
get_resolver().url_patterns
held = [str(getattr(settings, name)) for name in dir(settings) if name.isupper()]
print(json.dumps({
    "variable": os.environ["PENNYWHISTLE_SIGNING_KEYS"],
    "named": [each for each in [*held, *os.environ.values()] if "signing-here" in each],
    "loaded": "pennywhistle.apps.proof.signing" in sys.modules,
}))
"""


def test_the_web_process_cannot_find_or_load_the_signing_keys(tmp_path: Path) -> None:
    own = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PENNY")},
        "PENNYWHISTLE_MODE": "test",
        "PENNYWHISTLE_DATA": str(tmp_path),
        VARIABLE: str(tmp_path / "signing-here"),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED], capture_output=True, text=True, env=own, check=False
    )

    assert done.returncode == 0, done.stderr[-2_000:]
    assert json.loads(done.stdout) == {"variable": "", "named": [], "loaded": False}


def test_only_what_signs_is_told_where_the_keys_are() -> None:
    own = {VARIABLE: "/keys"}

    assert environment_of("sequencer", own) == own
    assert {environment_of(name, own)[VARIABLE] for name in ("web", "worker", "keeper")} == {""}
    assert {"worker", "keeper", "web"} & SIGNING_COMMANDS == set()
