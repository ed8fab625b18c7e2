"""What most people mean by one letter or two: the most bought names by how they begin.

Two letters begin half a million names, and looking all of them up takes longer than typing the
third. So the few that most people own are kept by their beginnings, where they are sold beside.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.search.folding import tokens
from pennywhistle.engines.search.marks import area_text, mask_of
from pennywhistle.engines.search.port import Kind
from pennywhistle.engines.search.spellings import spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

letters_max = 2
names_per_beginning_max = 24
_ARTICLES = frozenset(["the", "a", "an", "le", "la", "les", "el", "los", "der", "die", "das"])
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Name:
    """Something that is known by a name; `areas` has a bit for each territory where it is sold."""

    kind: Kind
    id: int
    name: str
    buyers: int
    areas: int


def beginnings(name: str) -> set[str]:
    """The one or two letters that somebody types who means a name, with its article or without."""
    words = tokens(name)
    bare = words[1:] if len(words) > 1 and words[0] in _ARTICLES else words
    starts = {"".join(words), "".join(bare), *spellings(name)}
    return {start[:length] for start in starts for length in (1, letters_max) if start[:length]}


class PopularNames:
    """The most bought names by their beginnings."""

    def __init__(self, by_beginning: Mapping[str, list[Name]]) -> None:
        self._by_beginning = by_beginning

    @classmethod
    def of(cls, names: Iterable[Name]) -> PopularNames:
        """Keep the best of each beginning and kind."""
        found: dict[tuple[str, Kind], list[Name]] = {}
        for name in sorted(names, key=lambda each: (-each.buyers, len(each.name), each.id)):
            for start in beginnings(name.name):
                held = found.setdefault((start, name.kind), [])
                if len(held) < names_per_beginning_max:
                    held.append(name)
        merged: dict[str, list[Name]] = {}
        for (start, _), held in found.items():
            merged.setdefault(start, []).extend(held)
        return cls(merged)

    def starting(self, typed: str, kind: Kind, *, bit: int | None) -> list[Name]:
        """The names of a kind that begin so, and are sold where `bit` says; None: anywhere."""
        found = self._by_beginning.get("".join(tokens(typed)), [])
        return [
            name for name in found if name.kind is kind and (bit is None or name.areas >> bit & 1)
        ]

    def to_json(self) -> str:
        """Write them; each name once."""
        numbers: dict[Name, int] = {}
        for held in self._by_beginning.values():
            for name in held:
                numbers.setdefault(name, len(numbers))
        areas = sorted({name.areas for name in numbers})
        place = {mask: at for at, mask in enumerate(areas)}
        return json.dumps(
            {
                "version": _VERSION,
                "areas": [area_text(mask) for mask in areas],
                "names": [
                    [each.kind.value, each.id, each.name, each.buyers, place[each.areas]]
                    for each in numbers
                ],
                "by": {
                    start: [numbers[name] for name in held]
                    for start, held in self._by_beginning.items()
                },
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> PopularNames:
        """Read what `to_json` wrote. Raises ValueError for anything else."""
        try:
            read = json.loads(text)
            if read["version"] != _VERSION:
                raise ValueError("The popular names are of another version.")
            areas = [mask_of(each) for each in read["areas"]]
            names = [
                Name(Kind(kind), number, name, buyers, areas[area])
                for kind, number, name, buyers, area in read["names"]
            ]
            return cls({start: [names[at] for at in held] for start, held in read["by"].items()})
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("The popular names cannot be read.") from error
