"""Checking files against a signed manifest, offline: the store's word for what lies beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.manifest import (
    MANIFEST_HEADER,
    SUMS_NAME,
    open_manifest,
    read_sums,
    sums_size_bytes_max,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pennywhistle.engines.tlog.note import Verifier

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FilesVerdict:
    """What a manifest says of the files beside it; names are relative to its folder."""

    signed_by: tuple[str, ...]
    is_list_signed: bool
    right_count: int = 0
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every file is there, as the store sent it."""
        return self.is_list_signed and not self.wrong and not self.missing


def is_manifest(data: bytes) -> bool:
    """Whether this is meant to be a signed manifest."""
    return data.startswith(MANIFEST_HEADER.encode() + b"\n")


def verify_manifest(data: bytes, *, folder: Path, keys: Sequence[Verifier]) -> FilesVerdict:
    """Check a manifest's signature, the list beside it, and every file that the list names.

    Raises:
        ManifestInvalidError: the manifest or the list is none, or no known key signed it.
        OSError: the list cannot be read.
    """
    manifest = open_manifest(data, keys=keys)
    names = tuple(key.name for key in manifest.signed_by)
    with (folder / SUMS_NAME).open("rb") as opened:
        sums = opened.read(sums_size_bytes_max + 1)
    if hashlib.sha256(sums).hexdigest() != manifest.sums_sha256:
        return FilesVerdict(names, is_list_signed=False)
    found = {name: (_sha256(folder / name), digest) for name, digest in read_sums(sums).items()}
    return FilesVerdict(
        names,
        is_list_signed=True,
        right_count=sum(actual == listed for actual, listed in found.values()),
        wrong=tuple(name for name, (actual, listed) in found.items() if actual not in {"", listed}),
        missing=tuple(name for name, (actual, _) in found.items() if not actual),
    )


def _sha256(path: Path) -> str:
    """Hexadecimal; empty for a file that is not there or cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()
