"""The log's private keys: read by the sequencer, and by whoever makes or changes them.

No setting holds them or names their folder. It is `PENNYWHISTLE_SIGNING_KEYS` of this process's own
environment, or `signing` within the folder of keys. Where that variable is empty the process must
not sign: so it is in the web server, the workers and the keeper (`config/may_sign.py`).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.proof.log import (
    PAGE_SECRET,
    PUBLIC_KEYS,
    KeysExistError,
    KeysMissingError,
    Log,
    have_keys,
    log_folder,
    read_page_secret,
    write_once,
)
from pennywhistle.apps.proof.till import TILL_KEY, answer_for_till, make_till_key, write_public
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import SigningKey

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.engines.tlog.note import Signer, VerifierKey

VARIABLE = "PENNYWHISTLE_SIGNING_KEYS"
LOG_KEY = "log_key"
ML_DSA_KEY = "log_key_ml_dsa"
NEXT = ".next"
# The one without which there is no log comes last, wherever they are moved or made.
_NAMES = (ML_DSA_KEY + NEXT, LOG_KEY + NEXT, ML_DSA_KEY, LOG_KEY)


class MayNotSignError(Exception):
    """This process was started as one that must not have the log's signing keys."""

    code = "may-not-sign"


def signing_folder() -> Path:
    """Where the private keys lie. Raises MayNotSignError."""
    named = os.environ.get(VARIABLE)
    if named is None:
        return Path(settings.KEYS) / "signing"
    if not named:
        raise MayNotSignError("This process must not have the log's signing keys.")
    return Path(named).expanduser().absolute()


def the_signing_log() -> Log:
    """The log with what signs it. Raises KeysMissingError, KeysExistError, MayNotSignError."""
    folder = signing_folder()
    _take_over(folder)
    try:
        key = SigningKey.from_text((folder / LOG_KEY).read_text(encoding="ascii").strip())
        page_secret = read_page_secret()
    except FileNotFoundError as error:
        raise KeysMissingError(
            f"The log's signing keys are not in {folder}. Make them once with `pennywhistle keys"
            " create`, and keep a copy where the database is not."
        ) from error
    # The name is the key's: a store that moves to another address keeps its log's name.
    return Log(log_folder(), key.name, key, page_secret, _further_keys(folder))


def _further_keys(folder: Path) -> tuple[Signer, ...]:
    further: list[Signer] = []
    for name in (ML_DSA_KEY, LOG_KEY + NEXT, ML_DSA_KEY + NEXT):
        try:
            text = (folder / name).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            continue
        is_ml_dsa = name.startswith(ML_DSA_KEY)
        further.append(CosigningKey.from_text(text) if is_ml_dsa else SigningKey.from_text(text))
    return tuple(further)


def create_keys(*, now: datetime) -> VerifierKey:
    """Make the log's signing keys, the page secret and the till's key; secrets their owner's only.

    What was cut off before the log's key was there is completed. Raises KeysExistError,
    MayNotSignError.
    """
    folder, keys = signing_folder(), Path(settings.KEYS)
    for each in (keys, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _take_over(folder):
        _make_missing(folder, keys)
    log = the_signing_log()
    tell_readers(log, now=now)
    return log.verifier


def _make_missing(folder: Path, keys: Path) -> None:
    """Make what a log needs, or the rest of it, the log's key last."""
    has_log_key, is_begun = (folder / LOG_KEY).exists(), (keys / PAGE_SECRET).exists()
    if has_log_key and not have_keys():
        return
    # A folder of signing keys that is not mounted must not begin another log under this one's name.
    has_log = has_log_key or have_keys()
    if has_log or (is_begun and (Path(settings.DATA) / "log" / "checkpoint").exists()):
        raise KeysExistError(f"The log of {keys} has its keys already; nothing was changed.")
    if not is_begun:
        write_once(keys / PAGE_SECRET, secrets.token_hex(32))
    if (folder / ML_DSA_KEY).exists():
        origin = CosigningKey.from_text((folder / ML_DSA_KEY).read_text("ascii").strip()).name
    else:
        origin = settings.LOG_ORIGIN
        ml_dsa = CosigningKey.generate(origin, CosignatureKind.ML_DSA_44)
        write_once(folder / ML_DSA_KEY, ml_dsa.to_text())
    if not (keys / TILL_KEY).exists():
        make_till_key(origin)
    write_once(folder / LOG_KEY, SigningKey.generate(origin).to_text())


def tell_readers(log: Log, *, now: datetime) -> None:
    """Write what processes that only read need: the public keys, and the log's word for its till.

    Harmless to call again; a change of keys that was cut off before this is completed by it.
    """
    file = Path(settings.KEYS) / PUBLIC_KEYS
    text = "".join(f"{key.to_text()}\n" for key in log.verifiers).encode()
    if not file.exists() or file.read_bytes() != text:
        write_public(file, text)
    answer_for_till(log, now=now)


def _take_over(folder: Path) -> bool:
    """Move the keys of a store from before they lay apart; tells whether there were any.

    Raises KeysExistError: there are others where they belong.
    """
    old = Path(settings.KEYS)
    if folder == old or not (old / LOG_KEY).exists():
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _NAMES:
        if not (old / name).exists():
            continue
        text = (old / name).read_text(encoding="ascii").strip()
        if not (folder / name).exists():
            write_once(folder / name, text)
        if (folder / name).read_text(encoding="ascii").strip() != text:
            raise KeysExistError(
                f"{old / name} and {folder / name} are two keys. Leave the one that signs the"
                " published head, and move the other away; nothing was changed."
            )
        (old / name).unlink()
    return True
