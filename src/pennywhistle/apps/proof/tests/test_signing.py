"""Who reads the log needs no private key; who signs it tells readers, and one may not sign."""

from __future__ import annotations

import errno
import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import NOON
from pennywhistle.apps.proof.keys import replace_till_key
from pennywhistle.apps.proof.log import (
    KeysExistError,
    KeysMissingError,
    have_keys,
    log_folder,
    the_log,
    write_once,
)
from pennywhistle.apps.proof.signing import (
    LOG_KEY,
    ML_DSA_KEY,
    VARIABLE,
    MayNotSignError,
    create_keys,
    tell_readers,
    the_signing_log,
)
from pennywhistle.apps.proof.till import DELEGATION, TILL_KEY, the_till
from pennywhistle.config import may_sign
from pennywhistle.engines.tlog.delegation import open_delegation, till_name
from pennywhistle.engines.tlog.note import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings: SettingsWrapper) -> Path:
    settings.KEYS = tmp_path / "keys"
    return tmp_path / "keys"


def test_readers_need_nothing_of_what_signs(keys: Path) -> None:
    create_keys(now=NOON)
    signing = the_signing_log()
    shutil.rmtree(keys / "signing")

    assert the_log().verifiers == signing.verifiers
    assert the_till().key.name == f"{signing.origin}/till"
    assert not hasattr(the_log(), "signers")
    seeds = [signing.key.seed, *(key.seed for key in signing.further_keys)]  # type: ignore[attr-defined]
    held = b"".join(file.read_bytes() for file in keys.iterdir() if file.is_file())
    assert not [seed for seed in seeds if seed.hex().encode() in held]
    with pytest.raises(KeysMissingError):
        the_signing_log()


def test_signing_keys_are_their_owner_s_alone(keys: Path) -> None:
    create_keys(now=NOON)

    assert (keys / "signing").stat().st_mode & 0o077 == 0
    secret = [keys / "page_secret", keys / TILL_KEY, *(keys / "signing").iterdir()]
    assert [file.name for file in secret if file.stat().st_mode & 0o077] == []


def test_a_process_that_must_not_sign_finds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    create_keys(now=NOON)
    monkeypatch.setenv(VARIABLE, "")

    with pytest.raises(MayNotSignError):
        the_signing_log()
    with pytest.raises(MayNotSignError):
        create_keys(now=NOON)
    assert the_log().verifiers


def test_signing_keys_may_lie_elsewhere(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "elsewhere"))
    create_keys(now=NOON)

    assert (tmp_path / "elsewhere" / LOG_KEY).exists()
    assert not (keys / "signing").exists()
    assert the_signing_log().verifiers == the_log().verifiers
    with pytest.raises(KeysExistError):
        create_keys(now=NOON)


def test_keys_from_before_they_lay_apart_are_taken_over(keys: Path) -> None:
    create_keys(now=NOON)
    known = the_log().verifiers
    for name in (LOG_KEY, ML_DSA_KEY):
        (keys / "signing" / name).rename(keys / name)
    for name in ("log_keys", TILL_KEY, DELEGATION):
        (keys / name).unlink()
    assert not have_keys()

    create_keys(now=NOON)

    assert the_log().verifiers == known
    assert the_till().delegation
    assert not (keys / LOG_KEY).exists()


def test_another_key_where_it_belongs_costs_nobody_the_good_one(keys: Path) -> None:
    create_keys(now=NOON)
    text = (keys / "signing" / LOG_KEY).read_text()
    (keys / LOG_KEY).write_text(text)
    for other in ("", SigningKey.generate("records.example/log").to_text()):
        (keys / "signing" / LOG_KEY).write_text(other)
        with pytest.raises(KeysExistError, match="are two keys"):
            the_signing_log()
        assert (keys / LOG_KEY).read_text() == text

    (keys / "signing" / LOG_KEY).unlink()
    assert the_signing_log().verifiers == the_log().verifiers


def test_a_secret_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space", handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            write_once(tmp_path / "key", "secret")
    assert list(tmp_path.iterdir()) == []

    write_once(tmp_path / "key", "secret")
    with pytest.raises(KeysExistError):
        write_once(tmp_path / "key", "other")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["secret\n"]


