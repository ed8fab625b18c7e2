"""Which processes may have the log's signing keys: those that sign, and none that serve strangers.

Private keys that a process cannot find are not in its memory, its error pages or its crash dumps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

# As `apps.proof.signing` reads it.
VARIABLE = "PENNYWHISTLE_SIGNING_KEYS"
# `serve` starts the sequencer, and makes the keys of a new demo.
SIGNING_COMMANDS = {"sequencer", "keys", "log", "serve"}


def forbid_signing(environment: MutableMapping[str, str]) -> None:
    """Let no process with this environment find the signing keys."""
    environment[VARIABLE] = ""


def environment_of(child: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What a process of the store is started with: as its supervisor, and none signs but one."""
    own = dict(environment)
    if child not in SIGNING_COMMANDS:
        forbid_signing(own)
    return own
