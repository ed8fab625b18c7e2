"""ML-DSA-44 beside Ed25519, cosignatures, policies, and receipts that must have been witnessed."""

from __future__ import annotations

import pytest

from pennywhistle.engines.tlog import merkle
from pennywhistle.engines.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.checks import check_witnessed
from pennywhistle.engines.tlog.cosignature import (
    CosignatureKind,
    CosignerKey,
    CosigningKey,
    cosignatures_of,
    parse_log_key,
)
from pennywhistle.engines.tlog.note import (
    NoteForgedError,
    NoteInvalidError,
    NoteUnsignedError,
    SigningKey,
    VerifierKey,
)
from pennywhistle.engines.tlog.policy import (
    Policy,
    PolicyInvalidError,
    format_policy,
    parse_policy,
)

ORIGIN = "records.example/log"
LOG = SigningKey(ORIGIN, b"l" * 32)
LOG_ML_DSA = CosigningKey(ORIGIN, CosignatureKind.ML_DSA_44, b"m" * 32)
HEAD = Checkpoint(ORIGIN, 5, merkle.leaf_hash(b""))
W1, W2, W3 = (
    CosigningKey(f"w{n}.example", kind, bytes([n]) * 32)
    for n, kind in ((1, CosignatureKind.ED25519), (2, CosignatureKind.ML_DSA_44),
                    (3, CosignatureKind.ED25519))
)  # fmt: skip


def signed(*witnesses: CosigningKey, time_s: int = 1_790_000_000) -> bytes:
    note = sign_checkpoint(HEAD, LOG, LOG_ML_DSA)
    lines = "".join(each.line_at(HEAD.format(), time_s=time_s) for each in witnesses)
    return note + lines.encode()


def a_policy(quorum: str = "group them 2 w1 w2 w3\nquorum them") -> Policy:
    keys = "".join(
        f"witness w{n} {key.verifier.to_text()} https://w{n}.example/\n"
        for n, key in enumerate((W1, W2, W3), start=1)
    )
    return parse_policy(f"log {LOG.verifier.to_text()}\n{keys}{quorum}\n".encode())


@pytest.mark.parametrize("kind", list(CosignatureKind))
def test_keys_are_written_and_read(kind: CosignatureKind) -> None:
    key = CosigningKey.generate("w.example", kind)

    assert CosigningKey.from_text(key.to_text()) == key
    assert CosignerKey.parse(key.verifier.to_text()) == key.verifier
    assert repr(key.seed) not in repr(key)


def test_the_published_example_key_of_a_cosignature_is_refused_as_a_logs_own() -> None:
    with pytest.raises(NoteInvalidError):
        parse_log_key(W1.verifier.to_text())
    assert parse_log_key(LOG.verifier.to_text()) == LOG.verifier
    assert parse_log_key(LOG_ML_DSA.verifier.to_text()) == LOG_ML_DSA.verifier
    with pytest.raises(NoteInvalidError):
        VerifierKey.parse(LOG_ML_DSA.verifier.to_text())


def test_what_ed25519_witnesses_sign_is_that_of_the_specification() -> None:
    text = HEAD.format()
    signature = W1.sign_at(text, time_s=1_679_315_147)
    message = f"cosignature/v1\ntime 1679315147\n{text}"
    plain = VerifierKey(W1.name, W1.verifier.public_key)

    assert signature[:8] == (1_679_315_147).to_bytes(8, "big")
    assert plain.has_signed(message, signature[8:])


def test_a_head_is_signed_with_ed25519_and_ml_dsa_44() -> None:
    note = signed()

    for key in (LOG.verifier, LOG_ML_DSA.verifier):
        assert open_checkpoint(note, keys=[key], origin=ORIGIN) == HEAD
    assert len(LOG_ML_DSA.sign(HEAD.format())) == 8 + 2420


def test_a_bit_changed_in_either_signature_spoils_the_head() -> None:
    note = signed()
    for line in note.split(b"\n")[-3:-1]:
        at = note.index(line) + len(line) - 12
        bad = note[:at] + (b"A" if note[at : at + 1] != b"A" else b"B") + note[at + 1 :]
        with pytest.raises(NoteForgedError):
            open_checkpoint(bad, keys=[LOG.verifier, LOG_ML_DSA.verifier], origin=ORIGIN)


def test_a_witness_cannot_sign_for_the_log() -> None:
    with pytest.raises(NoteUnsignedError):
        open_checkpoint(signed(W2), keys=[W2.verifier], origin=ORIGIN)


def test_cosignatures_are_read_and_wrong_ones_are_none() -> None:
    keys = [W1.verifier, W2.verifier, W3.verifier]
    forged = signed(W1).replace(b"w1.example", b"w3.example")
    other_head = Checkpoint(ORIGIN, 6, HEAD.root).format()
    of_another = signed() + W2.line_at(other_head, time_s=7).encode()

    assert [each.key for each in cosignatures_of(signed(W1, W2), keys)] == keys[:2]
    assert [each.time_s for each in cosignatures_of(signed(W2, time_s=9), keys)] == [9]
    assert cosignatures_of(forged, keys) == ()
    assert cosignatures_of(of_another, keys) == ()


def test_a_policy_counts_witnesses_and_groups() -> None:
    policy = a_policy("group a any w1 w2\ngroup b all a w3\nquorum b")

    assert policy.is_met_by(["w1", "w3"])
    assert not policy.is_met_by(["w1", "w2"])
    assert policy.least == 2
    assert parse_policy(format_policy(policy, notes=["hello"]).encode()) == policy


@pytest.mark.parametrize(
    ("quorum", "why"),
    [
        ("", "has a quorum line"),
        ("quorum nobody", "not given above"),
        ("quorum w1\nquorum w2", "one quorum line"),
        ("group g 3 w1 w2\nquorum g", "any, all or 1 to 2"),
        ("group g 0 w1\nquorum g", "any, all or 1 to 1"),
        ("group g any w1 w1\nquorum g", "member already"),
        ("group none any w1\nquorum none", "taken"),
        ("group g any\nquorum g", "no log, witness"),
        ("witness w4 " + W1.verifier.to_text() + "\nquorum w4", "stands in it already"),
        ("log " + W1.verifier.to_text() + "\nquorum none", "Ed25519 key"),
        ("quorum\x00 none", "control character"),
        ("quorum none\r", "control character"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_with_its_line(quorum: str, why: str) -> None:
    with pytest.raises(PolicyInvalidError, match=why):
        a_policy(quorum)


@pytest.mark.parametrize(
    ("by", "passed", "words"),
    [
        ((W1, W2), True, "Witnessed by 2 of 3 (w1, w2); 2 are required."),
        ((W3,), False, "Witnessed by 1 of 3 (w3), which is less"),
        ((), False, "Witnessed by 0 of 3, which is less"),
    ],
)
def test_a_verdict_says_how_many_witnessed_it(
    *, by: tuple[CosigningKey, ...], passed: bool, words: str
) -> None:
    check = check_witnessed(signed(*by), policy=a_policy())

    assert (check.passed, check.sentence.startswith(words)) == (passed, True)


def test_a_store_without_witnesses_says_so() -> None:
    check = check_witnessed(signed(), policy=parse_policy(b"quorum none\n"))

    assert check.passed is None
    assert check.sentence.startswith("No witness watches this log")
