"""`verify MANIFEST` says whether the files beside it are as the store sent them."""

from hashlib import sha256
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pennywhistle.engines.tlog.manifest import sign_manifest, write_sums
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.interfaces.console.verify import verify

KEY = SigningKey("records.example/log", b"k" * 32)
FILES = {"Album/01 One.flac": b"one", "receipts/One.tlog-proof": b"receipt"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    sums = write_sums((name, sha256(content).hexdigest()) for name, content in FILES.items())
    (tmp_path / "SHA256SUMS").write_bytes(sums)
    (tmp_path / "MANIFEST").write_bytes(sign_manifest(sums, key=KEY))
    return tmp_path


def told(folder: Path, key: SigningKey = KEY) -> Result:
    app = typer.Typer()
    app.command()(verify)
    return CliRunner().invoke(app, [str(folder / "MANIFEST"), "--key", key.verifier.to_text()])


def test_files_that_are_right_pass(folder: Path) -> None:
    result = told(folder)

    assert result.exit_code == 0
    assert "2 files are as records.example/log sent them" in result.output


def test_a_changed_and_a_missing_file_are_named(folder: Path) -> None:
    (folder / "Album/01 One.flac").write_bytes(b"two")
    (folder / "receipts/One.tlog-proof").unlink()

    result = told(folder)

    assert result.exit_code == 1
    assert "changed: Album/01 One.flac" in result.output
    assert "missing: receipts/One.tlog-proof" in result.output


def test_a_list_that_was_not_signed_fails(folder: Path) -> None:
    (folder / "SHA256SUMS").write_bytes(write_sums([]))

    assert told(folder).exit_code == 1


def test_another_key_or_no_list_tells_nothing(folder: Path) -> None:
    assert told(folder, SigningKey(KEY.name, b"s" * 32)).exit_code == 2
    (folder / "SHA256SUMS").unlink()
    assert told(folder).exit_code == 2


def test_the_keys_may_come_from_a_policy(folder: Path) -> None:
    app, policy = typer.Typer(), folder / "tlog-policy"
    app.command()(verify)
    asked = [str(folder / "MANIFEST"), "--policy", str(policy)]

    policy.write_text(f"log {KEY.verifier.to_text()}\nquorum none\n")
    assert CliRunner().invoke(app, asked).exit_code == 0
    policy.write_text(f"log {KEY.verifier.to_text()}\n")
    assert CliRunner().invoke(app, asked).exit_code == 2
    policy.write_text(f"log {SigningKey(KEY.name, b's' * 32).verifier.to_text()}\nquorum none\n")
    assert CliRunner().invoke(app, asked).exit_code == 2
