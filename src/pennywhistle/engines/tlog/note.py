"""Text signed by one or more keys: C2SP signed-note with Ed25519 (RFC 8032)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64

if TYPE_CHECKING:
    from collections.abc import Iterable

# The specification wants 16 signatures of up to 5 kB (post-quantum) to be accepted.
note_size_bytes_max = 256 * 1024
signature_count_max = 64
_ED25519 = b"\x01"
_KEY_SIZE_BYTES = 32
_KEY_ID_SIZE_BYTES = 4
_PRIVATE_PREFIX = "PRIVATE+KEY+"
_SIGNATURE_LINE = re.compile("\u2014 ([^ ]+) ([^ ]+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteInvalidError(ValueError):
    """A note or a key is not written as signed-note wants it."""

    code = "note-invalid"


class NoteForgedError(NoteInvalidError):
    """A known key's signature under the note does not match its text."""

    code = "note-forged"


class NoteUnsignedError(NoteInvalidError):
    """No known key signed the note."""

    code = "note-unsigned"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and the Ed25519 public key (32 bytes) that signs under it."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read `name+hash+base64`, where the hash is the key id in hexadecimal."""
        name, key_id, public_key = _split_key(vkey)
        key = cls(name, public_key)
        _check_key_id(key, key_id)
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart: SHA-256(name, newline, type, key)."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def to_text(self) -> str:
        """Write the vkey; the form that a store publishes."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(_ED25519 + self.public_key)}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Tell whether `signature` (64 bytes) is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A name and the Ed25519 private key (32 bytes) behind it; its printed form hides the key."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Make a new key under `name`; logs name it as their origin."""
        _check_name(name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read `PRIVATE+KEY+name+hash+base64`, the form of Go's note package."""
        if not text.startswith(_PRIVATE_PREFIX):
            raise NoteInvalidError(f"A private key begins with {_PRIVATE_PREFIX}.")
        name, key_id, seed = _split_key(text.removeprefix(_PRIVATE_PREFIX))
        key = cls(name, seed)
        _check_key_id(key.verifier, key_id)
        return key

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, public.public_bytes_raw())

    def to_text(self) -> str:
        """Write the private key as `from_text` reads it; a secret."""
        key_id = self.verifier.key_id.hex()
        return f"{_PRIVATE_PREFIX}{self.name}+{key_id}+{encode_base64(_ED25519 + self.seed)}"

    def sign(self, text: str) -> bytes:
        """Sign the text: 64 bytes, the same for the same text."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note's text, and the known keys that signed it."""

    text: str
    signatures: tuple[VerifierKey, ...]


def sign_note(text: str, *keys: SigningKey) -> bytes:
    """Sign a text that ends with a newline, with each key in turn."""
    if not keys or not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalidError(
            "A note needs a key, a final newline, and no control characters in its text."
        )
    lines = [
        f"\u2014 {key.name} {encode_base64(key.verifier.key_id + key.sign(text))}\n" for key in keys
    ]
    return (text + "\n" + "".join(lines)).encode()


def open_note(data: bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Check a note's signatures against the known keys.

    Raises:
        NoteInvalidError: it is not a note.
        NoteForgedError: a known key's signature is wrong.
        NoteUnsignedError: no known key signed it; unknown keys are ignored.
    """
    text, lines = _split_note(data)
    known = {(key.name, key.key_id): key for key in keys}
    signed_by: dict[VerifierKey, None] = {}
    for line in lines:
        name, key_id, signature = _read_signature(line)
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.has_signed(text, signature):
            raise NoteForgedError(f"The signature of {name} does not match the text.")
        signed_by[key] = None
    if not signed_by:
        raise NoteUnsignedError("None of the known keys has signed this.")
    return OpenedNote(text, tuple(signed_by))


def _split_note(data: bytes) -> tuple[str, list[str]]:
    if len(data) > note_size_bytes_max:
        raise NoteInvalidError(f"A note has at most {note_size_bytes_max} bytes.")
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise NoteInvalidError("A note is UTF-8 text.") from error
    # The last empty line parts the text from the signatures; the text may hold empty lines.
    text, parted, signatures = note.rpartition("\n\n")
    if not parted or not signatures.endswith("\n") or _CONTROL.search(note):
        raise NoteInvalidError("A note is text, an empty line, and lines of signatures.")
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > signature_count_max:
        raise NoteInvalidError(f"A note has at most {signature_count_max} signatures.")
    return text + "\n", lines


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise NoteInvalidError("A signature line is a dash, a name and a signature.")
    name = match[1]
    _check_name(name)
    signature = _decode(match[2])
    if len(signature) <= _KEY_ID_SIZE_BYTES:
        raise NoteInvalidError(f"The signature of {name} is empty.")
    return name, signature[:_KEY_ID_SIZE_BYTES], signature[_KEY_ID_SIZE_BYTES:]


def _split_key(text: str) -> tuple[str, bytes, bytes]:
    """Split at most twice: base64 may itself contain a plus."""
    parts = text.split("+", 2)
    expected = 3
    if len(parts) != expected or not re.fullmatch("[0-9a-fA-F]{8}", parts[1]):
        raise NoteInvalidError("A key is written name+hash+base64.")
    _check_name(parts[0])
    key = _decode(parts[2])
    if key[:1] != _ED25519 or len(key) != 1 + _KEY_SIZE_BYTES:
        raise NoteInvalidError("Only Ed25519 keys (type 1, 32 bytes) are known here.")
    return parts[0], bytes.fromhex(parts[1]), key[1:]


def _check_key_id(key: VerifierKey, key_id: bytes) -> None:
    if key.key_id != key_id:
        raise NoteInvalidError(f"The hash of key {key.name} should be {key.key_id.hex()}.")


def _check_name(name: str) -> None:
    if not name or "+" in name or _CONTROL.search(name) or any(c.isspace() for c in name):
        raise NoteInvalidError("A key's name is not empty and has neither spaces nor plus.")


def _decode(text: str) -> bytes:
    try:
        return decode_base64(text)
    except ValueError as error:
        raise NoteInvalidError("A key or signature is not standard base64.") from error
