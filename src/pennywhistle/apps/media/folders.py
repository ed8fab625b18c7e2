"""Where the store's files lie; the only place that knows: folders here, or a bucket."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.machine.storage import BucketFolder, Folder
from pennywhistle.machine.storage.s3 import Prefix
from pennywhistle.machine.storage.signing import Signer

if TYPE_CHECKING:
    from datetime import datetime

# Somebody waits for what is read here; a bucket that does not answer is told to them.
_PATIENCE = timedelta(seconds=5)
# As long as a large file takes on a slow line; a resumed download asks here again.
_SIGNED_FOR = timedelta(hours=6)


def folder_at(storage_url: str, name: str) -> Folder:
    """The folder of this name at the address that the operator gave.

    Args:
        storage_url: a path, or `s3://bucket/prefix`; empty for the data folder.
        name: of the folder.
    """
    data = Path(settings.DATA)
    if not storage_url.startswith("s3://"):
        return Folder((Path(storage_url) if storage_url else data) / name)
    bucket = Prefix(f"{storage_url.rstrip('/')}/{name}", patience=_PATIENCE)
    return BucketFolder(data / "working" / name, bucket)


# What suppliers delivered, byte for byte. Never removed while a recording names it.
MASTERS = folder_at(settings.STORAGE_URL, "masters")
# What was made of masters; can be made again.
RENDITIONS = folder_at(settings.STORAGE_URL, "renditions")
# Pictures as delivered, and the sizes that pages load; only the latter are ever served.
COVERS = folder_at(settings.STORAGE_URL, "covers")


def signed_address(
    folder: Folder, sha256: str, *, headers: tuple[str, str], now: datetime
) -> str | None:
    """Where the bucket itself hands this content out for some hours; None without a bucket.

    `headers` are Content-Type and Content-Disposition of the bucket's answer.
    """
    if not isinstance(folder, BucketFolder):
        return None
    signer = Signer.of(os.environ)
    path = f"{sha256[:2]}/{sha256}"
    return signer.address(folder.bucket, path, now=now, expires=_SIGNED_FOR, headers=headers)
