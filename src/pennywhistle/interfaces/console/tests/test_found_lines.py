"""What the terminal says of releases that are held."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from pennywhistle.apps.intake.doubts.queries import UPHELD, Hold
from pennywhistle.interfaces.console.found_lines import print_held


@pytest.mark.parametrize(
    ("states", "said", "unsaid"),
    [
        ({0: "open", 1: UPHELD}, "After the decision, run this again", "The reasons are"),
        ({0: UPHELD}, "The reasons are in the studio", "run this again"),
        ({}, "", "studio"),
    ],
)
def test_only_what_waits_is_to_be_sent_again(
    states: dict[int, str], said: str, unsaid: str
) -> None:
    paper = StringIO()
    release = SimpleNamespace(artist_line="The Kettle Band", title="Brass and Tin")
    held = {index: [Hold("00", "copy", state)] for index, state in states.items()}

    print_held(
        Console(file=paper),
        SimpleNamespace(releases=[release, release]),
        SimpleNamespace(held=held),
    )

    assert said in paper.getvalue()
    assert unsaid not in paper.getvalue()
