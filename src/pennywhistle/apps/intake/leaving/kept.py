"""The stored files of a release that leave with it: masters, cover, extras, as delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.media.folders import COVERS, MASTERS

if TYPE_CHECKING:
    from pennywhistle.apps.catalog.models import Extra, Recording, Release
    from pennywhistle.apps.media.models import Master
    from pennywhistle.machine.storage import Folder

_SIGNATURES = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"))


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is there; `codec` only of pictures, as DDEX calls it."""

    folder: Folder
    sha256: str
    size_bytes: int
    codec: str = ""


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """What is there of a release, by SHA-256, and how many files are lost."""

    found: dict[str, KeptFile]
    lost: tuple[str, ...]


def kept_files(release: Release) -> KeptFiles:
    """Look for every file of a release."""
    cover = getattr(release, "cover", None)
    masters = [master_of(track.recording) for track in release.tracks.all()]
    wanted = [(MASTERS, master.sha256) for master in masters if master]
    wanted += [(COVERS, cover.sha256)] if cover else []
    wanted += [(MASTERS, extra.sha256) for extra in extras_now(release)]
    found, lost = {}, []
    for folder, sha256 in dict.fromkeys(wanted):
        if folder.has(sha256):
            found[sha256] = _kept(folder, sha256)
        else:
            lost.append(sha256)
    return KeptFiles(found, tuple(lost))


def extras_now(release: Release) -> list[Extra]:
    """What comes with it now besides its tracks."""
    return [extra for extra in release.extras.all() if extra.left_at is None]


def master_of(recording: Recording) -> Master | None:
    """The file that was delivered for it, if one is kept."""
    return getattr(recording, "master", None)


def _kept(folder: Folder, sha256: str) -> KeptFile:
    size_bytes = folder.size_bytes(sha256)
    if folder is not COVERS:
        return KeptFile(folder, sha256, size_bytes)
    with folder.open(sha256) as file:
        head = file.read(8)
    codec = next((name for start, name in _SIGNATURES if head.startswith(start)), "Unknown")
    return KeptFile(folder, sha256, size_bytes, codec)
