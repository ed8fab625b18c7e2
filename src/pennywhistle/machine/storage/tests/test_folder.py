"""Stored files are whole or absent, and are found by what they hold."""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pennywhistle.machine.storage import Folder, StoredFileMissingError, TooLargeError


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


def files_in(folder: Folder) -> list[Path]:
    return [path for path in folder.root.rglob("*") if path.is_file()]


def test_content_is_stored_under_its_hash(folder: Folder) -> None:
    stored = folder.put([b"penny", b"whistle"])

    assert stored.sha256 == hashlib.sha256(b"pennywhistle").hexdigest()
    assert (stored.size_bytes, stored.crc32) == (12, zlib.crc32(b"pennywhistle"))
    with folder.open(stored.sha256) as file:
        assert file.read() == b"pennywhistle"


def test_the_same_content_twice_is_one_file(folder: Folder) -> None:
    assert folder.put([b"a"]) == folder.put([b"a"])
    assert len(files_in(folder)) == 1


def test_a_file_above_the_limit_leaves_nothing(folder: Folder) -> None:
    with pytest.raises(TooLargeError):
        folder.put([b"12345", b"6"], size_bytes_max=5)

    assert files_in(folder) == []


def test_a_source_that_breaks_off_leaves_nothing(folder: Folder) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        folder.put(broken())

    assert files_in(folder) == []


def test_named_files_are_replaced_whole(folder: Folder) -> None:
    folder.write("tile/0/000", b"old")
    folder.write("tile/0/000", b"new")

    assert folder.read("tile/0/000") == b"new"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_nothing_but_a_hash_names_content(folder: Folder, name: str) -> None:
    with pytest.raises(StoredFileMissingError):
        folder.open(name)


def test_missing_files_are_said_to_be_missing(folder: Folder) -> None:
    with pytest.raises(StoredFileMissingError):
        folder.open("0" * 64)
    with pytest.raises(StoredFileMissingError):
        folder.read("checkpoint")
