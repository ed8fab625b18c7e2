"""A proof as text: what is written is read back, and nothing else is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog.tlog_proof import (
    TlogProof,
    TlogProofInvalidError,
    format_proof,
    parse_proof,
)

if TYPE_CHECKING:
    from pathlib import Path

hashes = st.binary(min_size=32, max_size=32)
counts = st.integers(0, 2**63 - 1)


proofs = st.builds(
    TlogProof,
    index=counts,
    path=st.lists(hashes, max_size=63).map(tuple),
    checkpoint=st.binary(min_size=1, max_size=60),
    extra=st.binary(max_size=60),
)


@given(proofs)
def test_a_proof_is_read_as_it_was_written(proof: TlogProof) -> None:
    assert parse_proof(format_proof(proof)) == proof


@given(st.binary(max_size=80))
def test_no_bytes_make_a_proof_fail_in_another_way(data: bytes) -> None:
    for text in (data, b"c2sp.org/tlog-proof@v1\n" + data):
        try:
            proof = parse_proof(text)
        except TlogProofInvalidError:
            continue
        assert format_proof(proof) == text


def test_proofs_are_parsed_as_published(vectors: Path) -> None:
    known = json.loads((vectors / "derived/tlog_proof_parse.json").read_text())

    for text in known["valid_shape"]:
        assert parse_proof(text.encode()) == TlogProof(0, (), b"checkpoint\n")
    for text in known["invalid"]:
        with pytest.raises(TlogProofInvalidError):
            parse_proof(text.encode())


HASH_LINE = "A" * 43 + "=\n"


@pytest.mark.parametrize(
    "rest",
    [
        "index 00\n\nc\n",
        "index 0\n",
        "index 0\n\n",
        "index 9223372036854775808\n\nc\n",
        "extra \nindex 0\n\nc\n",
        "extra AAAA\n\nc\n",
        "index 0\nextra AAAA\n\nc\n",
        "index 0\nAAAA\n\nc\n",
        "index 0\r\n\nc\n",
        "index \u0660\n\nc\n",
        f"index 0\n{HASH_LINE * 64}\nc\n",
        "index 0\n\n" + "c" * 1024 * 1024,
    ],
)
def test_what_is_not_a_proof_is_refused(rest: str) -> None:
    with pytest.raises(TlogProofInvalidError):
        parse_proof(f"c2sp.org/tlog-proof@v1\n{rest}".encode())
