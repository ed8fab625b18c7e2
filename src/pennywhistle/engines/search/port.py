"""The port of a search index: put documents in, take them out, ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pennywhistle.engines.search.query import Field, Query


class Kind(StrEnum):
    """What can be found."""

    RELEASE = "release"
    TRACK = "track"
    PARTY = "party"


class Text(StrEnum):
    """How much a text of a document counts, from its own name to words about it."""

    NAME = "A"
    MAKER = "B"
    PLACE = "C"
    ABOUT = "D"


@dataclass(frozen=True, slots=True)
class Document:
    """Something to be found: its kind and id in the database, its texts, its fields.

    `release_id` is the release that it is sold with; None for a party.
    """

    kind: Kind
    id: int
    release_id: int | None
    texts: Mapping[Text, str]
    fields: Mapping[Field, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found; the higher the rank, the better it fits."""

    kind: Kind
    id: int
    rank: float


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the hits of one kind, best first; `has_more` after it."""

    hits: tuple[Hit, ...]
    has_more: bool


class SearchIndex(Protocol):
    """An index; it may be lost and built again from the database at any time."""

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; the same kind and id again takes the old one's place."""

    def drop_release(self, release_id: int) -> None:
        """Take out a release and its tracks; what is not there is no error."""

    def clear(self) -> None:
        """Take out everything."""

    def find(
        self, query: Query, kind: Kind, *, offset: int, limit: int, sold_in: str | None = None
    ) -> Found:
        """The hits of one kind from `offset` on; nothing for an empty query.

        Only what may be sold in the territory `sold_in`, and people of whom something may.
        """
