"""Changing the log's keys: the next ones sign beside the present ones before they take over."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.conf import settings

from pennywhistle.apps.proof.log import (
    LOG_KEY,
    ML_DSA_KEY,
    NEXT,
    KeysMissingError,
    the_log,
    write_once,
)
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey, parse_log_key
from pennywhistle.engines.tlog.note import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pennywhistle.engines.tlog.note import Signer, Verifier

RETIRED_KEYS = "log_keys_retired"
_READERS: Mapping[str, Callable[[str], Signer]] = {
    LOG_KEY: SigningKey.from_text,
    ML_DSA_KEY: CosigningKey.from_text,
}
_WORDS = {"retired": False, "revoked": True}


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A key that signs no more; `revoked` ones must not be believed, for others had them."""

    word: Literal["retired", "revoked"]
    day: str
    key: Verifier

    @property
    def is_revoked(self) -> bool:
        """Whether what it signed proves nothing any more."""
        return _WORDS[self.word]


def prepare_keys() -> tuple[Verifier, ...]:
    """Make the next keys. From the next head on they sign beside the present ones.

    Raises:
        KeysExistError: next keys were made already.
        KeysMissingError: there is no log yet.
    """
    folder, origin = Path(settings.KEYS), the_log().origin
    key = SigningKey.generate(origin)
    ml_dsa = CosigningKey.generate(origin, CosignatureKind.ML_DSA_44)
    write_once(folder / (LOG_KEY + NEXT), key.to_text())
    write_once(folder / (ML_DSA_KEY + NEXT), ml_dsa.to_text())
    return (key.verifier, ml_dsa.verifier)


def add_ml_dsa_key() -> Verifier:
    """Make the ML-DSA-44 key of a log that was begun without one. Raises KeysExistError."""
    key = CosigningKey.generate(the_log().origin, CosignatureKind.ML_DSA_44)
    write_once(Path(settings.KEYS) / ML_DSA_KEY, key.to_text())
    return key.verifier


def rotate_keys(*, now: datetime, is_revoked: bool) -> tuple[Verifier, ...]:
    """Let the next keys take over and destroy the present ones; answers the new ones.

    Written in an order in which a crash at any point leaves a log that signs: first the list of
    retired keys, then one rename for each key. Called again, it completes what was begun.

    Raises:
        KeysMissingError: no next keys were prepared.
    """
    folder = Path(settings.KEYS)
    waiting = [name for name in _READERS if (folder / (name + NEXT)).exists()]
    if not waiting:
        raise KeysMissingError("There are no next keys: `pennywhistle log key prepare` makes them.")
    known = {each.key for each in retired_keys()}
    word = "revoked" if is_revoked else "retired"
    lines = []
    for name in waiting:
        if (folder / name).exists():
            old = _READERS[name]((folder / name).read_text(encoding="ascii").strip()).verifier
            lines += [f"{word} {now:%Y-%m-%d} {old.to_text()}"] if old not in known else []
    _append(folder / RETIRED_KEYS, lines)
    for name in waiting:
        (folder / (name + NEXT)).replace(folder / name)
    return the_log().verifiers


def retired_keys() -> list[RetiredKey]:
    """Keys that signed once, oldest first."""
    try:
        text = (Path(settings.KEYS) / RETIRED_KEYS).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        word, day, vkey = line.split(" ")
        is_revoked = word == "revoked"
        key = parse_log_key(vkey)
        found.append(RetiredKey("revoked" if is_revoked else "retired", day, key))
    return found


def _append(file: Path, lines: list[str]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(handle, "a", encoding="ascii") as opened:
        opened.write("".join(f"{line}\n" for line in lines))
        opened.flush()
        os.fsync(opened.fileno())
