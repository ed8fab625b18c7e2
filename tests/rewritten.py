"""Bytecode of everything before the workers start: each of them would make it all for itself.

On a clean checkout the modules of tests are the larger part, since pytest takes their assertions
apart. It has no public way to do so ahead of time.
"""

from __future__ import annotations

import compileall
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.assertion import rewrite
from _pytest.assertion.rewrite import PYC_TAIL, assertstate_key, get_cache_dir, try_makedirs

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

ROOT = Path(__file__).parent.parent
# What pytest compiles in its own way.
_REWRITTEN = re.compile(r"/(test_[^/]*|conftest)\.py$")


def compile_all(config: pytest.Config, *, at_once: int = os.cpu_count() or 1) -> None:
    """Compile what has no bytecode yet; what has outlived its source is left to the workers."""
    folders = (ROOT / "src", ROOT / "tests")
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    tests = [path for path in files if _REWRITTEN.search(path.as_posix())]
    missing = [path for path in tests if not _place(path).exists()]
    if not missing:
        return
    children = [_compile(config, missing[share::at_once]) for share in range(at_once)]
    for child in children:
        os.waitpid(child, 0)
    for folder in folders:
        compileall.compile_dir(folder, quiet=2, workers=at_once, rx=_REWRITTEN)


def _place(path: Path) -> Path:
    return get_cache_dir(path) / f"{path.stem}{PYC_TAIL}"


def _compile(config: pytest.Config, paths: Iterable[Path]) -> int:
    child = os.fork()
    if child != 0:
        return child
    try:
        for path in paths:
            if try_makedirs(_place(path).parent):
                source_hash, code = rewrite._rewrite_test(path, config)
                state = config.stash[assertstate_key]
                rewrite._write_pyc(state, code, source_hash, _place(path))
    finally:
        # What cannot be compiled is told by whoever imports it.
        os._exit(0)
