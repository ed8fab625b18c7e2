"""What a person owns as folders of files: each release once, under a name of its own."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.labeling import folders_of
from pennywhistle.apps.delivery.queries import track_files, tracks_owned
from pennywhistle.apps.orders.models import Entitlement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.delivery.naming import Naming
    from pennywhistle.apps.delivery.queries import TrackFile
    from pennywhistle.apps.delivery.wishes import Wishes
    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.audio import Recipe


@dataclass(frozen=True, slots=True)
class OwnedFolder:
    """A release of which something is owned; `parts` are its folders, the outermost first."""

    release: Release
    parts: tuple[str, ...]
    entitlements: tuple[Entitlement, ...]

    @property
    def path(self) -> str:
        """The folders as one path."""
        return "/".join(self.parts)

    def files(self, *, recipe: Recipe, wishes: Wishes) -> list[TrackFile]:
        """The owned tracks in one form; none where the release is not offered in it."""
        return track_files(tracks_owned(*self.entitlements), recipe=recipe, wishes=wishes)


def shelf_entitlements(*, user: User) -> list[Entitlement]:
    """All that a person owns, the oldest first."""
    return _read(user=user)


def chosen_entitlements(*, user: User, ids: Collection[int]) -> list[Entitlement] | None:
    """Some of what a person owns; None if one of them is not theirs."""
    found = _read(user=user, id__in=list(ids))
    return found if len(found) == len(set(ids)) else None


def order_entitlements(*, user: User, order_id: UUID) -> list[Entitlement]:
    """What a person bought in one order of their own; nothing of another's."""
    return _read(user=user, line__order_id=order_id)


def _read(*, user: User, **conditions: object) -> list[Entitlement]:
    mine = Entitlement.objects.of(user=user).filter(**conditions)
    related = mine.select_related("release__label", "release__genre", "track", "line")
    return list(related.order_by("id"))


def owned_folders(entitlements: Iterable[Entitlement], *, naming: Naming) -> list[OwnedFolder]:
    """Entitlements by release, in the order of the first to each.

    Two releases of one name get two folders, also on disks that do not tell case: the one that
    was bought first keeps the plain name, so that it does not change with what is bought later.
    """
    by_release: dict[int, list[Entitlement]] = {}
    for each in entitlements:
        by_release.setdefault(each.release_id, []).append(each)
    folders, taken = [], set()
    for owned in by_release.values():
        release = owned[0].release
        parts = folders_of(release, naming=naming)
        if _as_disks_see(parts) in taken:
            parts = (*parts[:-1], f"{parts[-1]} [{release.public_id}]")
        taken.add(_as_disks_see(parts))
        folders.append(OwnedFolder(release, parts, tuple(owned)))
    return folders


def _as_disks_see(parts: tuple[str, ...]) -> str:
    return unicodedata.normalize("NFD", "/".join(parts)).casefold()
