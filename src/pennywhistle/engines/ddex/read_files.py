"""Technical details: files, digests, codecs and clips, as all versions write them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.files import Clip, Delivered, File, Hash, Property
from pennywhistle.engines.ddex.reading import kebab
from pennywhistle.engines.ddex.things import Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.reading import Layer, Reader
    from pennywhistle.engines.ddex.things import Mark, Where
    from pennywhistle.engines.ddex.tree import Node

_TECHNICAL = (
    "TechnicalDetails",
    "TechnicalSoundRecordingDetails",
    "TechnicalVideoDetails",
    "TechnicalImageDetails",
    "TechnicalTextDetails",
    "TechnicalSheetMusicDetails",
    "TechnicalSoftwareDetails",
    "TechnicalMidiDetails",
    "TechnicalUserDefinedDetails",
    "TechnicalUserDefinedResourceDetails",
)
# Composites, and what has its own place.
_NOT_PROPERTIES = frozenset({"File", "DeliveryFile", "ClipDetails", "PreviewDetails", "Timing"})


def read_delivered(reader: Reader, layers: Iterable[Layer]) -> tuple[Delivered, ...]:
    """All technical forms of a resource or an edition.

    From 4.3 one composite can hold several files of different kinds; each becomes one form.
    """
    found: list[Delivered] = []
    for node, where in layers:
        for child in node.take_any(_TECHNICAL):
            found.extend(_forms(reader, child, where))
    return tuple(found)


def _forms(reader: Reader, node: Node, inherited: Where | None) -> list[Delivered]:
    reference = reader.text(node, "TechnicalResourceDetailsReference")
    where = reader.where_attribute(node, inherited)
    is_default = reader.flag_attribute(node, "IsDefault")
    language = node.take_attribute("LanguageAndScriptCode")
    clips = tuple(
        _clip(reader, child) for child in node.take_any(("ClipDetails", "PreviewDetails"))
    )
    forms = [
        Delivered(
            reference,
            reader.word_or_none(child, "Type", "file-type"),
            _files(reader, child),
            *_facts(reader, child),
            where=where,
            is_default=is_default,
            language=language,
        )
        for child in node.take("DeliveryFile")
    ]
    own_files = _files(reader, node)
    duration_ms = reader.duration_ms(node)
    properties, marks = read_properties(node), reader.marks(node)
    if forms and not own_files and not properties and duration_ms is None:
        forms[0] = replace(forms[0], clips=clips, marks=forms[0].marks + marks)
        return forms
    own = Delivered(
        reference,
        None,
        own_files,
        properties,
        clips,
        marks,
        duration_ms,
        where,
        is_default,
        language,
    )
    return [own, *forms]


def _facts(
    reader: Reader, node: Node
) -> tuple[tuple[Property, ...], tuple[Clip, ...], tuple[Mark, ...], int | None]:
    duration_ms = reader.duration_ms(node)
    return read_properties(node), (), reader.marks(node), duration_ms


def read_properties(node: Node) -> tuple[Property, ...]:
    """Every part left that is a plain value: codecs, rates, sizes."""
    found: list[Property] = []
    for name in [name for name in node.parts if name not in _NOT_PROPERTIES]:
        if name.startswith(("Is", "Has")) or any(child.parts for child in node.parts[name]):
            continue
        found.extend(_property(child) for child in node.take(name))
    return tuple(found)


def _property(node: Node) -> Property:
    return Property(
        kebab(node.name),
        node.take_text(),
        node.take_attribute("UnitOfMeasure"),
        node.take_attribute("UserDefinedValue"),
        node.take_attribute("Namespace"),
    )


def _files(reader: Reader, node: Node) -> tuple[File, ...]:
    return tuple(_file(reader, child) for child in node.take("File"))


def _file(reader: Reader, node: Node) -> File:
    """ERN 3 has a path and a name, or an address; ERN 4 has a URI, mostly a path too."""
    folder, name = reader.text(node, "FilePath"), reader.text(node, "FileName")
    given = f"{folder.rstrip('/')}/{name}" if folder and name else name or folder
    # Asked one after the other: what is not used is not taken, and will be listed.
    given = given or reader.text(node, "URI") or reader.text(node, "URL")
    digests = [read_hash(reader, child) for child in node.take("HashSum")]
    size_bytes = reader.text(node, "FileSize")
    return File(given, digests[0] if digests else None, size_bytes, "://" in given)


def read_hash(reader: Reader, node: Node) -> Hash:
    """A digest: Algorithm and HashSumValue (ERN 4), HashSumAlgorithmType and HashSum (ERN 3)."""
    algorithms = reader.words(node, ("Algorithm", "HashSumAlgorithmType"), "hash-algorithm")
    value = reader.text(node, "HashSumValue") or reader.text(node, "HashSum")
    data_type = reader.text(node, "DataType") or reader.text(node, "HashSumDataType")
    return Hash(algorithms[0] if algorithms else Word(""), value, data_type)


def _clip(reader: Reader, node: Node) -> Clip:
    """ERN 3 and 4.1 write times into PreviewDetails; 4.3 into the Timing of ClipDetails."""
    timing = node.take_one("Timing") or node
    clip_type = reader.text(node, "ClipType") or reader.text(node, "PartType")
    return Clip(
        clip_type or "Preview",
        reader.text(node, "TechnicalResourceDetailsReference"),
        reader.text(timing, "StartPoint"),
        reader.text(timing, "EndPoint"),
        reader.duration_ms(timing, "DurationUsed" if timing is not node else "Duration"),
        reader.word_or_none(node, "ExpressionType", "expression"),
        read_properties(node),
        tuple(file for child in node.take("DeliveryFile") for file in _files(reader, child)),
    )


def read_timings(reader: Reader, node: Node) -> tuple[Clip, ...]:
    """The stretches of another resource that a relation speaks of."""
    return tuple(
        Clip(
            "Timing",
            "",
            reader.text(child, "StartPoint"),
            reader.text(child, "EndPoint"),
            reader.duration_ms(child, "DurationUsed"),
        )
        for child in node.take("Timing")
    )
