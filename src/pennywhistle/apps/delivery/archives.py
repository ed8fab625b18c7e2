"""What is owned as one archive: tracks, cover, receipt and checksums, or how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.kept import InMemory, Kept, in_memory
from pennywhistle.apps.delivery.labeling import folder_name_of, folders_of
from pennywhistle.apps.delivery.queries import NO_WISHES, track_files, tracks_owned, wishes_of
from pennywhistle.apps.delivery.receipts import receipt_of
from pennywhistle.apps.delivery.work import Unmade, renditions_for
from pennywhistle.apps.delivery.zip_layout import Member, ZipLayout
from pennywhistle.apps.media.folders import COVERS
from pennywhistle.apps.media.queries import cover_jpeg_sha256
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pennywhistle.apps.delivery.zip_layout import Content
    from pennywhistle.apps.orders.models import Entitlement
    from pennywhistle.engines.audio import Recipe

_COVER_SIDE_PX = 1280
_PENDING = (
    "The receipt of this purchase is not sealed yet. Sales are sealed within seconds while the\n"
    "store's log runs; nothing is missing from the music.\n\n"
    "Fetch it later, signed in, from\n{address}\n"
)


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


def archive_of(
    *, entitlement: Entitlement, recipe: Recipe, receipt_address: str, now: datetime
) -> Archive | Preparing | None:
    """The archive of what is owned in one form; has the missing tracks made. None if none sounds.

    The same request gives the same bytes until the receipt comes or grows, and `etag` tells.
    """
    wishes = wishes_of(user_id=entitlement.buyer_id)
    files = track_files(tracks_owned(entitlement), recipe=recipe, wishes=wishes)
    if not files:
        return None
    found = renditions_for(
        wanted=[file.wanted for file in files], now=now, person=entitlement.buyer_id
    )
    unmade = [each for each in found if isinstance(each, Unmade)]
    if unmade:
        started = [each.start() for each in unmade]
        return Preparing(len(files) - len(unmade), len(files), has_failed=not all(started))
    called = folder_name_of(entitlement.release, of=entitlement.track)
    folder = called
    if wishes.naming is not NO_WISHES.naming:
        folder = "/".join(folders_of(entitlement.release, naming=wishes.naming))
    tracks = [
        (file.name, kept) for file, kept in zip(files, found, strict=True) if isinstance(kept, Kept)
    ]
    contents: list[tuple[str, Content]] = [
        *tracks,
        *_cover(entitlement),
        _receipt(entitlement, receipt_address),
    ]
    contents.append(("SHA256SUMS", _checksums(contents)))
    members = [Member(f"{folder}/{name}", content) for name, content in contents]
    return Archive(f"{called}.zip", ZipLayout(members, at=entitlement.granted_at))


def _cover(entitlement: Entitlement) -> Iterator[tuple[str, InMemory]]:
    sha256 = cover_jpeg_sha256(release_id=entitlement.release_id, side_px=_COVER_SIDE_PX)
    if sha256:
        try:
            with COVERS.open(sha256) as file:
                yield "cover.jpg", in_memory(file.read())
        except StoredFileMissingError:
            # A lost picture does not hold up the music.
            return


def _receipt(entitlement: Entitlement, address: str) -> tuple[str, InMemory]:
    receipt = receipt_of(entitlement.line)
    if receipt is None:
        return "RECEIPT-PENDING.txt", in_memory(_PENDING.format(address=address).encode())
    return "receipt.tlog-proof", in_memory(receipt)


def _checksums(contents: list[tuple[str, Content]]) -> InMemory:
    """As `sha256sum --check` reads it."""
    lines = [f"{content.sha256}  {name}\n" for name, content in contents]
    return in_memory("".join(lines).encode())
