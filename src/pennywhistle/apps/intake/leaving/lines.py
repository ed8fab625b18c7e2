"""The ℗ and © lines of a release and its recordings, as its supplier's own message says them.

The catalog has no place for them. They stand in the message, which is kept byte for byte, and are
read from there when somebody leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.apps.intake.ern.reading import parse
from pennywhistle.apps.intake.leaving.limits import LINES_MAX, MESSAGES_READ_MAX
from pennywhistle.engines.ddex import NewRelease
from pennywhistle.engines.ddex.write_facts import Line
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pennywhistle.apps.catalog.models import Recording, Release
    from pennywhistle.engines.ddex.message import Resource
    from pennywhistle.engines.ddex.things import Line as Said

# The standard has a year there and nothing else.
_YEAR = re.compile(r"\d{4}", re.ASCII)
_KINDS = frozenset({"P", "C"})


@dataclass(frozen=True, slots=True)
class Lines:
    """Those of the release, and those of its recordings by the keys of their identifiers."""

    of_release: tuple[Line, ...] = ()
    by_key: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)

    def of(self, recording: Recording) -> tuple[Line, ...]:
        """Those of one recording; ERN 4.3.2 has a place for its ℗ lines only."""
        keys = [f"isrc:{recording.isrc}", *(each.key for each in recording.keys.all())]
        return next((self.by_key[key] for key in keys if key in self.by_key), ())


NOTHING = Lines()


def lines_of(release: Release) -> Lines:
    """By the newest message that is in force, or was; nothing where the release came otherwise.

    `release.messages` are those of its supplier, the newest first (`catalog.releases_of`).
    """
    for message in release.messages.all()[:MESSAGES_READ_MAX]:
        lines = _lines_in(message.sha256)
        if lines is not NOTHING:
            return lines
    return NOTHING


@lru_cache(maxsize=2_048)
def _lines_in(sha256: str) -> Lines:
    """Those of a message. It never changes, and a part of a catalog is asked for piece by piece."""
    if not MESSAGES.has(sha256):
        return NOTHING
    with MESSAGES.open(sha256) as file:
        message = parse(file.read())
    if not isinstance(message, NewRelease) or message.contents.main is None:
        return NOTHING
    by_key: dict[str, tuple[Line, ...]] = {}
    for resource in message.contents.resources:
        lines = tuple(each for each in _written(_all_of(resource)) if each.kind == "P")
        for key in _keys_of(resource):
            by_key.setdefault(key, lines)
    return Lines(_written(message.contents.main.lines), by_key)


def _all_of(resource: Resource) -> Iterator[Said]:
    yield from resource.lines
    for edition in resource.editions:
        yield from edition.lines


def _keys_of(resource: Resource) -> Iterator[str]:
    yield from (each.key for each in resource.identities)
    for edition in resource.editions:
        yield from (each.key for each in edition.identities)


def _written(said: Iterable[Said]) -> tuple[Line, ...]:
    """As 4.3.2 writes them: ℗ before ©, one for each territory where they hold in some only."""
    lines = dict.fromkeys(
        Line(
            each.kind,
            each.text,
            each.year if _YEAR.fullmatch(each.year) else "",
            each.company,
            territory,
            each.language,
        )
        for each in said
        if each.kind in _KINDS and (each.text or each.company)
        for territory in _territories(each)
    )
    return tuple(sorted(lines, key=lambda line: line.kind, reverse=True))[:LINES_MAX]


def _territories(line: Said) -> Iterable[str]:
    """Codes; "" for everywhere. None at all where nobody knows where it holds."""
    if line.where is None or line.where.territories == Territories.worldwide():
        return ("",)
    return sorted(line.where.territories or ())
