"""What the sandbox's children answered, remembered: the tests' files are decoded once, not always.

An answer is kept on disk beside the prepared databases, under a digest of everything that it hangs
on: the function, its arguments and limits, the file's bytes, and the code and libraries that made
it. Workers that run side by side share it. Only answers are kept, no failures, and only of the
store's own functions that read files. A test of the decoding itself asks for the fixture
`decodes_anew` (`conftest.py`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest

from pennywhistle.machine import sandbox
from pennywhistle.machine.processor import processor_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pennywhistle.machine.sandbox.client import Function, Json

ROOT = Path(__file__).parent.parent
SHELF = ROOT / ".test-databases"
# Where the functions come from that are remembered, with all that they may call.
READERS = (
    *("engines.audio", "engines.documents", "engines.fingerprint", "engines.pictures"),
    "apps.media.hearing",
)
ALSO = ("kernel", "machine.sandbox")
_KEPT_S = 24 * 60 * 60
_default_limits = sandbox.Limits()


class Memory:
    """Answers in a folder, one file each: a line of JSON, and then the bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.is_asked = True
        self._call = sandbox.call

    def call(
        self,
        function: Function,
        *,
        source: BinaryIO | Path,
        arguments: Mapping[str, Json] | None = None,
        limits: sandbox.Limits = _default_limits,
    ) -> sandbox.CallResult:
        """What `sandbox.call` answers, or once answered."""
        if not (self.is_asked and isinstance(source, Path) and _is_a_reader(function)):
            return self._call(function, source=source, arguments=arguments, limits=limits)
        kept = self._folder / _key(function, source, arguments or {}, limits)
        try:
            value, _, attachment = kept.read_bytes().partition(b"\n")
        except FileNotFoundError:
            answer = self._call(function, source=source, arguments=arguments, limits=limits)
            self._keep(kept, answer)
            return answer
        return sandbox.CallResult(json.loads(value), attachment)

    def _keep(self, kept: Path, answer: sandbox.CallResult) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as draft:
            draft.write(json.dumps(answer.value).encode() + b"\n" + answer.attachment)
        Path(draft.name).rename(kept)


@contextmanager
def remembering() -> Iterator[Memory]:
    """Let everybody who calls the sandbox ask the memory first."""
    _forget_old()
    memory = Memory(SHELF / f"answers-{_code()}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "call", memory.call)
        yield memory


def _is_a_reader(function: Function) -> bool:
    module = function.__module__.removeprefix("pennywhistle.")
    is_named = any(module == name or module.startswith(f"{name}.") for name in READERS)
    return is_named and ".tests." not in module


def _key(
    function: Function, source: Path, arguments: Mapping[str, Json], limits: sandbox.Limits
) -> str:
    asked = [function.__module__, function.__qualname__, dict(arguments), asdict(limits)]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    with source.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


@cache
def _code() -> str:
    """Of the code, the libraries and the machine's sums that the answers hang on."""
    source = ROOT / "src" / "pennywhistle"
    digest = hashlib.sha256(sys.version.encode() + processor_kind().encode())
    for name in (*READERS, *ALSO):
        path = source.joinpath(*name.split("."))
        modules = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        for part in sorted(part for part in modules if "tests" not in part.parts):
            digest.update(part.relative_to(source).as_posix().encode() + b"\0")
            digest.update(part.read_bytes() + b"\0")
    digest.update((ROOT / "requirements" / "develop.txt").read_bytes())
    return digest.hexdigest()[:16]


def _forget_old() -> None:
    """Answers that nobody added to for a day, of code that is no more."""
    for folder in SHELF.glob("answers-*"):
        is_old = time.time() - folder.stat().st_mtime > _KEPT_S
        if is_old and folder.name != f"answers-{_code()}":
            shutil.rmtree(folder, ignore_errors=True)
