"""Which of a message's texts the shop shows, where it gives several for languages and places."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from pennywhistle.engines.ddex import NewRelease
    from pennywhistle.engines.ddex.message import Release
    from pennywhistle.engines.ddex.things import Text, Title

_Placed = TypeVar("_Placed", "Text", "Title")

_WORLDWIDE = Territories.worldwide()
_TITLE_KINDS = ("display-text", "display", "title", "formal", "reference")
_EXPLICIT = frozenset({"Explicit", "ExplicitContent"})
_DATE_KINDS = ("release", "global-release", "original-release", "original-digital-release")


def best(texts: Sequence[Text]) -> str:
    """The text that is meant for most: the default, the one for everywhere, the first."""
    chosen = _chosen([text for text in texts if text.value.strip()])
    return chosen.value.strip() if chosen else ""


def first_title(titles: Sequence[Title]) -> str:
    """The title that is meant to be displayed, with its subtitles."""
    for kinds in (*((kind,) for kind in _TITLE_KINDS), tuple({title.kind for title in titles})):
        chosen = _chosen([each for each in titles if each.kind in kinds and each.text.strip()])
        if chosen is not None:
            text = chosen.text.strip()
            subtitles = [each.value.strip() for each in chosen.subtitles]
            return " ".join(
                [text, *(f"({each})" for each in subtitles if each and each not in text)]
            )
    return ""


def is_explicit(warnings: Iterable[Text]) -> bool:
    """Whether a warning says so for anywhere."""
    return any(warning.value in _EXPLICIT for warning in warnings)


def released_on(message: NewRelease, main: Release) -> date | None:
    """The day of the release; where none is given, the first day on which a deal begins."""
    for kind in _DATE_KINDS:
        for dated in main.dates:
            if dated.kind == kind and dated.moment.clock is not None:
                return dated.moment.clock.date()
    starts = [
        start
        for deal in message.contents.deals
        for span in deal.spans
        if span.starts and (start := span.starts.starts_at(UTC))
    ]
    return min(starts).date() if starts else None


def _chosen(given: Sequence[_Placed]) -> _Placed | None:
    ranked = sorted(
        given,
        key=lambda each: (
            each.is_default is not True,
            each.where is not None and each.where.territories != _WORLDWIDE,
        ),
    )
    return ranked[0] if ranked else None
