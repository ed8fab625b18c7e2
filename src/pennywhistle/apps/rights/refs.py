"""How items are named: by their ids in the database, and by their refs in sales and in the log."""

from __future__ import annotations

from dataclasses import dataclass

from pennywhistle.apps.catalog.models import Release, Track


@dataclass(frozen=True, slots=True)
class ItemRef:
    """A release, or one track of it, by their ids in the database."""

    release_id: int
    track_id: int | None = None


def release_ref(public_id: str) -> str:
    """A release's name in sales and in the log."""
    return f"release:{public_id}"


def track_ref(public_id: str) -> str:
    """A track's name in sales and in the log."""
    return f"track:{public_id}"


def item_ref_of(thing: Release | Track) -> ItemRef:
    """The reference of a catalog row."""
    return ItemRef(thing.release_id, thing.pk) if isinstance(thing, Track) else ItemRef(thing.pk)
