"""Text signed by one or more keys: C2SP signed-note with Ed25519 (RFC 8032)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

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


class Verifier(Protocol):
    """A public key that signs notes under a name, of whatever signature type."""

    @property
    def name(self) -> str:
        """Whose key it is; logs name it as their origin."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        ...

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Tell whether `signature` is this key's over the text."""
        ...

    def to_text(self) -> str:
        """Write the vkey."""
        ...


class Signer(Protocol):
    """A private key that signs notes under a name."""

    @property
    def name(self) -> str:
        """Whose key it is."""
        ...

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        ...

    def sign(self, text: str) -> bytes:
        """Sign the text."""
        ...


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and the Ed25519 public key (32 bytes) that signs under it."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read `name+hash+base64`, where the hash is the key id in hexadecimal."""
        name, key_id, kind, public_key = split_key(vkey)
        if kind != _ED25519 or len(public_key) != _KEY_SIZE_BYTES:
            raise NoteInvalidError("This is not an Ed25519 key (type 1, 32 bytes).")
        key = cls(name, public_key)
        check_key_id(key, key_id)
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart: SHA-256(name, newline, type, key)."""
        return key_id_of(self.name, _ED25519, self.public_key)

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
        check_name(name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read `PRIVATE+KEY+name+hash+base64`, the form of Go's note package."""
        name, key_id, kind, seed = split_private_key(text)
        if kind != _ED25519 or len(seed) != _KEY_SIZE_BYTES:
            raise NoteInvalidError("This is not an Ed25519 key (type 1, 32 bytes).")
        key = cls(name, seed)
        check_key_id(key.verifier, key_id)
        return key

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, public.public_bytes_raw())

    def to_text(self) -> str:
        """Write the private key as `from_text` reads it; a secret."""
        return private_key_text(self.verifier, _ED25519, self.seed)

    def sign(self, text: str) -> bytes:
        """Sign the text: 64 bytes, the same for the same text."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note's text, and the known keys that signed it."""

    text: str
    signatures: tuple[Verifier, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line as it stands under a note: a claim, until a key has checked it."""

    name: str
    key_id: bytes
    signature: bytes

    def to_line(self) -> str:
        """Write the line, with its newline."""
        return f"\u2014 {self.name} {encode_base64(self.key_id + self.signature)}\n"


def sign_note(text: str, *keys: Signer) -> bytes:
    """Sign a text that ends with a newline, with each key in turn."""
    if not keys or not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalidError(
            "A note needs a key, a final newline, and no control characters in its text."
        )
    lines = [Signature(key.name, key.verifier.key_id, key.sign(text)).to_line() for key in keys]
    return (text + "\n" + "".join(lines)).encode()


def read_note(data: bytes) -> tuple[str, tuple[Signature, ...]]:
    """Part a note into its text and its signatures, none of which is checked.

    Raises:
        NoteInvalidError: it is not a note.
    """
    text, lines = _split_note(data)
    return text, tuple(read_signature(line) for line in lines)


def open_note(data: bytes, keys: Iterable[Verifier]) -> OpenedNote:
    """Check a note's signatures against the known keys.

    Raises:
        NoteInvalidError: it is not a note.
        NoteForgedError: a known key's signature is wrong.
        NoteUnsignedError: no known key signed it; unknown keys are ignored.
    """
    text, signatures = read_note(data)
    known = {(key.name, key.key_id): key for key in keys}
    signed_by: dict[Verifier, None] = {}
    for each in signatures:
        key = known.get((each.name, each.key_id))
        if key is None:
            continue
        if not key.has_signed(text, each.signature):
            raise NoteForgedError(f"The signature of {each.name} does not match the text.")
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


def read_signature(line: str) -> Signature:
    """Read one signature line, without its newline. Raises NoteInvalidError."""
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise NoteInvalidError("A signature line is a dash, a name and a signature.")
    name = match[1]
    check_name(name)
    signature = _decode(match[2])
    if len(signature) <= _KEY_ID_SIZE_BYTES:
        raise NoteInvalidError(f"The signature of {name} is empty.")
    return Signature(name, signature[:_KEY_ID_SIZE_BYTES], signature[_KEY_ID_SIZE_BYTES:])


def key_id_of(name: str, kind: bytes, public_key: bytes) -> bytes:
    """Four bytes of SHA-256 over name, newline, signature type and key (signed-note)."""
    return sha256(name.encode() + b"\n" + kind + public_key).digest()[:_KEY_ID_SIZE_BYTES]


def split_key(text: str) -> tuple[str, bytes, bytes, bytes]:
    """Part a vkey into name, key id, signature type (a byte) and key. Raises NoteInvalidError."""
    # At most twice: base64 may itself contain a plus.
    parts = text.split("+", 2)
    expected = 3
    if len(parts) != expected or not re.fullmatch("[0-9a-fA-F]{8}", parts[1]):
        raise NoteInvalidError("A key is written name+hash+base64.")
    check_name(parts[0])
    key = _decode(parts[2])
    return parts[0], bytes.fromhex(parts[1]), key[:1], key[1:]


def split_private_key(text: str) -> tuple[str, bytes, bytes, bytes]:
    """The same of a private key, as Go's note package writes it. Raises NoteInvalidError."""
    if not text.startswith(_PRIVATE_PREFIX):
        raise NoteInvalidError(f"A private key begins with {_PRIVATE_PREFIX}.")
    return split_key(text.removeprefix(_PRIVATE_PREFIX))


def private_key_text(verifier: Verifier, kind: bytes, seed: bytes) -> str:
    """Write a private key as `split_private_key` reads it; a secret."""
    key_id = verifier.key_id.hex()
    return f"{_PRIVATE_PREFIX}{verifier.name}+{key_id}+{encode_base64(kind + seed)}"


def check_key_id(key: Verifier, key_id: bytes) -> None:
    """Refuse a key whose id is not its own. Raises NoteInvalidError."""
    if key.key_id != key_id:
        raise NoteInvalidError(f"The hash of key {key.name} should be {key.key_id.hex()}.")


def check_name(name: str) -> None:
    """Refuse what cannot be a key's name. Raises NoteInvalidError."""
    if not name or "+" in name or _CONTROL.search(name) or any(c.isspace() for c in name):
        raise NoteInvalidError("A key's name is not empty and has neither spaces nor plus.")


def _decode(text: str) -> bytes:
    try:
        return decode_base64(text)
    except ValueError as error:
        raise NoteInvalidError("A key or signature is not standard base64.") from error
