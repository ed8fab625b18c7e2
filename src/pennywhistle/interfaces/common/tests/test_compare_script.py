"""Comparing formats may sound on phones too, and leaves no open sound behind."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE.parent / "static" / "pennywhistle" / "js" / "compare.js"


@pytest.fixture(scope="module")
def events() -> list[str]:
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node.js, which runs the page's script here, is not installed")
    done = subprocess.run(
        [program, str(HERE / "compare" / "hear.mjs"), SCRIPT.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_sound_is_asked_for_within_the_click_and_before_the_network(events: list[str]) -> None:
    assert events[0] == "resume 1"
    assert events.index("clicked") < events.index("start")
    assert events.index("resume 1") < next(
        place for place, event in enumerate(events) if event.startswith("fetch")
    )


def test_the_same_page_keeps_its_sound_and_another_page_ends_it(events: list[str]) -> None:
    assert events.count("start") == 3
    assert sum(event.startswith("fetch first") for event in events) == 2
    assert events.index("close 1") < events.index("resume 2")
    assert events[-2:] == ["stop", "close 2"]
