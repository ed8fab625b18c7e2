"""A witness's folder: its keys, the logs that it knows, and what it cosigned last of each."""

from __future__ import annotations

import fcntl
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey, parse_log_key
from pennywhistle.engines.tlog.note import NoteInvalidError
from pennywhistle.engines.tlog.witness import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pennywhistle.engines.tlog.note import Verifier

KEYS, LOGS, STATE, KNOWN, LOCK = "witness_keys", "logs", "state", "known", "lock"
_STATE = re.compile(
    r"(?P<origin>[^\n]+)\nsize (?P<size>[0-9]{1,19})\nroot (?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<time>[0-9]{1,19})\n"
)


class WitnessFolderError(Exception):
    """The folder is not that of a witness, or another witness works in it."""

    code = "witness-folder"


@dataclass(frozen=True, slots=True)
class WitnessFolder:
    """An open folder, held by this process alone until it ends."""

    root: Path
    keys: tuple[CosigningKey, ...]
    logs: Mapping[str, tuple[Verifier, ...]]
    _lock: int = field(repr=False)

    def seen(self, origin: str) -> Seen:
        """What was cosigned last of a log.

        Raises:
            WitnessFolderError: the file is damaged or lost. Nothing is signed then: a guess could
                be a rollback.
        """
        place = self._place(origin)
        try:
            text = place.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise WitnessFolderError(f"{place} is lost; nothing is signed without it.") from error
        except UnicodeDecodeError:
            text = ""
        found = _STATE.fullmatch(text)
        if found is None or found["origin"] != origin:
            raise WitnessFolderError(f"{place} is damaged; restore it before anything is signed.")
        return Seen(int(found["size"]), b64decode(found["root"]), int(found["time"]))

    def has_row(self, origin: str) -> bool:
        """Tell whether there is a file of this log, in whatever state."""
        return self._place(origin).exists()

    def keep(self, origin: str, seen: Seen) -> None:
        """Keep a log's row so that neither a crash nor a lost power supply takes it back."""
        root = b64encode(seen.root).decode()
        text = f"{origin}\nsize {seen.size}\nroot {root}\ntime {seen.time_s}\n"
        _replace(self._place(origin), text)

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)

    def _place(self, origin: str) -> Path:
        return self.root / STATE / sha256(origin.encode()).hexdigest()


def create_witness(root: Path, *, name: str) -> tuple[CosigningKey, ...]:
    """Make a witness's folder with new keys, readable by their owner only; both kinds.

    Raises:
        WitnessFolderError: there is one already.
        NoteInvalidError: the name cannot be a key's.
    """
    keys = tuple(CosigningKey.generate(name, kind) for kind in CosignatureKind)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    (root / STATE).mkdir(mode=0o700, exist_ok=True)
    try:
        handle = os.open(root / KEYS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise WitnessFolderError(f"{root} has keys already; nothing was changed.") from error
    _write(handle, "".join(f"{key.to_text()}\n" for key in keys))
    (root / LOGS).touch()
    (root / KNOWN).touch()
    return keys


def open_witness(root: Path) -> WitnessFolder:
    """Open a witness's folder and hold it against other processes.

    Raises:
        WitnessFolderError: there are no keys, the list of logs is wrong, or it is held.
    """
    try:
        keys = tuple(CosigningKey.from_text(line) for line in _lines(root / KEYS))
        logs = _logs(root / LOGS)
        (root / STATE).mkdir(mode=0o700, exist_ok=True)
        lock = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except (OSError, UnicodeDecodeError, NoteInvalidError) as error:
        raise WitnessFolderError(f"{root} is not a witness's folder: {error}") from error
    if not keys:
        raise WitnessFolderError(f"{root / KEYS} holds no key.")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise WitnessFolderError(f"Another witness works in {root}.") from error
    folder = WitnessFolder(root, keys, logs, lock)
    _begin_rows(folder)
    return folder


def _begin_rows(folder: WitnessFolder) -> None:
    """Give each log that is new a row of nothing signed; a row that is lost gets none."""
    file = folder.root / KNOWN
    known = _lines(file) if file.exists() else []
    new = [origin for origin in folder.logs if origin not in known]
    for origin in new:
        # It stands already where a crash came between the row and the list.
        if not folder.has_row(origin):
            folder.keep(origin, Seen())
    if new:
        _replace(file, "".join(f"{origin}\n" for origin in (*known, *new)))


def _logs(file: Path) -> dict[str, tuple[Verifier, ...]]:
    """Keys by the log's origin, which is the key's name; a log may have several."""
    logs: dict[str, tuple[Verifier, ...]] = {}
    for line in _lines(file):
        # The line of a policy, `log VKEY URL`, is taken as it is.
        words = line.removeprefix("log ").split()
        key = parse_log_key(words[0])
        logs[key.name] = (*logs.get(key.name, ()), key)
    return logs


def _lines(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _replace(place: Path, text: str) -> None:
    """Write beside, flush, rename, flush the folder: the row is the old one or the new one."""
    beside = place.with_suffix(".new")
    _write(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), text)
    beside.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(handle: int, text: str) -> None:
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
