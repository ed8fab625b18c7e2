"""What questions may hold: cursors, ids, territories."""

import re
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from ninja import Query, Schema
from pydantic import Field

from pennywhistle.apps.reach.limits import LISTED_MAX, LISTED_USUAL
from pennywhistle.interfaces.api.problems import INVALID, ProblemError, Wrong
from pennywhistle.interfaces.common.public_addresses import address_of
from pennywhistle.interfaces.common.territory import is_territory
from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

_PUBLIC_ID = rf"^[{ALPHABET}]{{{PUBLIC_ID_LENGTH}}}$"
_CURSOR = re.compile(r"(\d{4})-(\d{2})-(\d{2})\.(\d{1,18})", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
SEARCH_CHARS_MAX = 200
SEARCH_DEPTH_MAX = 2_000

PublicId = Annotated[
    str, Field(pattern=_PUBLIC_ID, description="The last twelve signs of a page's address.")
]
Slug = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f/]+$")]
Isrc = Annotated[
    str,
    Query(
        pattern=r"^[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5}$",
        description="With hyphens or without.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=LISTED_MAX, description="How many at most.")]
After = Annotated[
    str, Query(max_length=40, description="Where to go on; `next` of the answer before has it.")
]
Territory = Annotated[
    str,
    Query(
        pattern=r"^([A-Z]{2})?$",
        description="Only what is sold there, with its price: ISO 3166-1 alpha-2.",
    ),
]


class ReleaseFilter(Schema):
    """Which releases are listed."""

    genre: Annotated[str, Field(max_length=80, description="Of a genre, by its id.")] = ""
    artist: Annotated[str, Field(max_length=20, description="Of an artist, by their id.")] = ""
    label: Annotated[str, Field(max_length=20, description="Of a label, by its id.")] = ""
    upc: Annotated[str, Field(pattern=r"^\d{0,14}$", description="With this UPC or EAN.")] = ""
    territory: Annotated[
        str,
        Field(
            pattern=r"^([A-Z]{2})?$",
            description="Only what is sold there, with its price: ISO 3166-1 alpha-2.",
        ),
    ] = ""
    after: Annotated[
        str,
        Field(max_length=40, description="Where to go on; `next` of the answer before has it."),
    ] = ""
    limit: Annotated[int, Field(ge=1, le=LISTED_MAX, description="How many at most.")] = (
        LISTED_USUAL
    )


def place_in_releases(after: str) -> tuple[date, int] | None:
    """The release that a list of releases goes on behind. Raises ProblemError."""
    if not after:
        return None
    match = _CURSOR.fullmatch(after)
    if match is None:
        raise _lost()
    try:
        return date(int(match[1]), int(match[2]), int(match[3])), int(match[4])
    except ValueError as error:
        raise _lost() from error


def place_after(after: str) -> int:
    """The row that a list by number goes on behind; 0 for the start. Raises ProblemError."""
    if not after:
        return 0
    if not _NUMBER.fullmatch(after):
        raise _lost()
    return int(after)


def require_territory(code: str) -> str:
    """The code, if there is such a place. Raises ProblemError."""
    if code and not is_territory(code):
        raise ProblemError(
            INVALID,
            "There is no such territory; write it as ISO 3166-1 alpha-2 does, such as DE.",
            (Wrong("territory", "no territory of ISO 3166-1"),),
        )
    return code


def unless_usual(limit: int) -> dict[str, object]:
    """What the address of the next page says of its length."""
    return {} if limit == LISTED_USUAL else {"limit": limit}


def next_address(name: str, after: str, kept: dict[str, object]) -> str | None:
    """Where a list goes on; None at its end."""
    return f"{address_of(name)}?{urlencode(kept | {'after': after})}" if after else None


def _lost() -> ProblemError:
    return ProblemError(
        INVALID,
        "Take `after` from `next` of the answer before, or leave it out to begin anew.",
        (Wrong("after", "no place in this list"),),
    )
