"""The log as this store keeps it: its folder of static files, its name and its keys."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from pennywhistle.engines.tlog.note import Signer, Verifier, VerifierKey

LOG_KEY = "log_key"
ML_DSA_KEY = "log_key_ml_dsa"
NEXT = ".next"
PAGE_SECRET = "page_secret"  # noqa: S105 (a file's name)


class KeysMissingError(Exception):
    """The log's keys are not where the settings say; they are made once, by `keys create`."""

    code = "keys-missing"


class KeysExistError(Exception):
    """There are keys already; making others would end the log's history."""

    code = "keys-exist"


@dataclass(frozen=True, slots=True)
class Log:
    """Where the log is published, under which name, and what signs and salts it."""

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


def log_folder() -> Folder:
    """Where the log's public files lie; reading them needs no keys."""
    return Folder(Path(settings.DATA) / "log")


def the_log() -> Log:
    """The store's log. Raises KeysMissingError."""
    keys = Path(settings.KEYS)
    try:
        key = SigningKey.from_text((keys / LOG_KEY).read_text(encoding="ascii").strip())
        page_secret = bytes.fromhex((keys / PAGE_SECRET).read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise KeysMissingError(
            f"The log's keys are not in {keys}. Make them once with `pennywhistle keys create`, "
            "and keep a copy where the database is not."
        ) from error
    # The name is the key's: a store that moves to another address keeps its log's name.
    return Log(log_folder(), key.name, key, page_secret, _further_keys(keys))


def _further_keys(keys: Path) -> tuple[Signer, ...]:
    further: list[Signer] = []
    for name in (ML_DSA_KEY, LOG_KEY + NEXT, ML_DSA_KEY + NEXT):
        try:
            text = (keys / name).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            continue
        is_ml_dsa = name.startswith(ML_DSA_KEY)
        further.append(CosigningKey.from_text(text) if is_ml_dsa else SigningKey.from_text(text))
    return tuple(further)


def create_keys() -> VerifierKey:
    """Make the log's signing keys and page secret, readable by their owner only."""
    keys = Path(settings.KEYS)
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = SigningKey.generate(settings.LOG_ORIGIN)
    ml_dsa = CosigningKey.generate(settings.LOG_ORIGIN, CosignatureKind.ML_DSA_44)
    write_once(keys / PAGE_SECRET, secrets.token_hex(32))
    write_once(keys / ML_DSA_KEY, ml_dsa.to_text())
    write_once(keys / LOG_KEY, key.to_text())
    return key.verifier


def have_keys() -> bool:
    """Whether the keys were made."""
    return (Path(settings.KEYS) / LOG_KEY).exists()


def write_once(file: Path, text: str) -> None:
    """Write a secret that must not be there yet. Raises KeysExistError."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeysExistError(f"{file} exists already; nothing was changed.") from error
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(text + "\n")
        opened.flush()
        os.fsync(opened.fileno())
