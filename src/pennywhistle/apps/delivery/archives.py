"""What is owned as one archive: tracks, covers, booklets, receipts; or how far it has come."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.errors import DeliveryError
from pennywhistle.apps.delivery.extras import extras_owned
from pennywhistle.apps.delivery.folders import OwnedFolder, owned_folders
from pennywhistle.apps.delivery.kept import InMemory, Kept, in_memory
from pennywhistle.apps.delivery.labeling import folder_name_of, folders_of
from pennywhistle.apps.delivery.lasting import Lasting, Uses
from pennywhistle.apps.delivery.limits import COVERS_REMEMBERED_MAX, PIECE_BYTES
from pennywhistle.apps.delivery.manifests import manifest_of
from pennywhistle.apps.delivery.plans import Plans
from pennywhistle.apps.delivery.queries import NO_WISHES, wishes_of
from pennywhistle.apps.delivery.receipts import promise_of, receipt_of
from pennywhistle.apps.delivery.work import Unmade, renditions_for
from pennywhistle.apps.delivery.zip_layout import Member, ZipLayout
from pennywhistle.apps.media.folders import COVERS
from pennywhistle.apps.media.queries import cover_jpeg_sha256
from pennywhistle.engines.tlog.manifest import SUMS_NAME, write_sums
from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.delivery.wanted import Wanted
    from pennywhistle.apps.delivery.wishes import Wishes
    from pennywhistle.apps.delivery.zip_layout import Content
    from pennywhistle.apps.orders.models import Entitlement
    from pennywhistle.engines.audio import Recipe

_COVER_SIDE_PX = 1280
_TITLE_BYTES_MAX = 80
# To look up what is on them takes some ten milliseconds each, within one request.
RELEASES_MAX = 2_000
_PENDING = (
    "The receipt of this purchase is not sealed yet. Sales are sealed within seconds while the\n"
    "store's log runs; nothing is missing from the music.\n\n"
    "Fetch it later, signed in, from\n{address}\n"
)


class TooManyReleasesError(DeliveryError):
    """More than fits into one archive: a selection does, and so does fetching file by file."""

    code = "too-many-releases"


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that can be handed over."""

    file_name: str
    layout: ZipLayout


