"""The key at the till: it signs promises and manifests for the log, and nothing that is a head.

Whatever serves buyers has it; the log's own keys it does not have. The sequencer, which has those,
writes beside it that the log answers for it, and renews that long before it ends.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.proof.log import PAGE_SECRET, KeysMissingError, write_once
from pennywhistle.engines.tlog.delegation import (
    named_key,
    open_delegation,
    sign_delegation,
    till_name,
)
from pennywhistle.engines.tlog.note import NoteInvalidError, SigningKey

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.proof.log import Log

TILL_KEY = "till_key"
DELEGATION = "till_delegation"
LASTS = timedelta(days=365)
RENEWED_BEFORE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Till:
    """What signs for a log at its till, and the log's word for it."""

    key: SigningKey = field(repr=False)
    delegation: bytes


def the_till() -> Till:
    """The till's key. Raises KeysMissingError."""
    keys = Path(settings.KEYS)
    missing = f"The till's key is not in {keys}, or the sequencer has not answered for it yet."
    try:
        key = _read_key()
        delegation = (keys / DELEGATION).read_bytes()
        is_for_it = named_key(delegation) == key.verifier
    except (FileNotFoundError, NoteInvalidError) as error:
        raise KeysMissingError(missing) from error
    # They are two files, and one of them may be newer. What is signed by both is kept for good.
    if not is_for_it:
        raise KeysMissingError(missing)
    return Till(key, delegation)


def make_till_key(origin: str, *, replace: bool = False) -> None:
    """Make a key for the till of a log; another one in its place if somebody else may have it.

    Raises KeysExistError.
    """
    keys = Path(settings.KEYS)
    if replace:
        (keys / TILL_KEY).unlink(missing_ok=True)
    # Where the sequencer has a user of its own, others may read it who may read the page secret.
    mode = (keys / PAGE_SECRET).stat().st_mode & 0o640
    write_once(keys / TILL_KEY, SigningKey.generate(till_name(origin)).to_text(), mode=mode)


def answer_for_till(log: Log, *, now: datetime) -> None:
    """Write that the log answers for its till's key, where that is not so or ends soon."""
    keys = Path(settings.KEYS)
    try:
        key = _read_key()
    except (FileNotFoundError, NoteInvalidError):
        # One that cannot be read signs nothing. The log does not wait for the till.
        make_till_key(log.origin, replace=True)
        key = _read_key()
    signers = [each for each in log.signers if isinstance(each, SigningKey)]
    try:
        known = open_delegation(
            (keys / DELEGATION).read_bytes(), keys=[each.verifier for each in signers]
        )
        is_for_it = known.key == key.verifier and len(known.signed_by) == len(signers)
        if is_for_it and known.until_us > _micros(now + RENEWED_BEFORE):
            return
    except (FileNotFoundError, NoteInvalidError):
        pass
    until_us = _micros(now + LASTS)
    write_public(
        keys / DELEGATION, sign_delegation(key.verifier, until_us=until_us, signers=signers)
    )


def _read_key() -> SigningKey:
    try:
        text = (Path(settings.KEYS) / TILL_KEY).read_text(encoding="ascii").strip()
    except UnicodeDecodeError as error:
        raise NoteInvalidError("The till's key is damaged.") from error
    return SigningKey.from_text(text)


def write_public(file: Path, data: bytes) -> None:
    """Write what is no secret, whole or not at all."""
    beside = file.with_name(f".{file.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with os.fdopen(handle, "wb") as opened:
        os.fchmod(opened.fileno(), 0o644)
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    beside.replace(file)


def _micros(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000
