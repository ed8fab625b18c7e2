"""Which index this store searches, by its setting: a folder of this machine, or the database."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.discovery.index import INDEX
from pennywhistle.engines.search.folder import FolderIndex, Places

if TYPE_CHECKING:
    from pennywhistle.engines.search import Ask, Found, Query

# The value of PENNYWHISTLE_SEARCH_URL that stands for the store's own database.
DATABASE = "postgres"


def is_in_database() -> bool:
    """Whether the index is the one in the database."""
    return bool(settings.SEARCH_URL == DATABASE)


def places() -> Places:
    """The folder of this machine's index."""
    return Places(Path(settings.SEARCH_URL or Path(settings.DATA) / "search").absolute())


@cache
def _folder_index(found: Places) -> FolderIndex:
    return FolderIndex(found)


def folder_index() -> FolderIndex:
    """This machine's index, which its process keeps open."""
    return _folder_index(places())


def find(query: Query, ask: Ask) -> Found:
    """Ask the store's index; see the port. Raises IndexNotThereError."""
    return INDEX.find(query, ask) if is_in_database() else folder_index().find(query, ask)
