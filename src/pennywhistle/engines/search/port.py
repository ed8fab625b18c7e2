"""The port of a search index: put documents in, take them out, ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from pennywhistle.engines.search.query import Field, Query

# As many words of a text, and as many hits in order, as anybody reads.
words_per_document_max = 600
hits_max = 2_000
facet_values_max = 400


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


class Sort(StrEnum):
    """In which order hits come: what fits best; newest; most bought; cheapest; by name."""

    BEST = "best"
    NEW = "new"
    SALES = "sales"
    PRICE = "price"
    NAME = "name"


class How(StrEnum):
    """How hits hold the words of a search."""

    ALL = "all"
    # Some words are written a little differently.
    SLIPS = "slips"
    # One word is not there.
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Document:
    """Something to be found: its kind and id in the database, its texts, its fields.

    `release_id` is the release that it is sold with; None for a party. `marks` are what results
    are counted and narrowed by (`marks`). `areas` has a bit for each territory in which it, or
    anything of a party, is sold (`kernel.territories`); `price_micro` is the price in most of them.
    `buyers` is how many own it.
    """

    kind: Kind
    id: int
    release_id: int | None
    texts: Mapping[Text, str]
    fields: Mapping[Field, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    areas: int = 0
    price_micro: int = 0
    released_on: date | None = None
    buyers: int = 0

    @property
    def digest(self) -> int:
        """A number of 32 bits that differs for two documents in anything that they hold."""
        said = repr(
            (self.kind.value, self.id, self.release_id, sorted(self.texts.items()),
             sorted(self.fields.items()), self.marks, self.areas, self.price_micro,
             self.released_on, self.buyers)
        )  # fmt: skip
        return int.from_bytes(blake2b(said.encode("utf-8", "replace"), digest_size=4).digest())


@dataclass(frozen=True, slots=True)
class Ask:
    """Which hits of a search are wanted: of one kind, in an order, from `offset` on.

    `sold_in`: only what may be sold in that territory, and people of whom something may; None:
    everything on the shelves. `marks` narrow: of each facet one of its marks, if any is given.
    """

    kind: Kind
    limit: int
    offset: int = 0
    sold_in: str | None = None
    marks: tuple[str, ...] = ()
    sort: Sort = Sort.BEST
    counts_facets: bool = False
    # Somebody is still typing, and asks again with the next letter.
    is_typing: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found; the higher the rank, the better it fits."""

    kind: Kind
    id: int
    rank: float


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the hits of one kind, best first; `has_more` after it.

    `total` counts all of them, or is None where nobody counted. `facets` says how many hits have
    each mark.
    """

    hits: tuple[Hit, ...] = ()
    has_more: bool = False
    total: int | None = None
    facets: Mapping[str, int] = field(default_factory=dict)
    how: How = How.ALL


class IndexNotThereError(Exception):
    """There is no index to ask: it is being made, or was lost and is about to be."""

    code = "search-index-not-there"


class SearchIndex(Protocol):
    """An index; it may be lost and built again from the database at any time."""

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; the same kind and id again takes the old one's place."""

    def drop_release(self, release_id: int) -> None:
        """Take out a release and its tracks; what is not there is no error."""

    def drop_party(self, party_id: int) -> None:
        """Take out a party; what is not there is no error."""

    def clear(self) -> None:
        """Take out everything."""

    def find(self, query: Query, ask: Ask) -> Found:
        """The hits of one kind; nothing for an empty query.

        Raises IndexNotThereError.
        """
