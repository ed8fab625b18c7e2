"""The demo's own secrets: made at its first start, never shipped, never used in production."""

import os
import secrets
from pathlib import Path


def demo_secret(data: Path, *, mode: str) -> str:
    """The secret of this demo's data folder; made at the first call, readable by its owner only."""
    if mode == "test":
        return secrets.token_urlsafe(64)
    file = data / "secrets" / "secret_key"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_urlsafe(64))
    return file.read_text(encoding="ascii").strip()
