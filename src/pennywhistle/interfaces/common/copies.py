"""Conflicts over copies as pages show them: both sides, and where they match, drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from pennywhistle.apps.copies.models import Ruling
from pennywhistle.apps.copies.queries import matches_of, on_shelves
from pennywhistle.apps.intake.contents import Named, names_of
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.media.queries import waveform_path
from pennywhistle.interfaces.common.copies_heard import SIDES, begin_passages
from pennywhistle.interfaces.common.format import duration_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.copies.models import Conflict, Match, Pair
    from pennywhistle.apps.delivery.aside import Begun

_WAVE_WIDTH = 800
_MS = 1_000


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two in a match; `x` and `width` are the stretch in the waveform's 800 columns.

    `heard` is how far its passage is; None where it is not for these ears.
    """

    party: str
    named: Named
    first_at: str
    wave: str
    x: int
    width: int
    stretch: str
    lasts: str
    passage_url: str
    heard: Begun | None


@dataclass(frozen=True, slots=True)
class MatchShown:
    """Both sides of a match, and what was measured."""

    new: Side
    earlier: Side
    is_exact: bool
    length: str
    speed: str
    share: str

    @property
    def is_coming(self) -> bool:
        """Whether one of the two is still made."""
        return any(each.heard and each.heard.is_coming for each in (self.new, self.earlier))


def instant_text(at: datetime | None) -> str:
    """An instant in UTC."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def verdict_text(ruling: Ruling) -> str:
    """What a ruling says, in words."""
    return {
        Ruling.Verdict.BOTH: gettext("Both may sell it"),
        Ruling.Verdict.NEWCOMER_REFUSED: gettext("The new one may not sell it"),
        Ruling.Verdict.HOLDER_REFUSED: gettext("The earlier one may not sell it"),
    }[Ruling.Verdict(ruling.verdict)]


def state_text(conflict: Conflict, *, is_on_sale: bool) -> str:
    """How a conflict stands; what was on sale before it was compared stays there meanwhile."""
    if conflict.ruling is not None:
        return verdict_text(conflict.ruling)
    if conflict.block is not None and hasattr(conflict.block, "end"):
        return gettext("No longer blocked")
    if is_on_sale:
        return gettext("On sale, waits for a decision")
    return gettext("Held, waits for a decision")


def state_of(conflict: Conflict) -> str:
    """How one conflict stands."""
    key = (conflict.newcomer_id, conflict.sound.sha256)
    return state_text(conflict, is_on_sale=bool(on_shelves([key])))


def conflict_lines(
    conflicts: Sequence[Conflict], *, address: Callable[[int], str]
) -> list[dict[str, Any]]:
    """A line for each conflict of a list."""
    keys = [(each.newcomer_id, each.sound.sha256) for each in conflicts]
    names, sold = names_of(keys), on_shelves(keys)
    return [
        {
            "url": address(each.pk),
            "named": names.get(key, Named()),
            "newcomer": each.newcomer.name,
            "other": _other_name(each),
            "newcomer_at": instant_text(each.newcomer_at),
            "other_at": instant_text(each.holder_at),
            "state": state_text(each, is_on_sale=key in sold),
            "is_open": each.ruling is None,
        }
        for each, key in zip(conflicts, keys, strict=True)
    ]


def pair_lines(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """A line for each proposal "same recording"."""
    keys = [
        (each.supplier_id, sound.sha256) for each in pairs for sound in (each.first, each.other)
    ]
    names = names_of(keys)
    lines = []
    for each in pairs:
        first, other = (
            names.get((each.supplier_id, sound.sha256), Named())
            for sound in (each.first, each.other)
        )
        lines.append(
            {
                "id": each.pk,
                "supplier": each.supplier.name,
                "first": first,
                "other": other,
                "length": duration_text(round(each.length_s * _MS)),
                "share": f"{each.score:.0%}",
                "has_two_isrcs": bool(first.isrc and other.isrc and first.isrc != other.isrc),
            }
        )
    return lines


def matches_shown(
    conflict: Conflict, *, address: Callable[[int, str], str], hears: Iterable[str] = tuple(SIDES)
) -> list[MatchShown]:
    """The matches of a conflict with both sides; `address` makes that of a passage to hear.

    The passages of the sides that somebody may hear are begun.
    """
    matches = matches_of(conflict)
    begun = begin_passages(matches, names=hears)
    contents = {conflict.sound.sha256, *(match.other.sha256 for match in matches)}
    heard = {each.sha256: each.examination for each in Hearing.objects.filter(sha256__in=contents)}
    parties = [each for each in (conflict.newcomer_id, conflict.holder_id) if each is not None]
    names = names_of((party_id, sha256) for party_id in parties for sha256 in contents)
    known = _Known(heard, names, begun)
    return [_shown(conflict, match, known, address) for match in matches]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the contents of a conflict's matches."""

    heard: Mapping[str, dict[str, Any]]
    names: Mapping[tuple[int, str], Named]
    begun: Mapping[tuple[int, str], Begun]


def _shown(
    conflict: Conflict, match: Match, known: _Known, address: Callable[[int, str], str]
) -> MatchShown:
    def side(name: str, sha256: str, at: tuple[float, float]) -> Side:
        is_new = SIDES[name]
        party = conflict.newcomer if is_new else conflict.holder
        other = Named(_other_name(conflict))
        named = known.names.get((party.pk, sha256), Named()) if party else other
        heard = known.heard.get(sha256, {})
        lasts_s = max(heard.get("duration_ms", 0) / _MS, at[0] + at[1], 0.001)
        first = min(round(at[0] / lasts_s * _WAVE_WIDTH), _WAVE_WIDTH - 1)
        ends_s = at[0] + at[1]
        return Side(
            party=party.name if party else "",
            named=named,
            first_at=instant_text(conflict.newcomer_at if is_new else conflict.holder_at),
            wave=waveform_path(bytes(heard.get("peaks", []))),
            x=first,
            width=max(2, round(at[1] / lasts_s * _WAVE_WIDTH)),
            stretch=_stretch_text(at[0], ends_s),
            lasts=duration_text(round(lasts_s * _MS)),
            passage_url=address(match.pk, name),
            heard=known.begun.get((match.pk, name)),
        )

    return MatchShown(
        new=side("new", conflict.sound.sha256, (match.start_s, match.length_s)),
        earlier=side("earlier", match.other.sha256, (match.other_start_s, match.other_length_s)),
        is_exact=match.is_exact,
        length=duration_text(round(match.length_s * _MS)),
        speed=f"{match.speed:.2%}",
        share=f"{match.score:.0%}",
    )


def _stretch_text(start_s: float, end_s: float) -> str:
    start, end = (duration_text(round(instant * _MS)) for instant in (start_s, end_s))
    return gettext("%(start)s to %(end)s") % {"start": start, "end": end}


def _other_name(conflict: Conflict) -> str:
    if conflict.holder is not None:
        return conflict.holder.name
    return conflict.block.title if conflict.block else ""


def ids_after(text: str) -> int | None:
    """A row's number from an address; anything else is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004


def rulings_shown(rulings: Iterable[Ruling]) -> list[dict[str, Any]]:
    """What was decided, the newest first, with what was before."""
    return [
        {
            "verdict": verdict_text(each),
            "reason": each.reason,
            "by": each.ruled_by.email,
            "at": instant_text(each.ruled_at),
            "evidence": each.evidence,
            "is_standing": each.closed_at is None,
        }
        for each in rulings
    ]
