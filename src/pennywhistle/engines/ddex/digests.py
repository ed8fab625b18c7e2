"""Digests as messages and manifests write them: by algorithm, in hexadecimal or base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.files import Hash

_NO_WORD = re.compile(r"[^A-Z0-9]+")
_SHA = {"SHA": "sha1", "SHA1": "sha1", "SHA224": "sha224", "SHA256": "sha256"}
_MORE = {"MD5": "md5", "SHA384": "sha384", "SHA512": "sha512"}
_SHA3 = {f"SHA3{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)}
_ALGORITHMS = {**_SHA, **_MORE, **_SHA3}
_CRC32 = "CRC32"


class UnknownAlgorithmError(Exception):
    """A digest by an algorithm that cannot be computed here, so nothing can be said of the file."""

    code = "hash-unknown"


class Digester(Protocol):
    """Takes in content and answers with its digest."""

    def update(self, data: bytes, /) -> None:
        """Go on with these bytes."""

    def digest(self) -> bytes:
        """What it is so far."""


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def digester(hash_: Hash) -> Digester:
    """What computes a digest of this kind. Raises UnknownAlgorithmError."""
    word = _NO_WORD.sub("", str(hash_.algorithm).upper())
    if word == _CRC32:
        return _Crc32()
    name = _ALGORITHMS.get(word)
    if name is None:
        raise UnknownAlgorithmError(
            f"{str(hash_.algorithm)[:40]!r} is no algorithm that this store computes."
        )
    # Against damage on the way, not against forgers: those could write another digest as well.
    return hashlib.new(name, usedforsecurity=False)


def agrees(hash_: Hash, computed: bytes) -> bool:
    """Whether the digest that was written is the one that was computed."""
    return any(hmac.compare_digest(form, computed) for form in _forms(hash_.value))


def _forms(written: str) -> list[bytes]:
    """Senders write hexadecimal digits or base64, whatever their data type says."""
    text = "".join(written.split())
    forms = []
    with suppress(ValueError):
        forms.append(bytes.fromhex(text.removeprefix("0x")))
    with suppress(binascii.Error, ValueError):
        forms.append(base64.b64decode(text, validate=True))
    return forms
