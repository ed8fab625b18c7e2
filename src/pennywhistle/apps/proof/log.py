"""The log as this store keeps it: its folder of static files, its name, and who signs and reads it.

Signing keys and what reading needs lie apart. Any process of the store may read (`the_log`): the
log's public keys, and the secret that salts its pages. Only the sequencer signs (`signing`).
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.engines.tlog.cosignature import parse_log_key
from pennywhistle.engines.tlog.note import SigningKey, VerifierKey
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from pennywhistle.engines.tlog.note import Signer, Verifier

# In the folder that every process of the store reads.
PUBLIC_KEYS = "log_keys"
PAGE_SECRET = "page_secret"  # noqa: S105 (a file's name)


class KeysMissingError(Exception):
    """The log's keys are not where the settings say; they are made once, by `keys create`."""

    code = "keys-missing"


class KeysExistError(Exception):
    """There are keys already; making others would end the log's history."""

    code = "keys-exist"


@dataclass(frozen=True, slots=True)
class ReadLog:
    """The log for whoever only reads and opens it: where it is, its public keys, what salts it."""

    folder: Folder
    origin: str
    # The Ed25519 key first.
    verifiers: tuple[Verifier, ...]
    page_secret: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public key that checks this log's checkpoints."""
        return next(key for key in self.verifiers if isinstance(key, VerifierKey))


@dataclass(frozen=True, slots=True)
class Log:
    """The log with what signs its heads: the sequencer's."""

    folder: Folder
    origin: str
    key: SigningKey
    page_secret: bytes = field(repr=False)
    # Of the same name: ML-DSA-44 beside Ed25519, and those that take over at the next rotation.
    further_keys: tuple[Signer, ...] = field(default=(), repr=False)

    @property
    def signers(self) -> tuple[Signer, ...]:
        """Everything that signs a head, the Ed25519 key first."""
        return (self.key, *self.further_keys)

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The public keys of all that sign now."""
        return tuple(key.verifier for key in self.signers)

    @property
    def verifier(self) -> VerifierKey:
        """The public key that checks this log's checkpoints."""
        return self.key.verifier


AnyLog = ReadLog | Log


def log_folder() -> Folder:
    """Where the log's public files lie; reading them needs no keys."""
    return Folder(Path(settings.DATA) / "log")


def the_log() -> ReadLog:
    """The store's log, as every process may have it. Raises KeysMissingError."""
    keys = Path(settings.KEYS)
    try:
        lines = (keys / PUBLIC_KEYS).read_text(encoding="ascii").split()
        page_secret = read_page_secret()
    except FileNotFoundError as error:
        raise KeysMissingError(
            f"The log's keys are not in {keys}. Make them once with `pennywhistle keys create`, "
            "and keep a copy where the database is not."
        ) from error
    verifiers = tuple(parse_log_key(line) for line in lines)
    # The name is the key's: a store that moves to another address keeps its log's name.
    return ReadLog(log_folder(), verifiers[0].name, verifiers, page_secret)


def read_page_secret() -> bytes:
    """What salts the lines of pages. Raises FileNotFoundError."""
    text = (Path(settings.KEYS) / PAGE_SECRET).read_text(encoding="ascii")
    return bytes.fromhex(text.strip())


def have_keys() -> bool:
    """Whether the keys were made."""
    return (Path(settings.KEYS) / PUBLIC_KEYS).exists()


def write_once(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a secret that must not be there yet, whole or not at all. Raises KeysExistError."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            os.fchmod(opened.fileno(), mode)
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        # A rename would replace what is there; a link never does.
        os.link(draft, file)
    except FileExistsError as error:
        raise KeysExistError(f"{file} exists already; nothing was changed.") from error
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
