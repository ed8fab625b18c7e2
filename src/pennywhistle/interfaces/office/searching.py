"""Lists with a search: a page of rows by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Searched(Generic[Row]):
    """A page of rows, and the ways to others (`parts/_pager.html`)."""

    rows: Sequence[Row]
    pager: dict[str, str]


def searched(
    request: HttpRequest, found: Sequence[Row], *, most: int, key: Callable[[Row], object]
) -> Searched[Row]:
    """A page of `found`, which has one row more than a page if there are more."""
    rows = found[:most]
    asked = {"q": request.GET["q"]} if request.GET.get("q") else {}
    following = {**asked, "after": str(key(rows[-1]))} if len(found) > most else None
    return Searched(
        rows,
        {
            "previous_url": f"{request.path}?{urlencode(asked)}" if "after" in request.GET else "",
            "next_url": f"{request.path}?{urlencode(following)}" if following else "",
        },
    )
