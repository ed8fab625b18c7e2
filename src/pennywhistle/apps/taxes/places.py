"""Noting what names a buyer's country, and gathering it for a sale."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.taxes.models import PlaceClue
from pennywhistle.engines.tax import Clue, ClueKind
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

# Where somebody's network was yesterday says little of today.
network_holds_for = timedelta(hours=24)
# The page is drawn before the sale, the clue noted while it is; clocks differ a little.
_SOON = timedelta(minutes=5)


def note_clue(*, user_id: int, kind: ClueKind, country: str, source: str, now: datetime) -> None:
    """Keep that something names a country as a buyer's, unless that kind said the same today last.

    What is no country is not kept. Said again after another one it is: the newest word counts.
    """
    if country not in Territories.worldwide().codes:
        return
    said = PlaceClue.objects.filter(user=user_id, kind=kind).order_by("-seen_at", "-id")
    newest = said.values_list("country", "day").first()
    # Mostly it is known already, and nothing is written. Two that write at once harm nobody.
    if newest != (country, now.date()):
        PlaceClue.objects.create(
            user_id=user_id,
            kind=kind,
            country=country,
            day=now.date(),
            seen_at=now,
            source=source[:200],
        )


def clues_of(
    asked: Sequence[tuple[int, str, datetime]],
) -> list[tuple[Clue, ...]]:
    """For each user, country declared and instant: what speaks of the place, one of each kind.

    What a buyer pays with and what an operator found count until something newer says otherwise;
    the network for a day.
    """
    rows = PlaceClue.objects.filter(user__in={user_id for user_id, _, _ in asked})
    by_user: dict[int, list[PlaceClue]] = {}
    for row in rows.exclude(kind=ClueKind.DECLARED).order_by("seen_at", "id"):
        by_user.setdefault(row.user_id, []).append(row)
    return [
        (Clue(ClueKind.DECLARED, country), *_latest(by_user.get(user_id, ()), at))
        for user_id, country, at in asked
    ]


def _latest(rows: Iterable[PlaceClue], at: datetime) -> list[Clue]:
    last: dict[str, str] = {}
    for row in rows:
        is_old = row.kind == ClueKind.NETWORK and row.seen_at < at - network_holds_for
        if row.seen_at <= at + _SOON and not is_old:
            last[row.kind] = row.country
    return [Clue(ClueKind(kind), country) for kind, country in sorted(last.items())]
