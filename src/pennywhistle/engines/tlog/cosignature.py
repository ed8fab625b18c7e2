"""Cosignatures of a log's head, Ed25519 and ML-DSA-44, as C2SP tlog-cosignature writes them.

A witness says with one that it saw the log only grow, and when. A log signs its own heads with
ML-DSA-44 in the same form, at time 0: it makes no statement about time (C2SP tlog-checkpoint).
ML-DSA (FIPS 204) comes from the `cryptography` package, pure mode, empty context.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.checkpoint import Checkpoint, CheckpointInvalidError
from pennywhistle.engines.tlog.note import (
    NoteInvalidError,
    Signature,
    VerifierKey,
    check_key_id,
    check_name,
    key_id_of,
    private_key_text,
    read_note,
    split_key,
    split_private_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.tlog.note import Verifier

time_max_s = 2**63 - 1
_TIME_SIZE_BYTES = 8
_SEED_SIZE_BYTES = 32
_NAME_SIZE_BYTES_MAX = 255
_LABEL = b"subtree/v1\n\x00"


class CosignatureKind(Enum):
    """The signature type byte of a vkey, and how many bytes a public key has."""

    ED25519 = (b"\x04", 32)
    ML_DSA_44 = (b"\x06", 1312)

    @property
    def type_byte(self) -> bytes:
        """What tells the kinds apart in a vkey and a key id."""
        return self.value[0]

    @property
    def key_size_bytes(self) -> int:
        """How long a public key is."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """Name and public key of a witness, or of a log that signs with ML-DSA-44."""

    name: str
    kind: CosignatureKind
    public_key: bytes = field(repr=False)

    @classmethod
    def parse(cls, vkey: str) -> CosignerKey:
        """Read a vkey of type 4 or 6. Raises NoteInvalidError."""
        name, key_id, type_byte, public_key = split_key(vkey)
        kind = _kind_of(type_byte)
        if len(public_key) != kind.key_size_bytes:
            raise NoteInvalidError(f"A key of this type has {kind.key_size_bytes} bytes.")
        key = cls(name, kind, public_key)
        check_key_id(key, key_id)
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return key_id_of(self.name, self.kind.type_byte, self.public_key)

    def to_text(self) -> str:
        """Write the vkey."""
        material = encode_base64(self.kind.type_byte + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Tell whether `signature` (8 bytes of time, then the signature) is right for the head."""
        if len(signature) <= _TIME_SIZE_BYTES:
            return False
        time_s = time_of(signature)
        if time_s > time_max_s:
            return False
        try:
            message = _message(self, text, time_s)
            self._verify(signature[_TIME_SIZE_BYTES:], message)
        except (InvalidSignature, CheckpointInvalidError, ValueError):
            return False
        return True

    def _verify(self, signature: bytes, message: bytes) -> None:
        if self.kind is CosignatureKind.ED25519:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        else:
            MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature, message)


