"""What a release message says of its release, as the plan that a folder's tags would make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern.extras import (
    FRONT_COVER,
    NO_COVERS,
    Promised,
    files_for,
    promised_extras,
)
from pennywhistle.apps.intake.ern.notes import notice, stop
from pennywhistle.apps.intake.ern.people import (
    artists_of,
    credits_of,
    named,
    unknown_roles,
    writers_of,
)
from pennywhistle.apps.intake.ern.wording import best, first_title, is_explicit, released_on
from pennywhistle.apps.intake.limits import TRACKS_PER_RELEASE_MAX
from pennywhistle.apps.intake.report import PlannedRelease, PlannedTrack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from pennywhistle.engines.ddex import Finding, NewRelease
    from pennywhistle.engines.ddex.files import File
    from pennywhistle.engines.ddex.message import Group, Item, Release, Resource

_PLACE_MAX = 9_999
_ROLES_TOLD_MAX = 50
_MS_MAX = 2**31 - 1
_CHARS_MAX = 500
_ABOUT_CHARS_MAX = 10_000
_KEY_SCHEMES = ("isrc", "proprietary")
_SYNOPSIS = "synopsis"
_PRIMARY = frozenset({"recording", "video"})


@dataclass(frozen=True, slots=True)
class Part:
    """A track of the plan: its resource, the track releases about it, its keys and its files.

    `planned.path` is the resource's reference until its file is known.
    """

    reference: str
    releases: tuple[str, ...]
    keys: tuple[str, ...]
    files: tuple[File, ...]
    planned: PlannedTrack


@dataclass(frozen=True, slots=True)
class Plan:
    """The main release of a message, without its sound and its cover."""

    reference: str
    release: PlannedRelease
    parts: tuple[Part, ...]
    covers: tuple[File, ...]
    findings: tuple[Finding, ...]
    extras: tuple[Promised, ...] = ()


def plan_of(message: NewRelease, main: Release, *, supplier: str, today: date) -> Plan:
    """Plan the main release of a message; whatever the catalog has no place for is a finding."""
    resources = {resource.reference: resource for resource in message.contents.resources}
    findings: list[Finding] = []
    artists = artists_of(message, main.credits) or (supplier,)
    line = best(main.artist_names) or ", ".join(artists)
    parts = tuple(_parts(message, main, resources, line))
    if not parts:
        findings.append(
            stop(
                "no-recordings",
                "The release has no sound recording.",
                "List its recordings in its resource groups.",
                path=main.path,
            )
        )
    if len(parts) > TRACKS_PER_RELEASE_MAX:
        findings.append(
            stop(
                "too-many-tracks",
                f"It has {len(parts)} tracks; {TRACKS_PER_RELEASE_MAX} is the most.",
                "Send it as several releases.",
                path=main.path,
            )
        )
    findings += _repeated(parts)
    findings += _left_out(main, resources, parts)
    return Plan(
        reference=main.reference,
        release=_release(message, main, (artists, line), supplier, today),
        parts=parts,
        covers=tuple(_covers(resources)),
        findings=tuple(findings),
        extras=tuple(promised_extras(resources.values())),
    )


def _release(
    message: NewRelease,
    main: Release,
    sleeve: tuple[tuple[str, ...], str],
    supplier: str,
    today: date,
) -> PlannedRelease:
    artists, line = sleeve
    label = next((each for each in main.labels), None)
    genre = next((each.text for each in main.genres if each.text), "")
    return PlannedRelease(
        folder="",
        title=first_title(main.titles)[:_CHARS_MAX] or line[:_CHARS_MAX],
        artist_line=line[:_CHARS_MAX],
        artists=artists,
        label=((label.name or named(message, label.party)) if label else "")[:300] or supplier,
        upc=next((each.value for each in main.identities if each.scheme == "gtin"), ""),
        genre=genre[:80],
        released_on=released_on(message, main) or today,
        is_explicit=is_explicit(main.parental_warnings),
        about=best([text for text in main.texts if text.kind == _SYNOPSIS])[:_ABOUT_CHARS_MAX],
        tracks=(),
    )


def _parts(
    message: NewRelease, main: Release, resources: Mapping[str, Resource], line: str
) -> Iterator[Part]:
    about: dict[str, list[Release]] = {}
    for release in message.contents.releases:
        if release.is_track:
            for item in release.resources:
                about.setdefault(item.resource, []).append(release)
    for (disc, number), resource in _places(main, resources):
        called = first_title(resource.titles)[:_CHARS_MAX] or resource.reference[:_CHARS_MAX]
        single = about.get(resource.reference, ())
        # On this release it may be called otherwise.
        title = next(filter(None, (first_title(each.titles) for each in single)), called)
        iswcs = _iswcs(resource)
        isrcs = [each.value for each in resource.identities if each.scheme == "isrc"]
        yield Part(
            reference=resource.reference,
            releases=tuple(each.reference for each in single),
            keys=tuple(each.key for each in resource.identities if each.scheme in _KEY_SCHEMES),
            files=tuple(files_for(resource)),
            planned=PlannedTrack(
                path=resource.reference,
                sha256="",
                disc_number=disc,
                track_number=number,
                title=title[:_CHARS_MAX],
                recording_title=called,
                artists=artists_of(message, resource.credits) or (line,),
                isrc=next(filter(None, isrcs), ""),
                iswc=next(iter(iswcs), ""),
                further_iswcs=iswcs[1:],
                work_title=called,
                writers=writers_of(message, resource.credits),
                credits=credits_of(message, resource.credits),
                is_explicit=is_explicit(resource.parental_warnings),
                duration_ms=min(resource.duration_ms or 0, _MS_MAX),
                codec="",
                is_lossless=False,
            ),
        )


def _iswcs(resource: Resource) -> tuple[str, ...]:
    """The numbers of the works that a recording plays, each once."""
    numbers = (each.value for each in resource.works if each.scheme == "iswc" and each.value)
    return tuple(dict.fromkeys(numbers))


def _places(
    main: Release, resources: Mapping[str, Resource]
) -> Iterator[tuple[tuple[int, int], Resource]]:
    """Each recording once, with its disc and its number there."""
    discs = [[item for item in disc if _is_sound(item, resources)] for disc in _discs(main.groups)]
    discs = [disc for disc in discs if disc]
    if not discs:
        discs = [[item for item in main.resources if _is_sound(item, resources)]]
    met: set[str] = set()
    for number, disc in enumerate(discs[:_PLACE_MAX], start=1):
        new = [item for item in disc if item.resource not in met]
        new = list({item.resource: item for item in new}.values())
        met |= {item.resource for item in new}
        for place, item in zip(_numbers(new), new, strict=True):
            yield (number, place), resources[item.resource]


def _is_sound(item: Item, resources: Mapping[str, Resource]) -> bool:
    resource = resources.get(item.resource)
    return resource is not None and resource.kind == "recording"


def _discs(groups: Sequence[Group]) -> Iterator[Sequence[Item]]:
    for group in groups:
        if group.items:
            yield group.items
        yield from _discs(group.groups)


def _numbers(items: Sequence[Item]) -> list[int]:
    """The sender's numbers where they are whole and differ, or else those of the order."""
    given = [item.sequence or 0 for item in items]
    if len(set(given)) == len(given) and all(0 < number <= _PLACE_MAX for number in given):
        return given
    return list(range(1, len(items) + 1))


