"""Signed manifests of files: a note that vouches for a list of SHA-256 sums."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.delegation import is_delegated, open_delegated, sign_delegated
from pennywhistle.engines.tlog.note import NoteInvalidError, open_note, sign_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.tlog.note import SigningKey, Verifier

# A checkpoint's first line is the log's name, and no name of a key holds a space (signed-note),
# so that neither can be taken for the other, whichever of a log's keys signs.
MANIFEST_HEADER = "Pennywhistle manifest of files 1"
SUMS_NAME = "SHA256SUMS"
sums_size_bytes_max = 32 * 1024 * 1024
_TEXT = re.compile(
    rf"{MANIFEST_HEADER}\n{SUMS_NAME} ([0-9a-f]{{64}})\nfiles (0|[1-9][0-9]{{0,8}})\n"
)
_LINE = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f\\]+)")


class ManifestInvalidError(ValueError):
    """A manifest or its list of sums is not written as it must be, or nobody known signed it."""

    code = "manifest-invalid"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was signed: the SHA-256 (hexadecimal) of the list, and how many files it names.

    `signed_by` are the log's keys that answer for it, by themselves or by a delegation.
    """

    sums_sha256: str
    file_count: int
    signed_by: tuple[Verifier, ...]


def write_sums(files: Iterable[tuple[str, str]]) -> bytes:
    """The list as `sha256sum --check` reads it, of names and SHA-256 sums (hexadecimal)."""
    return "".join(f"{digest}  {name}\n" for name, digest in files).encode()


def sign_manifest(sums: bytes, *, key: SigningKey, delegation: bytes = b"") -> bytes:
    """Vouch for a list of sums; the same list and key give the same bytes.

    With a `delegation`, by a key that the log's key lets sign (`delegation.sign_delegation`).
    """
    count = sums.count(b"\n")
    text = f"{MANIFEST_HEADER}\n{SUMS_NAME} {sha256(sums).hexdigest()}\nfiles {count}\n"
    if delegation:
        return sign_delegated(text, key=key, delegation=delegation)
    return sign_note(text, key)


def open_manifest(data: bytes, *, keys: Iterable[Verifier]) -> Manifest:
    """Check who signed a manifest, and read it.

    Raises:
        ManifestInvalidError: it is none, it was changed, or none of the keys signed it.
    """
    try:
        if is_delegated(data):
            delegated = open_delegated(data, keys=keys)
            text, signed_by = delegated.text, delegated.delegation.signed_by
        else:
            note = open_note(data, keys)
            text, signed_by = note.text, note.signatures
    except NoteInvalidError as error:
        raise ManifestInvalidError(str(error)) from error
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ManifestInvalidError("The text that was signed is not a manifest of files.")
    return Manifest(found[1], int(found[2]), signed_by)


def read_sums(data: bytes) -> dict[str, str]:
    """SHA-256 sums (hexadecimal) by name; every name stays within the folder that the list is in.

    Raises ManifestInvalidError.
    """
    if len(data) > sums_size_bytes_max:
        raise ManifestInvalidError("The list of sums is too large.")
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise ManifestInvalidError("The list of sums is not UTF-8 text.") from error
    if lines.pop() != "":
        raise ManifestInvalidError("The list of sums ends within a line.")
    sums: dict[str, str] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None or not _stays_inside(found[2]) or found[2] in sums:
            raise ManifestInvalidError("A line of the list is not a sum and a name of its own.")
        sums[found[2]] = found[1]
    return sums


def _stays_inside(name: str) -> bool:
    return all(part not in {"", ".", ".."} for part in name.split("/")) and ":" not in name
