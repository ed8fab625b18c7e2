"""A request to the Stripe-shaped face: flat names as they are sent, such as `metadata[key]`."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pennywhistle.providers.fakepay.shape.refusing import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPAND = re.compile(r"expand\[[0-9]*\]")
_LISTED = frozenset({"limit", "starting_after", "created[gte]"})
list_limit_max = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks: how, for what, and its parameters."""

    method: str
    path: str
    params: Mapping[str, str]
    origin: str = ""

    @property
    def digest(self) -> str:
        """The same for the same request."""
        said = json.dumps([self.method, self.path, sorted(self.params.items())])
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def expand(self) -> list[str]:
        """What shall be an object rather than a name."""
        return [value for name, value in self.params.items() if _EXPAND.fullmatch(name)]

    def need(self, name: str) -> str:
        """A parameter that must be there. Raises RefusedError."""
        if not self.params.get(name):
            raise RefusedError(
                f"Missing required param: {name}.", reason="parameter_missing", param=name
            )
        return self.params[name]

    def only(self, *known: str, listed: bool = False) -> None:
        """Refuse what is not known, as Stripe does. `x[*]` knows all keys of x."""
        names = set(known) | (_LISTED if listed else set())
        for name in self.params:
            group = name.partition("[")[0] + "[*]"
            if not (name in names or group in names or _EXPAND.fullmatch(name)):
                raise RefusedError(
                    f"Received unknown parameter: {name}", reason="parameter_unknown", param=name
                )

    def since(self) -> datetime:
        """From when on a list is wanted."""
        text = self.params.get("created[gte]", "0")
        if not (text.isascii() and text.isdigit()):
            raise RefusedError(f"Invalid timestamp: {text[:40]}", param="created")
        return datetime.fromtimestamp(int(text), UTC)

    def limit(self) -> int:
        """How many of a list are wanted at once."""
        text = self.params.get("limit", "10")
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= list_limit_max):
            raise RefusedError(f"Invalid limit: {text[:40]}", param="limit")
        return int(text)