def _covers(resources: Mapping[str, Resource]) -> Iterator[File]:
    """Files of pictures that may be the cover, front covers first."""
    pictures = [
        resource
        for resource in resources.values()
        if resource.kind == "image" and NO_COVERS.isdisjoint(map(str, resource.types))
    ]
    pictures.sort(key=lambda each: all(str(word) != FRONT_COVER for word in each.types))
    for picture in pictures:
        yield from files_for(picture)


def _repeated(parts: Sequence[Part]) -> Iterator[Finding]:
    """Two recordings under one ISRC: the second would take the place of the first."""
    met: dict[str, str] = {}
    for part in parts:
        isrc = part.planned.isrc
        if isrc and isrc in met:
            yield stop(
                "isrc-twice",
                f"“{met[isrc]}” and “{part.planned.title}” are different recordings with the "
                f"ISRC {isrc}.",
                "Give each recording the ISRC that is its own.",
                value=isrc,
            )
        met.setdefault(isrc, part.planned.title)


def _left_out(
    main: Release, resources: Mapping[str, Resource], parts: Sequence[Part]
) -> Iterator[Finding]:
    """What the message says and the catalog has no place for, or what it leaves open."""
    planned = {part.reference for part in parts}
    for resource in resources.values():
        if resource.kind in _PRIMARY and resource.reference not in planned:
            yield notice(
                "resource-left-out",
                f"{first_title(resource.titles) or resource.reference} is a {resource.kind} that "
                "is not among the release's sound recordings. It is not published.",
                path=resource.path,
                value=resource.reference,
            )
        if len(_iswcs(resource)) > 1:
            yield notice(
                "works-unparted",
                "The recording plays several works, and nothing says how much of it each takes "
                "up. Each is taken for an even part, and by unknown writers.",
                path=resource.path,
                cure="Send a works file with the parts.",
            )
    for line in main.lines:
        yield notice(
            "line-not-shown",
            f"The {line.kind} line is kept with the message and not shown in the shop.",
            path=main.path,
            value=line.text,
        )
    credited = [each for resource in resources.values() for each in resource.credits]
    for role in sorted(set(unknown_roles((*main.credits, *credited))))[:_ROLES_TOLD_MAX]:
        yield notice(
            "role-unknown",
            f"The catalog has no word for the role {role}. Whoever has it is not credited.",
            value=role,
        )
