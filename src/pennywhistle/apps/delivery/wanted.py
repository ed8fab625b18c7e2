"""What a buyer's file is made of, and the key that says exactly that."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.audio import Recipe, Tags


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rendition: the master, the form, and what is written into it. Nothing of who bought it.

    `cover_sha256` names a JPEG among the covers; empty for none.
    """

    recording_id: int
    master_sha256: str
    recipe: Recipe
    tags: Tags
    cover_sha256: str = ""

    @property
    def key(self) -> str:
        """SHA-256 of all that the bytes depend on, versions included: same key, same bytes."""
        parts = [self.master_sha256, self.recipe.key, self.tags.to_json(), self.cover_sha256]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
