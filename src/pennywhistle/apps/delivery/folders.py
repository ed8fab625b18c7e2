"""What a person owns as folders of files: each release once, under a name of its own."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.extras import extras_owned
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.labeling import folders_of
from pennywhistle.apps.delivery.queries import track_files, tracks_owned
from pennywhistle.apps.delivery.unmade import made_together
from pennywhistle.apps.delivery.work import Unmade, cover_file, renditions_for
from pennywhistle.apps.media.queries import cover_jpeg_sha256
from pennywhistle.apps.orders.models import Entitlement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
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

    def files(self, *, recipe: Recipe, wishes: Wishes) -> list[TrackFile]:
        """The owned tracks in one form; none where the release is not offered in it."""
        return track_files(tracks_owned(*self.entitlements), recipe=recipe, wishes=wishes)


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a folder: there already, or made when it is read.

    `size_bytes` is None where nobody has asked (`foretell`), or it must be made to be known.
    """

    name: str
    mime_type: str
    source: Kept | Unmade
    track_public_id: str = ""
    extra_public_id: str = ""
    size_bytes: int | None = None

    @property
    def kept(self) -> Kept | None:
        """The file itself, if it is there: its size and hash are known then."""
        return self.source if isinstance(self.source, Kept) else None


def files_in(
    folder: OwnedFolder, *, recipe: Recipe, wishes: Wishes, now: datetime
) -> list[ShownFile]:
    """What a folder holds in one form: the tracks, the cover, and what else comes with it."""
    files = folder.files(recipe=recipe, wishes=wishes)
    person = folder.entitlements[0].buyer_id
    found = renditions_for(wanted=[file.wanted for file in files], now=now, person=person)
    shown = [
        ShownFile(file.name, file.wanted.recipe.mime_type, source, file.track.public_id)
        for file, source in zip(files, found, strict=True)
    ]
    sha256 = cover_jpeg_sha256(release_id=folder.release.pk)
    cover = cover_file(sha256=sha256, extension="jpg") if sha256 and files else None
    if cover:
        shown.append(ShownFile("cover.jpg", "image/jpeg", cover))
    extras = extras_owned([folder.entitlements]) if files else {}
    return [
        *shown,
        *(
            ShownFile(
                each.extra.name,
                each.extra.mime_type,
                each.kept,
                extra_public_id=each.extra.public_id,
            )
            for each in extras.get(folder.release.pk, ())
        ),
    ]


def foretell(files: Iterable[ShownFile]) -> list[ShownFile]:
    """The same with their sizes, to the byte, where these are known without making a file."""
    return [
        replace(each, size_bytes=each.source.size_bytes)
        if isinstance(each.source, Kept)
        else replace(each, size_bytes=each.source.foretold_bytes)
        for each in files
    ]


def make_for_sizes(files: Iterable[ShownFile]) -> list[ShownFile]:
    """The same, those made that have no size; what cannot be made stays without one.

    Raises BusyError: it takes longer than a listing may wait; they are made meanwhile.
    """
    files = list(files)
    unmade = [each.source for each in files if isinstance(each.source, Unmade)]
    unsized = {each.source.etag for each in files if each.size_bytes is None}
    made = made_together([each for each in unmade if each.etag in unsized])
    return foretell(replace(each, source=made.get(each.source.etag, each.source)) for each in files)


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
