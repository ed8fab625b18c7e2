"""Where items may be sold and where not, with reasons; and what a mandate would change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.catalog.models import RecordingWork, Track
from pennywhistle.apps.rights.actions.ownership import Subject
from pennywhistle.apps.rights.facts.items import item_of
from pennywhistle.apps.rights.facts.parties import party_row, register_of
from pennywhistle.apps.rights.facts.releases import release_row
from pennywhistle.apps.rights.facts.statement import read_rows
from pennywhistle.apps.rights.models import Mandate, RepertoireMember
from pennywhistle.apps.rights.queries import store_terms
from pennywhistle.apps.taxes.queries import tax_rates_at
from pennywhistle.engines.clearance.survey import Area, survey
from pennywhistle.kernel.purse import PurseKind
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from pennywhistle.engines import clearance
    from pennywhistle.engines.clearance import Item, Question, Register

# A mandate's effect is shown on so many releases of those that it touches.
releases_weighed_max = 100
# Of a work's tracks so many are shown, the newest.
tracks_shown_max = 200
# No mandate of the register has it.
_PROPOSED = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """A release (no track) or a track of it, and the answer for every territory of the world."""

    track_id: int | None
    title: str
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """An item that a mandate would open, close, or pay differently, and where."""

    release_title: str
    title: str
    opened: Territories
    closed: Territories
    # It may be sold as before, but to whom the money goes, or how much of it, changes.
    paid_otherwise: Territories


def outlooks_of(*, release_id: int, at: datetime) -> list[Outlook]:
    """A release and each of its tracks, for the whole world, in three queries."""
    question, rates = _question(at), tax_rates_at(at)
    return [
        Outlook(track_id, item.title, survey(item, question, rates))
        for track_id, _, item in _items([release_id], at, ())
    ]


def outlook_of(*, release_id: int, track_id: int, at: datetime) -> Outlook | None:
    """One track of a release for the whole world, in three queries; None where it is none of it."""
    question, rates = _question(at), tax_rates_at(at)
    for found, _, item in _items([release_id], at, ()):
        if found == track_id:
            return Outlook(track_id, item.title, survey(item, question, rates))
    return None


def tracks_playing(*, work_id: int, at: datetime) -> list[Track]:
    """The tracks on the shelves that play a work, the newest release first.

    Only of releases that were published by then: what is yet to come is its supplier's secret.
    """
    played = RecordingWork.objects.open().filter(work=work_id)
    found = Track.objects.filter(
        recording__in=played.values("recording"),
        release__published_at__lte=at,
        left_at__isnull=True,
    )
    return list(found.select_related("release").order_by("-release_id", "id")[:tracks_shown_max])


def refs_on(*, repertoire_id: int, release_ids: Sequence[int]) -> frozenset[str]:
    """What is on a list of the works and recordings that these releases play, as refs."""
    tracks = Track.objects.filter(release__in=release_ids)
    played = RecordingWork.objects.open().filter(recording__in=tracks.values("recording"))
    listed = RepertoireMember.objects.open().filter(
        Q(recording__in=tracks.values("recording")) | Q(work__in=played.values("work")),
        repertoire=repertoire_id,
    )
    return frozenset(Subject(*row).ref for row in listed.values_list("work_id", "recording_id"))


def if_mandated(
    *, mandate: clearance.Mandate, release_ids: Sequence[int], at: datetime
) -> list[Change]:
    """What would change at an instant if this mandate held, over the register as it stands."""
    proposed = replace(mandate, id=_PROPOSED)

    def with_it(register: Register) -> Register:
        given = (*register.mandates.get(proposed.from_id, ()), proposed)
        return replace(register, mandates={**register.mandates, proposed.from_id: given})

    return list(_changes(release_ids, at, (proposed.to_id,), with_it))


def if_revoked(*, mandate_id: int, release_ids: Sequence[int], at: datetime) -> list[Change]:
    """What would change at an instant if this mandate did not hold any more."""
    from_id = Mandate.objects.get(id=mandate_id).from_party_id

    def without_it(register: Register) -> Register:
        given = register.mandates.get(from_id, ())
        left = tuple(each for each in given if each.id != mandate_id)
        return replace(register, mandates={**register.mandates, from_id: left})

    return list(_changes(release_ids, at, (), without_it))


def _changes(
    release_ids: Sequence[int],
    at: datetime,
    party_ids: Sequence[int],
    changed: Callable[[Register], Register],
) -> Iterator[Change]:
    question, rates = _question(at), tax_rates_at(at)
    for _, release_title, item in _items(release_ids, at, party_ids):
        before = survey(item, question, rates)
        after = survey(replace(item, register=changed(item.register)), question, rates)
        change = _change(release_title, item.title, before, after)
        if change is not None:
            yield change


def _change(
    release_title: str, title: str, before: Sequence[Area], after: Sequence[Area]
) -> Change | None:
    sold_before, sold_after = _sold_in(before), _sold_in(after)
    otherwise = Territories.none()
    for one in before:
        for other in after:
            both = one.territories & other.territories
            is_sold = one.verdict.allowed and other.verdict.allowed
            if both and is_sold and _who_gets_what(one) != _who_gets_what(other):
                otherwise |= both
    change = Change(
        release_title, title, sold_after - sold_before, sold_before - sold_after, otherwise
    )
    return change if change.opened or change.closed or change.paid_otherwise else None


def _sold_in(areas: Sequence[Area]) -> Territories:
    sold = Territories.none()
    for area in areas:
        if area.verdict.allowed:
            sold |= area.territories
    return sold


def _who_gets_what(area: Area) -> dict[tuple[str, int, str], object]:
    """The parts by purse; of money kept apart only why, since its code names the place."""
    return {
        (part.purse.kind, part.purse.party_id, part.purse.code.partition(":")[0]): part.share
        for part in area.verdict.parts
        if part.purse.kind is not PurseKind.TAX
    }


def _question(at: datetime) -> Question:
    # A survey asks for every territory; the question's own does not matter.
    return store_terms().question(territory="US", at=at)


def _items(
    release_ids: Sequence[int], at: datetime, party_ids: Sequence[int]
) -> Iterator[tuple[int | None, str, Item]]:
    """Each release and its tracks, with the whole register that was read: track, release, item."""
    releases, texts = read_rows(
        release_ids, [None] * len(release_ids), is_wide=True, party_ids=party_ids
    )
    register = register_of({key: party_row(key, text) for key, text in texts.items()})
    for release_id in release_ids:
        text = releases.get(release_id)
        if text is None:
            continue
        row = release_row(text)
        for track_id in (None, *row.tracks):
            item = item_of(row, register, track_id, at)
            assert item is not None
            yield track_id, row.title, item
