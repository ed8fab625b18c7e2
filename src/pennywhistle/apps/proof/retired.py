"""Keys that signed the log once: public, and believed unless they were revoked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.conf import settings

from pennywhistle.engines.tlog.cosignature import parse_log_key

if TYPE_CHECKING:
    from pennywhistle.engines.tlog.note import Verifier

RETIRED_KEYS = "log_keys_retired"
_WORDS = {"retired": False, "revoked": True}


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A key that signs no more; `revoked` ones must not be believed, for others had them."""

    word: Literal["retired", "revoked"]
    day: str
    key: Verifier

    @property
    def is_revoked(self) -> bool:
        """Whether what it signed proves nothing any more."""
        return _WORDS[self.word]


def retired_keys() -> list[RetiredKey]:
    """Keys that signed once, oldest first."""
    try:
        text = (Path(settings.KEYS) / RETIRED_KEYS).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        word, day, vkey = line.split(" ")
        is_revoked = word == "revoked"
        key = parse_log_key(vkey)
        found.append(RetiredKey("revoked" if is_revoked else "retired", day, key))
    return found
