"""Resources: recordings, videos, pictures and texts, as all versions write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.files import Relation
from pennywhistle.engines.ddex.message import Edition, Resource
from pennywhistle.engines.ddex.read_files import read_delivered, read_timings
from pennywhistle.engines.ddex.read_parties import read_identities, read_identity_parts
from pennywhistle.engines.ddex.read_things import (
    read_controls,
    read_credits,
    read_dates,
    read_genres,
    read_labels,
    read_lines,
    read_titles,
)
from pennywhistle.engines.ddex.things import Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.reading import Layer, Reader
    from pennywhistle.engines.ddex.things import Text
    from pennywhistle.engines.ddex.tree import Node

# DDEX's name of a resource, ours, and the field of its type's allowed values ("" if not checked).
_KINDS = {
    "SoundRecording": ("recording", "recording-type"),
    "Video": ("video", "video-type"),
    "Image": ("image", "image-type"),
    "Text": ("text", "text-type"),
    "SheetMusic": ("sheet-music", ""),
    "Software": ("software", ""),
    "MIDI": ("midi", ""),
    "UserDefinedResource": ("other", ""),
}
_TEXTS = (
    "Description",
    "Synopsis",
    "Keywords",
    "MarketingComment",
    "InstrumentationDescription",
    "HostSoundCarrier",
    "ExternalResourceLink",
    "TargetURL",
    "Raga",
    "Tala",
    "Deity",
    "VersionType",
    "CompositeMusicalWorkType",
    "RightsAgreementId",
    "HiResMusicDescription",
    "VideoCueSheetReference",
    "VideoChapterReference",
    "AudioChapterReference",
    "TerritoryOfCommissioning",
)
_LANGUAGES = ("LanguageOfPerformance", "LanguageOfDubbing", "SubTitleLanguage", "LanguageOfLyrics")


def read_resources(reader: Reader, node: Node) -> tuple[Resource, ...]:
    """Everything in a ResourceList, in the order of the file."""
    return tuple(_resource(reader, child) for child in node.take_any(tuple(_KINDS)))


def layers_of(reader: Reader, node: Node, suffix: str) -> list[Layer]:
    """The node itself, and in ERN 3 its details by territory, each with its territories."""
    layers: list[Layer] = [(node, None)]
    names = tuple(name for name in node.parts if name.endswith(suffix))
    layers.extend((child, reader.where(child)) for child in node.take_any(names))
    return layers


def _resource(reader: Reader, node: Node) -> Resource:
    kind, field = _KINDS[node.name]
    layers = layers_of(reader, node, "DetailsByTerritory")
    editions = _editions(reader, node, layers)
    return Resource(
        path=node.path,
        line=node.line,
        kind=kind,
        reference=reader.text(node, "ResourceReference"),
        types=reader.words(node, ("Type", f"{node.name}Type", "MidiType"), field),
        editions=editions,
        titles=read_titles(reader, layers),
        artist_names=reader.sayings(layers, ("DisplayArtistName",)),
        credits=read_credits(reader, layers),
        controls=read_controls(reader, layers),
        works=read_identity_parts(reader, node, _work_names(node)),
        lines=read_lines(reader, layers),
        labels=read_labels(reader, layers),
        genres=read_genres(reader, layers),
        dates=read_dates(reader, layers),
        parental_warnings=read_warnings(reader, layers),
        languages=reader.sayings(layers, _LANGUAGES),
        texts=reader.sayings(layers, _TEXTS),
        relations=read_relations(reader, layers),
        duration_ms=reader.duration_ms(node),
        language=node.take_attribute("LanguageAndScriptCode"),
        sequence=_sequence(reader, layers),
        marks=tuple(mark for layer, _ in layers for mark in reader.marks(layer)),
    )


def _work_names(node: Node) -> tuple[str, ...]:
    """WorkId in ERN 4; IndirectSoundRecordingId, IndirectVideoId, ... in ERN 3."""
    return tuple(name for name in node.parts if name == "WorkId" or name.startswith("Indirect"))


def _sequence(reader: Reader, layers: Iterable[Layer]) -> int | None:
    found = [reader.whole(node, "SequenceNumber") for node, _ in layers]
    return next((number for number in found if number is not None), None)


def _editions(reader: Reader, node: Node, layers: list[Layer]) -> tuple[Edition, ...]:
    """4.3's editions; for what stands in the resource itself (all before 4.3) one more, first."""
    own_names = tuple(
        name
        for name in node.parts
        if name.endswith("Id") and name != "WorkId" and not name.startswith(("Indirect", "Rights"))
    )
    identities = read_identity_parts(reader, node, own_names)
    delivered = read_delivered(reader, layers)
    mode = reader.words(node, ("AudioChannelConfiguration", "RecordingMode", "RecordingFormat"))
    editions = [
        Edition(
            reader.word_or_none(child, "Type", "edition-type"),
            read_identity_parts(reader, child, ("ResourceId",)),
            read_lines(reader, [(child, None)]),
            read_credits(reader, [(child, None)], ("EditionContributor",)),
            read_delivered(reader, [(child, None)]),
            reader.word_or_none(child, "RecordingMode"),
        )
        for child in node.take(f"{node.name}Edition")
    ]
    if identities or delivered or mode or not editions:
        own = Edition(None, identities, (), (), delivered, mode[0] if mode else None)
        editions.insert(0, own)
    return tuple(editions)


def read_warnings(reader: Reader, layers: Iterable[Layer]) -> tuple[Text, ...]:
    """Parental warnings, each for its territories."""
    found: list[Text] = []
    for node, where in layers:
        for child in node.take("ParentalWarningType"):
            reader.check_value(child, "parental-warning", child.text)
            found.append(reader.said(child, "parental-warning", where))
    return tuple(found)


def read_relations(reader: Reader, layers: Iterable[Layer]) -> tuple[Relation, ...]:
    """Ties to other releases and resources."""
    return tuple(
        _relation(reader, child, layer)
        for layer in layers
        for child in layer[0].take_any(("RelatedRelease", "RelatedResource"))
    )


def _relation(reader: Reader, node: Node, layer: Layer) -> Relation:
    subject = "release" if node.name == "RelatedRelease" else "resource"
    own: list[Layer] = [(node, layer[1])]
    own.extend(layers_of(reader, node, "SummaryDetailsByTerritory")[1:])
    kinds = reader.words(
        node, ("ReleaseRelationshipType", "ResourceRelationshipType"), f"{subject}-relationship"
    )
    return Relation(
        kinds[0] if kinds else Word(""),
        subject,
        reader.text(node, "ResourceRelatedResourceReference"),
        tuple(
            identity
            for child in node.take_any(("ReleaseId", "ResourceId"))
            for identity in read_identities(reader, child)
        ),
        read_titles(reader, own),
        read_timings(reader, node),
        read_dates(reader, own),
        layer[1],
    )
