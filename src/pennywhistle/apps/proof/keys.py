"""Changing the log's keys: the next ones sign beside the present ones before they take over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.proof.log import KeysMissingError, write_once
from pennywhistle.apps.proof.retired import RETIRED_KEYS, retired_keys
from pennywhistle.apps.proof.signing import (
    LOG_KEY,
    ML_DSA_KEY,
    NEXT,
    signing_folder,
    tell_readers,
    the_signing_log,
)
from pennywhistle.apps.proof.till import make_till_key, the_till
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pennywhistle.engines.tlog.note import Signer, Verifier

_READERS: Mapping[str, Callable[[str], Signer]] = {
    LOG_KEY: SigningKey.from_text,
    ML_DSA_KEY: CosigningKey.from_text,
}


def prepare_keys(*, now: datetime) -> tuple[Verifier, ...]:
    """Make the next keys. From the next head on they sign beside the present ones.

    Raises:
        KeysExistError: next keys were made already.
        KeysMissingError: there is no log yet.
    """
    folder, origin = signing_folder(), the_signing_log().origin
    key = SigningKey.generate(origin)
    ml_dsa = CosigningKey.generate(origin, CosignatureKind.ML_DSA_44)
    write_once(folder / (LOG_KEY + NEXT), key.to_text())
    write_once(folder / (ML_DSA_KEY + NEXT), ml_dsa.to_text())
    tell_readers(the_signing_log(), now=now)
    return (key.verifier, ml_dsa.verifier)


def add_ml_dsa_key(*, now: datetime) -> Verifier:
    """Make the ML-DSA-44 key of a log that was begun without one. Raises KeysExistError."""
    key = CosigningKey.generate(the_signing_log().origin, CosignatureKind.ML_DSA_44)
    write_once(signing_folder() / ML_DSA_KEY, key.to_text())
    tell_readers(the_signing_log(), now=now)
    return key.verifier


def replace_till_key(*, now: datetime) -> Verifier:
    """Make another key for the till, for somebody else may have the present one.

    What the old one signed stays as it is: promises are the store's word, whoever gave it.
    """
    log = the_signing_log()
    make_till_key(log.origin, replace=True)
    tell_readers(log, now=now)
    return the_till().key.verifier


def rotate_keys(*, now: datetime, is_revoked: bool) -> tuple[Verifier, ...]:
    """Let the next keys take over and destroy the present ones; answers the new ones.

    Written in an order in which a crash at any point leaves a log that signs: first the list of
    retired keys, then one rename for each key. Called again, it completes what was begun.

    Raises:
        KeysMissingError: no next keys were prepared.
    """
    folder = signing_folder()
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
    _append(Path(settings.KEYS) / RETIRED_KEYS, lines)
    for name in waiting:
        (folder / (name + NEXT)).replace(folder / name)
    log = the_signing_log()
    tell_readers(log, now=now)
    return log.verifiers


def _append(file: Path, lines: list[str]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(handle, "a", encoding="ascii") as opened:
        opened.write("".join(f"{line}\n" for line in lines))
        opened.flush()
        os.fsync(opened.fileno())
