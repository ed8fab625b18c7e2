"""The demo's own secrets: made at its first start, never shipped, never used in production."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def demo_secret_file(data: Path) -> Path:
    """Where a demo keeps its secret; a store for real money has no such file."""
    return data / "secrets" / "secret_key"


def demo_secret(data: Path, *, mode: str) -> str:
    """The secret of this demo's data folder; made at the first call, readable by its owner only.

    Processes that start together agree: a whole secret appears under its name at once, and the
    first one stays.
    """
    if mode == "test":
        return secrets.token_urlsafe(64)
    file = demo_secret_file(data)
    if not file.exists():
        _make(file)
    return file.read_text(encoding="ascii").strip()


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_urlsafe(64))
            opened.flush()
            os.fsync(opened.fileno())
        # Unlike a rename, a link never takes the place of what is there.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
