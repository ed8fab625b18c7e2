"""Files, technical forms, clips of resources, and ties between them, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.things import Dated, Identity, Mark, Title, Where, Word


@dataclass(frozen=True, slots=True)
class Property:
    """A technical fact: bits-per-sample 24, sampling-rate 44.1 kHz, ..."""

    name: str
    value: str
    unit: str = ""
    own: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Hash:
    """A file's digest as written; `algorithm` as DDEX names it."""

    algorithm: Word
    value: str
    data_type: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that belongs to a resource; `name` is its path within the delivery, or an address."""

    name: str
    hash: Hash | None = None
    size_bytes: str = ""
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of a resource: where it starts and ends, in seconds, and how long it takes."""

    kind: str
    reference: str = ""
    start_s: str = ""
    end_s: str = ""
    duration_ms: int | None = None
    expression: Word | None = None
    properties: tuple[Property, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """One technical form of an edition: its files, what is said of them, and clips of it."""

    reference: str
    kind: Word | None
    files: tuple[File, ...]
    properties: tuple[Property, ...] = ()
    clips: tuple[Clip, ...] = ()
    marks: tuple[Mark, ...] = ()
    duration_ms: int | None = None
    where: Where | None = None
    is_default: bool | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A tie to another resource or release: by identifier, or by its reference."""

    kind: Word
    subject: str
    reference: str = ""
    identities: tuple[Identity, ...] = ()
    titles: tuple[Title, ...] = ()
    spans: tuple[Clip, ...] = ()
    dates: tuple[Dated, ...] = ()
    where: Where | None = None
