"""Notes that a log's key answers for without signing them: it names a second key that does.

The key that signs heads stays with the one process that needs it. What is handed to buyers at all
hours, promises and manifests, is signed by a key of its own, and each carries the log's signature
under that key's name: whoever knows the log's key can check them, and a thief of the second key
can forge no head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.note import (
    NoteForgedError,
    NoteInvalidError,
    VerifierKey,
    open_note,
    read_note,
    sign_note,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pennywhistle.engines.tlog.note import SigningKey, Verifier

# As with manifests: no name of a log holds a space, so that neither passes for a checkpoint.
DELEGATION_HEADER = "Pennywhistle delegation 1"
_TEXT = re.compile(rf"{DELEGATION_HEADER}\nkey ([^\n]+)\nuntil (0|[1-9][0-9]{{0,18}})\n", re.ASCII)
_DELEGATED = re.compile(r"(.+\n)delegation ([A-Za-z0-9+/=]+)\n", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Delegation:
    """A key, until when it may sign (µs since 1970), and the log's keys that say so."""

    key: VerifierKey
    until_us: int
    signed_by: tuple[Verifier, ...]


@dataclass(frozen=True, slots=True)
class DelegatedNote:
    """What a delegated key signed, without the delegation's line."""

    text: str
    delegation: Delegation


def till_name(origin: str) -> str:
    """What the key that signs at a log's till is called."""
    return f"{origin}/till"


def sign_delegation(key: VerifierKey, *, until_us: int, signers: Sequence[SigningKey]) -> bytes:
    """Let `key` sign for the log whose Ed25519 keys `signers` are, until then."""
    text = f"{DELEGATION_HEADER}\nkey {key.to_text()}\nuntil {until_us}\n"
    return sign_note(text, *signers)


def open_delegation(data: bytes, *, keys: Iterable[Verifier]) -> Delegation:
    """Check a delegation against a log's keys.

    Raises:
        NoteInvalidError: it is none, it was changed, or no key of the log signed it.
    """
    note = open_note(data, keys)
    key, until_us = _named(note.text)
    names = {each.name for each in note.signatures}
    if {till_name(name) for name in names} != {key.name}:
        raise NoteInvalidError("The delegation names a key of another log.")
    return Delegation(key, until_us, note.signatures)


def named_key(data: bytes) -> VerifierKey:
    """The key that a delegation names; nobody's signature is checked. Raises NoteInvalidError."""
    return _named(read_note(data)[0])[0]


def sign_delegated(text: str, *, key: SigningKey, delegation: bytes) -> bytes:
    """Sign a text by a delegated key; the same text and keys give the same bytes."""
    return sign_note(f"{text}delegation {encode_base64(delegation)}\n", key)


def is_delegated(data: bytes) -> bool:
    """Whether this is a note that carries a delegation; nothing is checked."""
    try:
        return _DELEGATED.fullmatch(read_note(data)[0]) is not None
    except NoteInvalidError:
        return False


def text_of_delegated(data: bytes) -> str:
    """The text above the delegation's line, unchecked. Raises NoteInvalidError."""
    return _parted(data)[0]


def open_delegated(data: bytes, *, keys: Iterable[Verifier]) -> DelegatedNote:
    """Check who signed a delegated note, and that the log's key lets them.

    Raises:
        NoteInvalidError: it is none, it was changed, or no key of the log stands behind it.
    """
    text, delegation_note = _parted(data)
    delegation = open_delegation(delegation_note, keys=keys)
    opened = open_note(data, [delegation.key])
    if opened.signatures != (delegation.key,):
        raise NoteForgedError("It is not signed by the key that it brings.")
    return DelegatedNote(text, delegation)


def _named(text: str) -> tuple[VerifierKey, int]:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise NoteInvalidError("The text that was signed is not a delegation.")
    return VerifierKey.parse(found[1]), int(found[2])


def _parted(data: bytes) -> tuple[str, bytes]:
    found = _DELEGATED.fullmatch(read_note(data)[0])
    if found is None:
        raise NoteInvalidError("The note carries no delegation.")
    try:
        return found[1], decode_base64(found[2])
    except ValueError as error:
        raise NoteInvalidError("The delegation is not standard base64.") from error