@dataclass(frozen=True, slots=True)
class Preparing:
    """An archive of which some tracks are still being made, in the background."""

    done: int
    total: int
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Packing:
    """How an archive is wanted: the form, and where a sale's receipt can be fetched later."""

    recipe: Recipe
    receipt_address: Callable[[UUID], str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Wants:
    """A folder of an archive, and what each of its tracks is made of, by path."""

    folder: OwnedFolder
    tracks: list[tuple[str, Wanted]]


_wants: Plans[list[Wants]] = Plans()
_archives: Plans[Archive] = Plans()


def archive_of(*, entitlement: Entitlement, packing: Packing) -> Archive | Preparing | None:
    """The archive of what is owned in one form; has the missing tracks made. None if none sounds.

    The same request gives the same bytes until the receipt comes or grows, and `etag` tells.
    """
    wishes = wishes_of(user_id=entitlement.buyer_id)
    called = folder_name_of(entitlement.release, of=entitlement.track)
    top = called
    if wishes.naming is not NO_WISHES.naming:
        top = "/".join(folders_of(entitlement.release, naming=wishes.naming))
    whole = [OwnedFolder(entitlement.release, (), (entitlement,))]
    wanted = _wanted_of(whole, packing, wishes)
    contents = _made(wanted, packing, person=entitlement.buyer_id)
    if not isinstance(contents, list):
        return contents
    contents += _receipts(entitlement, packing)
    return _packed(contents, called=called, top=top, at=entitlement.granted_at)


def archive_of_several(
    *, entitlements: Sequence[Entitlement], called: str, packing: Packing
) -> Archive | Preparing | None:
    """The same of several things of one person, each release in a folder of its own.

    What it holds is looked up once a minute. Raises TooManyReleasesError.
    """
    if not entitlements:
        return None
    person, now = entitlements[0].buyer_id, packing.now
    wishes = wishes_of(user_id=person)
    key = (packing.recipe.name, wishes, called, tuple(each.line_id for each in entitlements))
    planned = _archives.find(key, now=now)
    if planned is not None:
        return planned
    wanted = _wants.find(key, now=now)
    if wanted is None:
        folders = owned_folders(entitlements, naming=wishes.naming)
        if len(folders) > RELEASES_MAX:
            raise TooManyReleasesError(f"At most {RELEASES_MAX} releases go into one archive.")
        wanted = _wanted_of(folders, packing, wishes)
        _wants.keep(key, wanted, now=now)
    contents = _made(wanted, packing, person=person)
    if not isinstance(contents, list):
        return contents
    contents += [named for each in entitlements for named in _named_receipts(each, packing)]
    name = safe_file_name(called, length_max=_TITLE_BYTES_MAX)
    at = max(each.granted_at for each in entitlements)
    archive = _packed(contents, called=name, top=name, at=at)
    _archives.keep(key, archive, now=now)
    return archive


def _wanted_of(folders: Sequence[OwnedFolder], packing: Packing, wishes: Wishes) -> list[Wants]:
    """The folders that are offered in this form, with their tracks by path."""
    wanted: list[Wants] = []
    for folder in folders:
        files = folder.files(recipe=packing.recipe, wishes=wishes)
        if files:
            paths = ["/".join((*folder.parts, file.name)) for file in files]
            tracks = [(path, file.wanted) for path, file in zip(paths, files, strict=True)]
            wanted.append(Wants(folder, tracks))
    return wanted


def _made(
    folders: Sequence[Wants], packing: Packing, *, person: int
) -> list[tuple[str, Content]] | Preparing | None:
    """Tracks, covers and what else comes with the releases, by path, if all tracks are made."""
    every = [wanted for folder in folders for _, wanted in folder.tracks]
    found = renditions_for(wanted=every, now=packing.now, person=person)
    unmade = [each for each in found if isinstance(each, Unmade)]
    if unmade:
        started = [each.start() for each in unmade]
        return Preparing(len(every) - len(unmade), len(every), has_failed=not all(started))
    uses = Uses([each.key for each in every], now=packing.now)
    kept = iter(
        [
            Lasting(each, wanted, person, uses)
            for each, wanted in zip(found, every, strict=True)
            if isinstance(each, Kept)
        ]
    )
    contents: list[tuple[str, Content]] = []
    extras = extras_owned(wants.folder.entitlements for wants in folders)
    for wants in folders:
        contents += [(path, next(kept)) for path, _ in wants.tracks]
        contents += _cover(wants.folder)
        for each in extras.get(wants.folder.release.pk, ()):
            contents.append(("/".join((*wants.folder.parts, each.extra.name)), each.kept))
    return contents or None


def _packed(contents: list[tuple[str, Content]], *, called: str, top: str, at: datetime) -> Archive:
    sums = write_sums((name, content.sha256) for name, content in contents)
    contents.append((SUMS_NAME, in_memory(sums)))
    contents += manifest_of(sums)
    members = [Member(f"{top}/{name}", content) for name, content in contents]
    return Archive(f"{called}.zip", ZipLayout(members, at=at))


def _cover(folder: OwnedFolder) -> Iterator[tuple[str, Kept]]:
    sha256 = cover_jpeg_sha256(release_id=folder.release.pk, side_px=_COVER_SIDE_PX)
    # A lost picture does not hold up the music.
    if sha256 and COVERS.has(sha256):
        size_bytes, crc32 = _measures(sha256)
        cover = Kept(COVERS, sha256, size_bytes, crc32, etag=sha256)
        yield "/".join((*folder.parts, "cover.jpg")), cover


@lru_cache(maxsize=COVERS_REMEMBERED_MAX)
def _measures(sha256: str) -> tuple[int, int]:
    """A cover's size and CRC-32, read once: the pictures of a shelf do not fit into memory."""
    size_bytes, crc32 = 0, 0
    with COVERS.open(sha256) as file:
        while piece := file.read(PIECE_BYTES):
            size_bytes += len(piece)
            crc32 = zlib.crc32(piece, crc32)
    return size_bytes, crc32


def _receipts(entitlement: Entitlement, packing: Packing) -> list[tuple[str, InMemory]]:
    receipt = receipt_of(entitlement.line)
    if receipt is not None:
        return [("receipt.tlog-proof", in_memory(receipt))]
    address = packing.receipt_address(entitlement.line_id)
    pending = in_memory(_PENDING.format(address=address).encode())
    promise = promise_of(entitlement.line)
    promised = [("receipt.tlog-promise", in_memory(promise))] if promise is not None else []
    return [("RECEIPT-PENDING.txt", pending), *promised]


def _named_receipts(entitlement: Entitlement, packing: Packing) -> Iterator[tuple[str, InMemory]]:
    thing = entitlement.track or entitlement.release
    title = safe_file_name(f"{thing.artist_line} - {thing.title}", length_max=_TITLE_BYTES_MAX)
    for name, content in _receipts(entitlement, packing):
        # Two purchases may be called the same; the sale's id tells them apart.
        yield f"receipts/{title} {entitlement.line_id.hex[-12:]} {name}", content
