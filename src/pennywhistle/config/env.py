"""Typed reading of environment variables; every problem is collected and told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "PENNYWHISTLE_"


class SettingsError(Exception):
    """The environment does not describe a store that may be started."""

    code = "settings-invalid"


@dataclass
class Env:
    """Reads `PENNYWHISTLE_*` variables, remembers which are known, and what is wrong."""

    variables: Mapping[str, str]
    known: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, *, default: str = "") -> str:
        """The variable's text; `NAME_FILE` names a file that holds it (for secrets)."""
        variable = PREFIX + name
        self.known |= {variable, variable + "_FILE"}
        file = self.variables.get(variable + "_FILE")
        if file is None:
            return self.variables.get(variable, default)
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            self.problems.append(f"{variable}_FILE names {file}, which cannot be read: {error}.")
            return default

    def choice(self, name: str, *, options: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = self.text(name, default=default)
        if value not in options:
            self.problems.append(
                f"{PREFIX}{name} is {value!r}; it may be one of {', '.join(options)}."
            )
            return default
        return value

    def integer(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.text(name, default=str(default))
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            self.problems.append(
                f"{PREFIX}{name} is {value!r}; it may be a whole number from {least} to {most}."
            )
            return default
        return int(value)

    def switch(self, name: str, *, default: bool) -> bool:
        """`yes` or `no`."""
        return self.choice(name, options=("yes", "no"), default="yes" if default else "no") == "yes"

    def path(self, name: str, *, default: Path) -> Path:
        """A folder or file, made absolute."""
        return Path(self.text(name, default=str(default))).expanduser().absolute()

    def words(self, name: str) -> list[str]:
        """A list separated by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def require(self, condition: object, sentence: str) -> None:
        """Note a problem unless `condition` holds."""
        if not condition:
            self.problems.append(sentence)

    def finish(self) -> None:
        """Refuse to go on if anything was wrong; a misspelled setting is wrong, not ignored."""
        unknown = sorted(v for v in self.variables if v.startswith(PREFIX) and v not in self.known)
        self.problems += [f"{name} is not a setting of this program." for name in unknown]
        if self.problems:
            raise SettingsError("The store does not start:\n- " + "\n- ".join(self.problems))