@pytest.mark.parametrize(
    "missing",
    [
        [DELEGATION, "log_keys"],
        [DELEGATION, "log_keys", LOG_KEY],
        [DELEGATION, "log_keys", LOG_KEY, TILL_KEY],
        [DELEGATION, "log_keys", LOG_KEY, TILL_KEY, ML_DSA_KEY],
        [DELEGATION, "log_keys", LOG_KEY, TILL_KEY, ML_DSA_KEY, "page_secret"],
    ],
)
def test_making_keys_goes_on_where_it_was_cut_off(keys: Path, missing: list[str]) -> None:
    create_keys(now=NOON)
    for name in missing:
        (keys / name).unlink(missing_ok=True)
        (keys / "signing" / name).unlink(missing_ok=True)
    left = {file: file.read_bytes() for file in keys.rglob("*") if file.is_file()}

    create_keys(now=NOON)

    assert the_log().verifiers == the_signing_log().verifiers
    assert the_till().delegation
    assert {file: file.read_bytes() for file in left} == left
    with pytest.raises(KeysExistError):
        create_keys(now=NOON)


def test_a_folder_of_signing_keys_that_is_away_begins_no_other_log(
    tmp_path: Path, keys: Path, settings: SettingsWrapper
) -> None:
    settings.DATA = tmp_path / "data"
    create_keys(now=NOON)
    shutil.rmtree(keys / "signing")
    with pytest.raises(KeysExistError):
        create_keys(now=NOON)

    # Nor where a store from before they lay apart has published.
    (keys / "log_keys").unlink()
    log_folder().write("checkpoint", b"a head")
    with pytest.raises(KeysExistError):
        create_keys(now=NOON)
    assert list((keys / "signing").iterdir()) == []


def test_a_till_that_the_log_does_not_answer_for_signs_nothing(keys: Path) -> None:
    log_key = create_keys(now=NOON)
    good = (keys / TILL_KEY).read_bytes()
    other = SigningKey.generate(till_name(log_key.name)).to_text().encode()
    for text in (other, b"", good[:20], b"\xff"):
        (keys / TILL_KEY).write_bytes(text)
        with pytest.raises(KeysMissingError):
            the_till()

    # The last of them cannot be read; the log does not wait for it.
    tell_readers(the_signing_log(), now=NOON)
    assert the_till().key.to_text().encode() not in {good.strip(), other}


def test_who_may_read_the_page_secret_may_read_a_new_key_of_the_till(keys: Path) -> None:
    before = os.umask(0o077)
    try:
        create_keys(now=NOON)
        (keys / "page_secret").chmod(0o640)
        replace_till_key(now=NOON)
    finally:
        os.umask(before)

    modes = {name: (keys / name).stat().st_mode & 0o777 for name in (TILL_KEY, DELEGATION)}
    assert modes == {TILL_KEY: 0o640, DELEGATION: 0o644}


def test_the_log_answers_for_its_till_for_long_enough_and_anew_in_time(keys: Path) -> None:
    create_keys(now=NOON)
    log = the_signing_log()
    tell_readers(log, now=NOON)
    first = the_till().delegation
    tell_readers(log, now=NOON + timedelta(days=100))
    assert the_till().delegation == first

    later = NOON + timedelta(days=1_000)
    tell_readers(log, now=later)
    renewed = open_delegation(the_till().delegation, keys=[log.verifier])
    assert renewed.until_us > later.timestamp() * 1_000_000

    (keys / DELEGATION).write_bytes(b"cut")
    tell_readers(log, now=later)
    assert open_delegation(the_till().delegation, keys=[log.verifier]) == renewed


def test_the_supervisor_names_the_folder_to_the_sequencer_alone() -> None:
    own = {VARIABLE: "/keys", "PATH": "/bin"}

    assert may_sign.VARIABLE == VARIABLE
    assert may_sign.environment_of("sequencer", own)[VARIABLE] == "/keys"
    for child in ("web", "worker", "urgent", "keeper"):
        assert may_sign.environment_of(child, own)[VARIABLE] == ""