@dataclass(frozen=True, slots=True)
class CosigningKey:
    """Name and private key (a seed of 32 bytes); its printed form hides the key."""

    name: str
    kind: CosignatureKind
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str, kind: CosignatureKind) -> CosigningKey:
        """Make a new key under `name`."""
        check_name(name)
        if len(name.encode()) > _NAME_SIZE_BYTES_MAX:
            raise NoteInvalidError(f"A cosigner's name has at most {_NAME_SIZE_BYTES_MAX} bytes.")
        if kind is CosignatureKind.ED25519:
            return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())
        return cls(name, kind, MLDSA44PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> CosigningKey:
        """Read what `to_text` wrote. Raises NoteInvalidError."""
        name, key_id, type_byte, seed = split_private_key(text)
        if len(seed) != _SEED_SIZE_BYTES:
            raise NoteInvalidError(f"A private key has {_SEED_SIZE_BYTES} bytes.")
        key = cls(name, _kind_of(type_byte), seed)
        check_key_id(key.verifier, key_id)
        return key

    @property
    def verifier(self) -> CosignerKey:
        """The public half."""
        if self.kind is CosignatureKind.ED25519:
            public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        else:
            public = MLDSA44PrivateKey.from_seed_bytes(self.seed).public_key().public_bytes_raw()
        return CosignerKey(self.name, self.kind, public)

    def to_text(self) -> str:
        """Write the private key; a secret."""
        return private_key_text(self.verifier, self.kind.type_byte, self.seed)

    def sign(self, text: str) -> bytes:
        """Sign a log's own head, without a statement about time; ML-DSA-44 only."""
        if self.kind is not CosignatureKind.ML_DSA_44:
            raise NoteInvalidError("A log signs with Ed25519 by a key of type 1.")
        return self.sign_at(text, time_s=0)

    def sign_at(self, text: str, *, time_s: int) -> bytes:
        """Cosign a head at a time (POSIX seconds).

        Raises:
            CheckpointInvalidError: the text is not a checkpoint.
        """
        message = _message(self.verifier, text, time_s)
        if self.kind is CosignatureKind.ED25519:
            signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        else:
            signature = MLDSA44PrivateKey.from_seed_bytes(self.seed).sign(message)
        return struct.pack(">Q", time_s) + signature

    def line_at(self, text: str, *, time_s: int) -> str:
        """The same as a line under the note."""
        signature = self.sign_at(text, time_s=time_s)
        return Signature(self.name, self.verifier.key_id, signature).to_line()


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that was checked: whose, and when they made it (POSIX seconds)."""

    key: CosignerKey
    time_s: int
    signature: Signature


def cosignatures_of(note: bytes, keys: Iterable[CosignerKey]) -> tuple[Cosignature, ...]:
    """The right cosignatures of known keys under a note, one of each, the newest.

    A wrong one counts as none. It does not spoil the note, which is the log's: a witness could
    else make receipts worthless by one bad line.

    Raises:
        NoteInvalidError: it is not a note.
    """
    text, signatures = read_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[CosignerKey, Cosignature] = {}
    for each in signatures:
        key = known.get((each.name, each.key_id))
        if key is None or not key.has_signed(text, each.signature):
            continue
        time_s = time_of(each.signature)
        if key not in found or found[key].time_s < time_s:
            found[key] = Cosignature(key, time_s, each)
    return tuple(found.values())


def time_of(signature: bytes) -> int:
    """When a cosignature says that it was made, POSIX seconds."""
    (time_s,) = struct.unpack(">Q", signature[:_TIME_SIZE_BYTES])
    return int(time_s)


def parse_log_key(vkey: str) -> VerifierKey | CosignerKey:
    """Read a key that a log signs with: Ed25519 (type 1) or ML-DSA-44 (type 6).

    Raises NoteInvalidError.
    """
    if split_key(vkey)[2] != CosignatureKind.ML_DSA_44.type_byte:
        return VerifierKey.parse(vkey)
    return CosignerKey.parse(vkey)


def public_bytes_of(key: Verifier) -> bytes:
    """The key itself, without its name: policies may not name one key twice."""
    return split_key(key.to_text())[3]


def _kind_of(type_byte: bytes) -> CosignatureKind:
    for kind in CosignatureKind:
        if kind.type_byte == type_byte:
            return kind
    raise NoteInvalidError("A cosigner's key is of type 4 (Ed25519) or 6 (ML-DSA-44).")


def _message(key: CosignerKey, text: str, time_s: int) -> bytes:
    """What is signed (tlog-cosignature, `Ed25519 signed message`, `ML-DSA-44 signed message`)."""
    if not 0 <= time_s <= time_max_s:
        raise CheckpointInvalidError("A cosignature's time is between 1970 and 2^63 seconds after.")
    head = Checkpoint.parse(text)
    if key.kind is CosignatureKind.ED25519:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    return b"".join(
        (
            _LABEL,
            _short(key.name),
            struct.pack(">Q", time_s),
            _short(head.origin),
            struct.pack(">QQ", 0, head.size),
            head.root,
        )
    )


def _short(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= _NAME_SIZE_BYTES_MAX:
        raise CheckpointInvalidError(f"A name has 1 to {_NAME_SIZE_BYTES_MAX} bytes.")
    return bytes([len(data)]) + data
