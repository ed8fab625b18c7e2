"""What a buyer's file is made of, and the key that says exactly that."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pennywhistle.engines.audio import Recipe, Tags
    from pennywhistle.engines.audio.pcm import PcmShape

# ID3v2.4; older players want 3.
_ID3_MINOR = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rendition: the master, the form, and what is written into it. Nothing of who bought it.

    `cover_sha256` names a JPEG among the covers; empty for none. `length_ms` is how long it plays,
    by which the time of making it is told, and `shape` are the master's samples, by which the size
    of some forms is; they change no byte.
    """

    recording_id: int
    master_sha256: str
    recipe: Recipe
    tags: Tags
    cover_sha256: str = ""
    id3_minor: int = _ID3_MINOR
    length_ms: int = 0
    shape: PcmShape | None = None

    @property
    def key(self) -> str:
        """SHA-256 of all that the bytes depend on, versions included: same key, same bytes."""
        parts: list[object] = [self.master_sha256, self.recipe.key, self.written, self.cover_sha256]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def written(self) -> dict[str, Any]:
        """The tags for `engines.audio.encode`; with their form's version if it is no usual one."""
        minor = {} if self.id3_minor == _ID3_MINOR else {"id3_minor": self.id3_minor}
        return {**self.tags.to_json(), **minor}
