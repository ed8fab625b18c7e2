"""The ceremony of changing keys: old heads stay verifiable, and a crash leaves a log that signs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import NOON
from pennywhistle.apps.proof.keys import add_ml_dsa_key, prepare_keys, rotate_keys
from pennywhistle.apps.proof.log import KeysExistError, KeysMissingError, the_log
from pennywhistle.apps.proof.policies import published_policy
from pennywhistle.apps.proof.retired import retired_keys
from pennywhistle.apps.proof.signing import LOG_KEY, ML_DSA_KEY, create_keys, the_signing_log
from pennywhistle.engines.tlog import merkle
from pennywhistle.engines.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.note import NoteUnsignedError
from pennywhistle.engines.tlog.policy import parse_policy

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings: SettingsWrapper) -> Path:
    settings.KEYS = tmp_path / "keys"
    settings.WITNESS_POLICY = ""
    create_keys(now=NOON)
    return tmp_path / "keys" / "signing"


def a_head(size: int = 5) -> bytes:
    log = the_signing_log()
    return sign_checkpoint(Checkpoint(log.origin, size, merkle.leaf_hash(b"")), *log.signers)


def accepted(head: bytes) -> bool:
    keys = parse_policy(published_policy(the_log()).encode()).log_keys
    try:
        open_checkpoint(head, keys=keys, origin=the_log().origin)
    except NoteUnsignedError:
        return False
    return True


def test_a_new_log_signs_with_both_kinds() -> None:
    assert len(the_log().verifiers) == 2
    assert a_head().count("\u2014".encode()) == 2


def test_next_keys_sign_beside_the_present_ones_before_they_take_over() -> None:
    before, known = a_head(), the_log().verifiers
    prepared = prepare_keys(now=NOON)
    between = a_head()
    assert open_checkpoint(between, keys=known, origin=the_log().origin)
    assert open_checkpoint(between, keys=prepared, origin=the_log().origin)

    assert rotate_keys(now=NOON, is_revoked=False) == prepared

    assert [each.key for each in retired_keys()] == list(known)
    assert accepted(before)
    assert accepted(a_head())
    with pytest.raises(NoteUnsignedError):
        open_checkpoint(a_head(), keys=known, origin=the_log().origin)


def test_revoked_keys_are_believed_by_nobody() -> None:
    before = a_head()
    prepare_keys(now=NOON)
    rotate_keys(now=NOON, is_revoked=True)

    assert not accepted(before)
    assert accepted(a_head())
    assert "# revoked " in published_policy(the_log())


def test_a_rotation_that_was_cut_off_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    known = the_log().verifiers
    prepared = prepare_keys(now=NOON)
    replace, left = Path.replace, [1]

    def cut(self: Path, target: Path) -> Path:
        if not left:
            raise OSError("power is gone")
        left.pop()
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut)
        with pytest.raises(OSError, match="power"):
            rotate_keys(now=NOON, is_revoked=False)
    assert accepted(a_head())

    assert rotate_keys(now=NOON, is_revoked=False) == prepared
    assert [each.key for each in retired_keys()] == list(known)


def test_nothing_is_overwritten_and_nothing_rotates_unprepared(keys: Path) -> None:
    with pytest.raises(KeysMissingError):
        rotate_keys(now=NOON, is_revoked=False)
    prepare_keys(now=NOON)
    with pytest.raises(KeysExistError):
        prepare_keys(now=NOON)
    for file in keys.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_a_log_that_began_without_ml_dsa_gets_it(keys: Path) -> None:
    (keys / ML_DSA_KEY).unlink()
    assert len(the_signing_log().verifiers) == 1

    added = add_ml_dsa_key(now=NOON)

    assert the_log().verifiers[1] == added
    assert (keys / LOG_KEY).exists()


def test_the_policy_of_a_store_without_witnesses_says_so() -> None:
    text = published_policy(the_log())

    assert "No witness watches this log" in text
    assert parse_policy(text.encode()).asks_nobody


def test_a_log_that_is_printed_shows_no_secret() -> None:
    for log in (the_log(), the_signing_log()):
        assert log.origin in repr(log)
        assert "page_secret" not in repr(log)
        assert repr(log.page_secret) not in repr(log)
