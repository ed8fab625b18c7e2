"""The popular names of this machine: written beside the index, read by its web processes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy

from pennywhistle.apps.discovery.searching.chosen import folder_index, places
from pennywhistle.engines.search import Kind
from pennywhistle.engines.search.folder.schema import KINDS, schema
from pennywhistle.engines.search.marks import mask_of
from pennywhistle.engines.search.popular import Name, PopularNames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Of each kind; by two letters that is more than is ever shown.
names_per_kind_max = 20_000
_KINDS = (Kind.PARTY, Kind.RELEASE)


def write_popular_names() -> int:
    """Find the most bought names in the index, and keep them; answers how many.

    Raises IndexNotThereError.
    """
    names = [name for kind in _KINDS for name in _most_bought(kind)]
    target = places().popular
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(PopularNames.of(names).to_json(), encoding="utf-8")
    draft.replace(target)
    return len(names)


def _most_bought(kind: Kind) -> Iterator[Name]:
    searcher = folder_index().searcher()
    query = tantivy.Query.term_query(schema(), "kind", KINDS[kind])
    hits = searcher.search(query, names_per_kind_max, order_by_field="buyers").hits
    spots = [place for _, place in hits]
    ids = searcher.fast_field_values("id", spots)
    buyers = searcher.fast_field_values("buyers", spots)
    for at, place in enumerate(spots):
        document = searcher.doc(place)
        name = str(document.get_first("shown") or "")
        areas = mask_of(str(document.get_first("area") or ""))
        yield Name(kind, int(ids[at] or 0), name, int(buyers[at] or 0), areas)


@dataclass(slots=True)
class _Read:
    """The names as they were read, until the file changes."""

    stamp: int = -1
    names: PopularNames | None = None


_READ: dict[Path, _Read] = {}


def popular_names() -> PopularNames:
    """The popular names; none where none were kept yet."""
    path = places().popular
    read = _READ.setdefault(path, _Read())
    try:
        stamp = path.stat().st_mtime_ns
        if read.names is None or stamp != read.stamp:
            read.names = PopularNames.from_json(path.read_text(encoding="utf-8"))
            read.stamp = stamp
    except (OSError, ValueError):
        return PopularNames({})
    return read.names
