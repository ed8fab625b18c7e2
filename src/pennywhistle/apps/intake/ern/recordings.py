"""The recordings and tracks of a message: found again, written, or matched with somebody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Recording
from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.extras import extras_of
from pennywhistle.apps.intake.ern.notes import stop
from pennywhistle.apps.intake.writing import write_release
from pennywhistle.apps.media.models import Cover
from pennywhistle.engines.ddex import keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Release, Track
    from pennywhistle.apps.intake.ern.order import Order
    from pennywhistle.apps.intake.ern.planning import Part
    from pennywhistle.engines.ddex import Finding


def known_recordings(order: Order, release: Release | None) -> dict[str, Recording]:
    """The recordings with a master that are known already, by reference within the message."""
    parts = order.heard.parts
    supplier_id = order.supplier.pk if release is None else release.supplier_id
    by_key = standings.recordings_by_key(
        order.supplier.pk, (key for part in parts for key in part.keys)
    )
    has_sound = Recording.objects.filter(master__isnull=False).select_related("master")
    rows = has_sound.in_bulk(by_key.values())
    isrcs = [part.planned.isrc for part in parts if part.planned.isrc]
    own = has_sound.filter(supplier_id=supplier_id, isrc__in=isrcs)
    by_isrc = {each.isrc: each for each in own}
    known = {}
    for part in parts:
        named = [rows[by_key[key]] for key in part.keys if by_key.get(key) in rows]
        if part.planned.isrc in by_isrc:
            # Two recordings of a supplier cannot have one ISRC.
            named.insert(0, by_isrc[part.planned.isrc])
        if named:
            known[part.reference] = named[0]
    if release is None or release.supplier_id == order.supplier.pk:
        return known
    on_it = set(release.tracks.values_list("recording_id", flat=True))
    return {reference: each for reference, each in known.items() if each.pk in on_it}


def needs_drawing(order: Order) -> bool:
    """Whether the message makes a release, or keeps one, that has no picture otherwise."""
    if not order.offers.grants or order.heard.cover is not None:
        return False
    known = standings.find(order.supplier.pk, keys_of(order.main)).row
    covers = Cover.objects.filter(release=known.release_id if known else None)
    if upc := order.plan.release.upc:
        # One that it delivered otherwise.
        covers |= Cover.objects.filter(release__supplier=order.supplier, release__upc=upc)
    if covers.exists():
        return False
    lacking = order.heard.lacking.keys()
    # A message that lacks a recording publishes nothing.
    return (
        not lacking or lacking <= known_recordings(order, known.release if known else None).keys()
    )


def write(
    order: Order, release: Release | None, recordings: Mapping[str, Recording], now: datetime
) -> tuple[Release, list[Track]]:
    parts = [_as_known(part, recordings.get(part.reference)) for part in order.heard.parts]
    cover = order.heard.cover or order.drawn
    if order.heard.cover is None and cover is not None and release is not None:
        # Somebody else may have brought one meanwhile.
        cover = None if Cover.objects.filter(release=release).exists() else cover
    planned = replace(
        order.plan.release,
        tracks=tuple(part.planned for part in parts),
        cover=cover,
        has_own_cover=order.heard.cover is not None,
        extras=extras_of(order.heard.extras, release),
    )
    written, tracks = write_release(
        planned,
        supplier=order.supplier,
        files=order.heard.files,
        known=release,
        now=now,
        recordings={
            part.planned.path: recordings[part.reference]
            for part in parts
            if part.reference in recordings
        },
    )
    standings.save_recording_keys(
        order.supplier.pk,
        [
            (key, track.recording_id)
            for part, track in zip(parts, tracks, strict=True)
            for key in part.keys
        ],
    )
    return written, tracks


def _as_known(part: Part, known: Recording | None) -> Part:
    """A part without a file lasts as long as its recording does."""
    if known is None or part.planned.sha256:
        return part
    return replace(part, planned=replace(part.planned, duration_ms=known.duration_ms))


def unmatched(order: Order, recordings: Mapping[str, Recording]) -> list[Finding]:
    return [
        stop(
            "recording-unknown",
            f"“{part.planned.title}” is not among the recordings that were delivered before.",
            "Name it by the ISRC that it had.",
            value=part.reference,
        )
        for part in order.heard.parts
        if part.reference not in recordings
    ]


def tracks_alike(
    order: Order, release: Release, recordings: Mapping[str, Recording]
) -> list[Track]:
    """Somebody else's tracks, in the order of the message's recordings."""
    by_recording = {track.recording_id: track for track in release.tracks.all()}
    standings.save_recording_keys(
        order.supplier.pk,
        [(key, recordings[part.reference].pk) for part in order.heard.parts for key in part.keys],
    )
    return [by_recording[recordings[part.reference].pk] for part in order.heard.parts]
