"""Digests of files, in every way that senders write them."""

from __future__ import annotations

import base64
import hashlib

import pytest

from pennywhistle.engines.ddex.digests import UnknownAlgorithmError, agrees, digester
from pennywhistle.engines.ddex.files import Hash
from pennywhistle.engines.ddex.things import Word

DATA = b"tin whistle"


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [
        ("MD5", hashlib.md5(DATA).hexdigest()),  # noqa: S324 (what suppliers send)
        ("MD5", hashlib.md5(DATA).hexdigest().upper()),  # noqa: S324
        ("SHA1", hashlib.sha1(DATA).hexdigest()),  # noqa: S324
        ("SHA", hashlib.sha1(DATA).hexdigest()),  # noqa: S324
        ("SHA-224", hashlib.sha224(DATA).hexdigest()),
        ("sha-256", hashlib.sha256(DATA).hexdigest()),
        ("SHA-256", base64.b64encode(hashlib.sha256(DATA).digest()).decode()),
        ("SHA-384", hashlib.sha384(DATA).hexdigest()),
        ("SHA_512", hashlib.sha512(DATA).hexdigest()),
        ("CRC32", "e2f18f6b"),
    ],
)
def test_what_was_sent_agrees_and_nothing_else(algorithm: str, value: str) -> None:
    sent = Hash(Word(algorithm), value)
    right, wrong = digester(sent), digester(sent)
    right.update(DATA[:3])
    right.update(DATA[3:])
    wrong.update(DATA + b"!")

    assert agrees(sent, right.digest())
    assert not agrees(sent, wrong.digest())


@pytest.mark.parametrize("algorithm", ["MD2", "MD4", "MDC2", "RMD160", "BYTES", "", "UserDefined"])
def test_what_cannot_be_computed_is_not_believed(algorithm: str) -> None:
    with pytest.raises(UnknownAlgorithmError):
        digester(Hash(Word(algorithm), "00"))


@pytest.mark.parametrize("value", ["", "no digest", "=="])
def test_what_is_no_digest_agrees_with_nothing(value: str) -> None:
    assert not agrees(Hash(Word("MD5"), value), hashlib.md5(DATA).digest())  # noqa: S324
