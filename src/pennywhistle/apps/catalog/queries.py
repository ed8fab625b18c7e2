"""Finding works and recordings, what somebody did on them, and what comes with releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from pennywhistle.apps.catalog.models import (
    ArtistMbid,
    Extra,
    Recording,
    RecordingCredit,
    ReleaseArtist,
    Work,
    WorkCredit,
)
from pennywhistle.kernel.identifiers import IdentifierInvalidError, parse_identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.catalog.models import Release

ROWS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ReleaseMbids:
    """Numbers in MusicBrainz of a release's artists, in the sleeve's order, and of all its people.

    `by_party` has those of whom the release's supplier said it.
    """

    album_artists: tuple[str, ...]
    by_party: dict[int, str]


def mbids_of(release: Release) -> ReleaseMbids:
    """What its supplier said of its artists, in two queries."""
    said = ArtistMbid.objects.filter(supplier_id=release.supplier_id)
    people = said.filter(
        Q(party__recording_credits__recording__tracks__release=release) | Q(party__releases=release)
    )
    by_party = dict(people.values_list("party_id", "mbid").distinct())
    if not by_party:
        return ReleaseMbids((), {})
    artists = ReleaseArtist.objects.filter(release=release).values_list("party_id", flat=True)
    return ReleaseMbids(tuple(by_party[each] for each in artists if each in by_party), by_party)


def extras_of(release_ids: Iterable[int]) -> dict[int, list[Extra]]:
    """What comes or came with releases, by release, in their order; in one query."""
    found: dict[int, list[Extra]] = {}
    for extra in Extra.objects.filter(release_id__in=list(release_ids)):
        found.setdefault(extra.release_id, []).append(extra)
    return found


def find_works(*, text: str, after: Work | None = None) -> list[Work]:
    """A page of works and one more, by title: all, or those of this title or ISWC."""
    found = Work.objects.order_by("title", "id")
    if text:
        found = found.filter(Q(title__icontains=text) | Q(iswc=_number("iswc", text) or None))
    if after is not None:
        found = found.filter(Q(title__gt=after.title) | Q(title=after.title, id__gt=after.pk))
    return list(found[: ROWS_PER_PAGE + 1])


def find_recordings(*, text: str, after: Recording | None = None) -> list[Recording]:
    """A page of recordings and one more, by title: all, or those of this title or ISRC."""
    found = Recording.objects.select_related("supplier").order_by("title", "id")
    if text:
        found = found.filter(Q(title__icontains=text) | Q(isrc=_number("isrc", text) or None))
    if after is not None:
        found = found.filter(Q(title__gt=after.title) | Q(title=after.title, id__gt=after.pk))
    return list(found[: ROWS_PER_PAGE + 1])


def work_meant(said: str) -> Work | None:
    """The work of this ISWC, or of this number in the store, as "17" or "work-17"."""
    iswc = _number("iswc", said)
    if iswc:
        return Work.objects.filter(iswc=iswc).first()
    number = said.strip().removeprefix("work-")
    is_number = number.isascii() and number.isdigit() and len(number) < len(str(2**63))
    return Work.objects.filter(id=int(number)).first() if is_number else None


def roles_of(*, party_id: int) -> list[tuple[str, int, int]]:
    """What a party did: role, on how many recordings, of how many works; in two queries."""
    on_recordings = dict(_counted(RecordingCredit.objects.filter(party_id=party_id)))
    of_works = dict(_counted(WorkCredit.objects.filter(party_id=party_id)))
    return [
        (role, on_recordings.get(role, 0), of_works.get(role, 0))
        for role in sorted({*on_recordings, *of_works})
    ]


def _counted(credits_: object) -> Iterable[tuple[str, int]]:
    rows = credits_.values("role").annotate(count=Count("id")).order_by("role")  # type: ignore[attr-defined]
    return ((row["role"], row["count"]) for row in rows)


def _number(scheme: str, text: str) -> str:
    try:
        return parse_identifier(scheme, text).value
    except IdentifierInvalidError:
        return ""
