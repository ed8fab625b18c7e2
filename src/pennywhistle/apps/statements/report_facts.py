"""What sales reports tell of: releases, recordings and works with their writers and codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.catalog.models import RecordingWork, Release, Role, Track, WorkCredit
from pennywhistle.apps.rights.models import OwnershipShare, ShareRole
from pennywhistle.engines.dsr import MusicalWork, Product, SoundRecording

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pennywhistle.apps.statements.flows import Sold

_WRITERS: set[str] = {
    Role.COMPOSER, Role.LYRICIST, ShareRole.COMPOSER, ShareRole.LYRICIST,
    ShareRole.COMPOSER_LYRICIST,
}  # fmt: skip
_ARRANGERS: set[str] = {Role.ARRANGER, ShareRole.ARRANGER}
_PUBLISHERS: set[str] = {ShareRole.ORIGINAL_PUBLISHER, ShareRole.SUB_PUBLISHER}


@dataclass(frozen=True, slots=True)
class Goods:
    """The releases that were sold from, and where each item is found in them."""

    products: Mapping[str, Product]
    # By item: the release's id, and the recording's; empty for a release as a whole.
    places: Mapping[str, tuple[str, str]]

    def recording(self, item: str) -> SoundRecording | None:
        """The recording of a track; None for a release as a whole."""
        product_id, recording_id = self.places[item]
        recordings = self.products[product_id].recordings
        return next((each for each in recordings if each.id == recording_id), None)


def goods_of(sold: Iterable[Sold]) -> Goods:
    """What some sales were of, in a fixed number of queries; a whole release has all its tracks."""
    items = {each.item for each in sold}
    releases = {f"release:{release.public_id}": release for release in _releases(items)}
    by_id = {release.pk: release for release in releases.values()}
    tracks = Track.objects.filter(
        Q(public_id__in=_ids(items, "track")) | Q(release__in=by_id)
    ).select_related("recording", "release__label")
    places = {ref: (release.public_id, "") for ref, release in releases.items() if ref in items}
    found: dict[str, dict[str, SoundRecording]] = {}
    whole: dict[str, Release] = {release.public_id: release for release in releases.values()}
    ordered = list(tracks.order_by("release_id", "disc_number", "track_number"))
    works = _works_of({track.recording_id for track in ordered})
    for track in ordered:
        release, recording = track.release, track.recording
        whole[release.public_id] = release
        told = SoundRecording(
            id=f"recording-{recording.pk}",
            title=track.title,
            artist=track.artist_line,
            duration_ms=recording.duration_ms,
            isrc=recording.isrc,
            works=tuple(works.get(recording.pk, ())),
        )
        found.setdefault(release.public_id, {})[told.id] = told
        if f"track:{track.public_id}" in items:
            places[f"track:{track.public_id}"] = release.public_id, told.id
    products = {
        public_id: _product(release, tuple(found.get(public_id, {}).values()))
        for public_id, release in sorted(whole.items())
    }
    return Goods(products, places)


def _releases(items: set[str]) -> list[Release]:
    ids = _ids(items, "release")
    return list(Release.objects.filter(public_id__in=ids).select_related("label"))


def _product(release: Release, recordings: tuple[SoundRecording, ...]) -> Product:
    return Product(
        id=release.public_id,
        title=release.title,
        artist=release.artist_line,
        label=release.label.name,
        recordings=recordings,
        upc=release.upc,
        released_on=release.released_on,
    )


def _works_of(recording_ids: set[int]) -> dict[int, list[MusicalWork]]:
    links = list(
        RecordingWork.objects.open()
        .filter(recording__in=recording_ids)
        .select_related("work")
        .order_by("recording_id", "id")
    )
    names = _names_of({link.work_id for link in links})
    found: dict[int, list[MusicalWork]] = {}
    for link in links:
        mine = names.get(link.work_id, [])
        work = MusicalWork(
            id=f"work-{link.work_id}",
            title=link.work.title,
            iswc=link.work.iswc,
            writers=_with_role(mine, _WRITERS),
            arrangers=_with_role(mine, _ARRANGERS),
            publishers=_with_role(mine, _PUBLISHERS),
        )
        found.setdefault(link.recording_id, []).append(work)
    return found


def _names_of(work_ids: set[int]) -> dict[int, list[tuple[str, str]]]:
    """Who wrote and who publishes each work, as (role, name); credits before shares."""
    found: dict[int, list[tuple[str, str]]] = {}
    credits_ = WorkCredit.objects.filter(work__in=work_ids).order_by("id")
    shares = OwnershipShare.objects.open().standing().filter(work__in=work_ids).order_by("id")
    for rows in (credits_, shares):
        for work_id, role, name in rows.values_list("work_id", "role", "party__name"):
            found.setdefault(work_id, []).append((role, name))
    return found


def _with_role(names: Iterable[tuple[str, str]], roles: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for role, name in names if role in roles))


def _ids(items: set[str], kind: str) -> list[str]:
    parts = (item.partition(":") for item in items)
    return [public_id for found, _, public_id in parts if found == kind]
