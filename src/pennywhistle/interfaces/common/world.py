"""The world as tiles: every territory in its region, with the number of the answer that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

from pennywhistle.interfaces.common.format import country_name, list_text
from pennywhistle.kernel.territories import Territories
from pennywhistle.kernel.tis import members_at_most

if TYPE_CHECKING:
    from collections.abc import Sequence

# TIS numbers of the parts of the world; what lies in two is in the first, the rest elsewhere.
_REGIONS = (
    (2120, gettext_noop("Europe")),
    (2100, gettext_noop("Africa")),
    (2106, gettext_noop("Asia")),
    (2101, gettext_noop("America")),
)
_ELSEWHERE = gettext_noop("Elsewhere")
# A list of more names than this is told by what it leaves out, or by its first ones.
names_shown_max = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """A territory on the map; `number` is that of its answer, counted from 1."""

    code: str
    name: str
    number: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the world with its tiles, by code."""

    name: str
    tiles: tuple[Tile, ...]


def regions_of(answers: Sequence[tuple[Territories, bool]]) -> tuple[Region, ...]:
    """The map of answers that cover the world: where, and whether it is yes."""
    tiles = {
        code: Tile(code, country_name(code), number, is_open)
        for number, (territories, is_open) in enumerate(answers, 1)
        for code in territories
    }
    return tuple(
        Region(gettext(name), tuple(tiles[code] for code in codes if code in tiles))
        for name, codes in _regions()
    )


@cache
def _regions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    left = Territories.worldwide()
    found = []
    for number, name in _REGIONS:
        mine = Territories.of(*members_at_most(number)) & left
        left -= mine
        found.append((name, mine.codes))
    return (*found, (_ELSEWHERE, left.codes))


def territories_text(territories: Territories) -> str:
    """A set of territories in the visitor's language, short: names, or all but some."""
    missing = Territories.worldwide() - territories
    if not missing:
        return gettext("all countries")
    if len(missing) <= names_shown_max < len(territories):
        return gettext("all countries but %(names)s") % {"names": _names(missing)}
    if len(territories) <= names_shown_max:
        return _names(territories)
    first = Territories.of(*territories.codes[:names_shown_max])
    return gettext("%(names)s and %(count)s more") % {
        "names": _names(first),
        "count": len(territories) - names_shown_max,
    }


def _names(territories: Territories) -> str:
    return list_text(sorted(country_name(code) for code in territories))
