"""Reads a message that the store wrote back into the facts that it was written from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.write_facts import (
    Done,
    Enclosed,
    Line,
    Number,
    Picture,
    Played,
    ReleaseFacts,
    Sale,
    Somebody,
    Sound,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex import NewRelease
    from pennywhistle.engines.ddex.message import Item, Release, Resource
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.engines.ddex.terms import Deal
    from pennywhistle.engines.ddex.things import Credit, Identity, Text, Word
    from pennywhistle.engines.ddex.things import Line as Said

_OWN_IDS = {"proprietary", "catalog-number"}


def facts_of(message: NewRelease) -> ReleaseFacts:
    """The release of a message, with all that the writer's facts can say of it."""
    contents = message.contents
    main = contents.main
    assert main is not None
    (disc_group,) = main.groups
    places = {
        item.resource: (group.sequence or 0, item)
        for group in disc_group.groups
        for item in group.items
    }
    tracks = {
        item.resource: release
        for release in contents.releases
        if release.is_track
        for item in release.resources
    }
    recordings = [one for one in contents.resources if one.kind == "recording"]
    pictures = [
        one
        for one in contents.resources
        if one.kind == "image" and one.types[0].value == "FrontCoverImage"
    ]
    enclosed = [
        one for one in contents.resources if one.kind in {"image", "text"} and one not in pictures
    ]
    order = {tracks[one.reference].reference: place for place, one in enumerate(recordings)}
    shown = [date for visibility in contents.visibilities for date in visibility.dates]
    return ReleaseFacts(
        numbers=_numbers(main.identities),
        kind=_said(main.types[0]),
        title=_title(main),
        artist_line=main.artist_names[0].value,
        artists=_done(message, main.credits, "display-artist"),
        label=_somebody(message, main.labels[0].party),
        released_on=date.fromisoformat(main.dates[0].moment.raw),
        tracks=tuple(
            _played(message, one, places[one.reference], tracks[one.reference])
            for one in recordings
        ),
        genre=main.genres[0].text,
        about=_first(main.texts, "synopsis"),
        is_explicit=main.parental_warnings[0].value == "Explicit",
        cover=_picture(pictures[0]) if pictures else None,
        sales=tuple(_sale(deal, order) for deal in contents.deals),
        shown_from=shown[0].moment.starts_at(UTC) if shown else None,
        language=contents.language,
        enclosed=tuple(
            _enclosed(one) for one in sorted(enclosed, key=lambda each: int(each.reference[1:]))
        ),
        lines=_lines(main.lines),
    )


def _played(
    message: NewRelease, recording: Resource, place: tuple[int, Item], track: Release
) -> Played:
    (edition,) = recording.editions
    own_id = _numbers(track.identities)[0]
    numbers = _numbers(edition.identities)
    assert recording.duration_ms is not None
    return Played(
        disc_number=place[0],
        track_number=place[1].sequence or 0,
        title=_title(recording),
        artist_line=recording.artist_names[0].value,
        artists=_done(message, recording.credits, "display-artist"),
        numbers=() if numbers == (own_id,) else numbers,
        own_id=own_id,
        duration_ms=recording.duration_ms,
        is_explicit=recording.parental_warnings[0].value == "Explicit",
        place_title=_title(track),
        contributors=_done(message, recording.credits, "contributor"),
        work_numbers=_numbers(recording.works),
        sound=_sound(recording),
        lines=_lines(edition.lines),
    )


def _lines(said: Iterable[Said]) -> tuple[Line, ...]:
    return tuple(
        Line(
            line.kind,
            line.text,
            line.year,
            line.company,
            line.where.included[0] if line.where else "",
            line.language,
        )
        for line in said
    )


def _sound(recording: Resource) -> Sound | None:
    delivered = recording.editions[0].delivered
    if not delivered:
        return None
    (form,) = delivered
    said = {one.name: one.own or one.value for one in form.properties}
    (file,) = form.files
    assert file.hash is not None
    assert file.hash.algorithm.value == "SHA-256"
    return Sound(
        path=file.name,
        sha256=file.hash.value,
        size_bytes=int(file.size_bytes),
        codec=said["audio-codec-type"],
        container=said.get("container-format", ""),
        channel_count=_whole(said.get("number-of-channels")),
        sample_rate_hz=_whole(said.get("sampling-rate")),
        bits_per_sample=_whole(said.get("bits-per-sample")),
    )


def _picture(image: Resource) -> Picture:
    (form,) = image.editions[0].delivered
    said = {one.name: one.own or one.value for one in form.properties}
    (file,) = form.files
    assert file.hash is not None
    return Picture(
        path=file.name,
        sha256=file.hash.value,
        size_bytes=int(file.size_bytes),
        codec=said["image-codec-type"],
        width_px=int(said["image-width"]),
        height_px=int(said["image-height"]),
    )


def _enclosed(resource: Resource) -> Enclosed:
    (form,) = resource.editions[0].delivered
    said = {one.name: one.own or one.value for one in form.properties}
    (file,) = form.files
    assert file.hash is not None
    return Enclosed(
        kind=resource.types[0].value,
        title=_title(resource),
        path=file.name,
        sha256=file.hash.value,
        size_bytes=int(file.size_bytes),
        codec=said[f"{resource.kind}-codec-type"],
        is_picture=resource.kind == "image",
    )


def _sale(deal: Deal, order: dict[str, int]) -> Sale:
    (span,) = deal.spans
    prices = {price.kind: price for price in deal.prices}
    assert span.starts is not None
    assert deal.where.territories is not None
    return Sale(
        items=tuple(order.get(reference) for reference in deal.releases),
        territories=deal.where.territories,
        starts=_moment(span.starts),
        ends=_moment(span.ends) if span.ends else None,
        code=prices["code"].code if "code" in prices else "",
        wholesale=prices["wholesale"].money if "wholesale" in prices else None,
        suggested=prices["suggested-retail"].money if "suggested-retail" in prices else None,
        is_pre_order=deal.is_marked("is-pre-order-deal"),
    )


def _moment(moment: Moment) -> date | datetime:
    if moment.is_day:
        return date.fromisoformat(moment.raw)
    return datetime.fromisoformat(moment.raw)


def _done(message: NewRelease, written: Iterable[Credit], kind: str) -> tuple[Done, ...]:
    found = sorted(
        (credit for credit in written if credit.kind == kind),
        key=lambda credit: credit.sequence or 0,
    )
    return tuple(
        Done(_somebody(message, credit.party), tuple(map(_said, credit.roles))) for credit in found
    )


def _somebody(message: NewRelease, reference: str) -> Somebody:
    party = message.envelope.parties[reference]
    return Somebody(party.name, _numbers(party.identities))


def _numbers(identities: Iterable[Identity]) -> tuple[Number, ...]:
    return tuple(
        Number(
            identity.scheme,
            identity.value,
            identity.namespace if identity.scheme in _OWN_IDS else "",
        )
        for identity in identities
    )


def _said(word: Word) -> str:
    return word.own or word.value


def _title(thing: Release | Resource) -> str:
    shown = [title.text for title in thing.titles]
    # In one piece and in parts they are the same.
    assert len(list(groupby(shown))) <= 1
    return shown[0] if shown else ""


def _first(texts: Iterable[Text], kind: str) -> str:
    return next((one.value for one in texts if one.kind == kind), "")


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)
