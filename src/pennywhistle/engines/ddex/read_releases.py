"""Releases, track releases and the order of what is on them, as all versions write them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.message import Group, Item, Release
from pennywhistle.engines.ddex.read_parties import read_identity_parts
from pennywhistle.engines.ddex.read_resources import layers_of, read_relations, read_warnings
from pennywhistle.engines.ddex.read_things import (
    read_credits,
    read_dates,
    read_genres,
    read_labels,
    read_lines,
    read_titles,
)
from pennywhistle.engines.ddex.reading import kebab

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.reading import Layer, Reader
    from pennywhistle.engines.ddex.things import Text, Where, Word
    from pennywhistle.engines.ddex.tree import Node

_TRACK = "TrackRelease"
# From 4.3.2: a part of a recording as a product of its own.
_CLIP = "ClipRelease"
_TEXTS = (
    "Keywords",
    "Synopsis",
    "MarketingComment",
    "TargetURL",
    "VersionType",
    "ResourceOmissionReason",
    "HiResMusicDescription",
    "RightsAgreementId",
    "Raga",
    "Tala",
    "Deity",
    "FileAvailabilityDescription",
    "NumberOfUnitsPerPhysicalRelease",
)
_LANGUAGES = ("LanguageOfPerformance", "LanguageOfDubbing", "SubTitleLanguage")


def read_releases(reader: Reader, node: Node) -> tuple[Release, ...]:
    """Everything in a ReleaseList, in the order of the file."""
    children = node.take_any(("Release", _TRACK, _CLIP))
    said_main = [reader.flag_attribute(child, "IsMainRelease") for child in children]
    releases = [_release(reader, child) for child in children]
    if any(said_main):
        pairs = zip(releases, said_main, strict=True)
        return tuple(replace(release, is_main=bool(said)) for release, said in pairs)
    return tuple(releases)


def _release(reader: Reader, node: Node) -> Release:
    layers = layers_of(reader, node, "DetailsByTerritory")
    types = tuple(
        word
        for layer, _ in layers
        for word in reader.words(layer, ("ReleaseType",), "release-type")
    )
    # ERN 3 marks a track by its type, ERN 4 by the element.
    is_track = node.name == _TRACK or any(word.value.endswith(_TRACK) for word in types)
    return Release(
        path=node.path,
        line=node.line,
        reference=reader.text(node, "ReleaseReference"),
        # Unless some release says that it is the main one.
        is_main=not is_track and node.name != _CLIP,
        is_track=is_track,
        is_clip=node.name == _CLIP,
        types=types,
        identities=read_identity_parts(reader, node, ("ReleaseId",)),
        titles=read_titles(reader, layers),
        artist_names=reader.sayings(layers, ("DisplayArtistName",)),
        credits=read_credits(reader, layers),
        labels=read_labels(reader, layers),
        lines=read_lines(reader, layers),
        genres=read_genres(reader, layers),
        dates=read_dates(reader, layers),
        parental_warnings=read_warnings(reader, layers),
        languages=reader.sayings(layers, _LANGUAGES),
        texts=reader.sayings(layers, _TEXTS),
        relations=read_relations(reader, layers),
        resources=_resources(reader, node),
        groups=tuple(
            _group(reader, child, where)
            for layer, where in layers
            for child in layer.take("ResourceGroup")
        ),
        visibilities=reader.texts(node, "ReleaseVisibilityReference"),
        duration_ms=reader.duration_ms(node),
        language=node.take_attribute("LanguageAndScriptCode"),
        marks=tuple(mark for layer, _ in layers for mark in reader.marks(layer)),
    )


def _resources(reader: Reader, node: Node) -> tuple[Item, ...]:
    """ERN 3's list of resources; ERN 4's one resource of a track."""
    listed = [
        child
        for part in node.take("ReleaseResourceReferenceList")
        for child in part.take("ReleaseResourceReference")
    ]
    own = node.take("ReleaseResourceReference")
    linked = _linked(reader, node)
    items = [_plain_item(reader, child) for child in [*listed, *own]]
    if linked:
        items.append(Item("", linked=linked))
    return tuple(items)


def _plain_item(reader: Reader, node: Node) -> Item:
    kind = reader.word_attribute(node, "ReleaseResourceType", "release-resource-type")
    return Item(node.take_text(), kind=kind)


def _linked(reader: Reader, node: Node) -> tuple[Text, ...]:
    return tuple(
        reader.said(child, kebab(child.take_attribute("LinkDescription") or "Linked"), None)
        for child in node.take("LinkedReleaseResourceReference")
    )


def _group(reader: Reader, node: Node, where: Where | None) -> Group:
    layers: Iterable[Layer] = [(node, where)]
    return Group(
        kind=reader.word_attribute(node, "ResourceGroupType", "group-type"),
        sequence=reader.whole(node, "SequenceNumber"),
        titles=read_titles(reader, layers),
        items=tuple(_item(reader, child) for child in node.take("ResourceGroupContentItem")),
        groups=tuple(_group(reader, child, where) for child in node.take("ResourceGroup")),
        credits=read_credits(reader, layers),
        linked=_linked(reader, node),
        release=reader.text(node, "ResourceGroupReleaseReference"),
        identities=read_identity_parts(reader, node, ("ReleaseId",)),
        carriers=reader.words(node, ("CarrierType",), "carrier"),
        marks=reader.marks(node),
        duration_ms=reader.duration_ms(node),
        display_sequence=reader.text(node, "DisplaySequence"),
        where=where,
    )


def _item(reader: Reader, node: Node) -> Item:
    resource = node.take_one("ReleaseResourceReference")
    kind: Word | None = None
    if resource is not None:
        kind = reader.word_attribute(resource, "ReleaseResourceType", "release-resource-type")
    return Item(
        resource=resource.take_text() if resource is not None else "",
        sequence=reader.whole(node, "SequenceNumber"),
        sub_sequence=reader.whole(node, "SequenceSubNumber"),
        display_sequence=reader.text(node, "DisplaySequence"),
        kind=kind,
        types=reader.words(node, ("ResourceType",)),
        linked=_linked(reader, node),
        release=reader.text(node, "ResourceGroupContentItemReleaseReference"),
        identities=read_identity_parts(reader, node, ("ReleaseId",)),
        marks=reader.marks(node),
        duration_ms=reader.duration_ms(node),
    )
