"""Collecting static files at start-up, only when one of them changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = ".collected"
# Of others' files: no page loads them, and they import modules that do not come with them.
_LEFT_OUT = ["django_htmx/ext/*"]


def collect() -> None:
    """Collect what pages load into STATIC_ROOT, hashed and compressed."""
    stamp_file = Path(settings.STATIC_ROOT) / STAMP
    stamp = _stamp()
    if stamp_file.exists() and stamp_file.read_text(encoding="ascii") == stamp:
        return
    call_command(
        "collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=_LEFT_OUT
    )
    stamp_file.write_text(stamp, encoding="ascii")


def _stamp() -> str:
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            seen.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return seen.hexdigest()
