"""One encoding serves all who wait for it, and is kept whoever leaves."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pennywhistle.apps.delivery import making
from pennywhistle.apps.delivery.errors import MakingFailedError
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.making import Making
from pennywhistle.machine.storage import Folder

# A making closes its thread's database connection, which must not be opened for that.
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    making._under_way.clear()


class Paced:
    """Makes a file of two halves, and goes on only when it is told to."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.go_on = threading.Event()
        self.runs = 0
        self.fails = False

    def __call__(self, of: Making) -> Kept:
        self.runs += 1
        with self.folder.receive() as incoming:
            of.follow_from(incoming)
            for half in (b"a" * 1000, b"b" * 1000):
                incoming.write(half)
                incoming.flush()
                of.wrote(incoming.size_bytes)
                assert self.go_on.wait(10)
                if self.fails:
                    raise ValueError("broken")
        stored = incoming.stored
        return Kept(self.folder, stored.sha256, stored.size_bytes, stored.crc32, of.key)


def join(make: Callable[[Making], Kept], *, key: str = "k") -> Making:
    return making.join(key, make, in_background=False)


def test_the_first_bytes_leave_before_the_last_are_made(folder: Folder) -> None:
    make = Paced(folder)
    reader = join(make).follow()

    assert next(reader) == b"a" * 1000
    make.go_on.set()
    assert b"".join(reader) == b"b" * 1000


def test_several_readers_share_one_encoding(folder: Folder) -> None:
    make = Paced(folder)
    first = join(make).follow()
    head = next(first)
    second = join(make).follow()
    make.go_on.set()

    assert head + b"".join(first) == b"".join(second) == b"a" * 1000 + b"b" * 1000
    assert make.runs == 1


def test_the_file_is_kept_when_the_reader_leaves(folder: Folder) -> None:
    make = Paced(folder)
    under_way = join(make)
    reader = under_way.follow()
    next(reader)
    reader.close()  # type: ignore[attr-defined]
    make.go_on.set()

    kept = under_way.finished()
    assert b"".join(kept.read(0, kept.size_bytes)) == b"a" * 1000 + b"b" * 1000
    assert list(reader) == []


def test_a_failure_is_told_and_leaves_nothing(folder: Folder) -> None:
    make = Paced(folder)
    make.fails = True
    reader = join(make).follow()
    next(reader)
    make.go_on.set()

    with pytest.raises(MakingFailedError):
        list(reader)
    with pytest.raises(MakingFailedError):
        join(make).finished()
    assert make.runs == 1
    assert [path for path in folder.root.rglob("*") if path.is_file()] == []


def test_a_failure_is_not_remembered_for_ever(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "FAILURE_REMEMBERED_S", -1.0)
    make = Paced(folder)
    make.go_on.set()
    make.fails = True
    with pytest.raises(MakingFailedError):
        join(make).finished()
    make.fails = False

    assert join(make).finished().size_bytes == 2000


def test_readers_do_not_notice_a_second_attempt(folder: Folder) -> None:
    make = Paced(folder)
    make.fails = True

    def again(of: Making) -> Kept:
        with pytest.raises(ValueError, match="broken"):
            make(of)
        make.fails = False
        return make(of)

    reader = join(again).follow()
    head = next(reader)
    make.go_on.set()

    assert head + b"".join(reader) == b"a" * 1000 + b"b" * 1000
    assert make.runs == 2


def test_a_reader_who_was_there_before_the_second_attempt_reads_its_end_late(
    folder: Folder,
) -> None:
    make = Paced(folder)
    make.fails = True

    def again(of: Making) -> Kept:
        with pytest.raises(ValueError, match="broken"):
            make(of)
        make.fails = False
        return make(of)

    under_way = join(again)
    reader = under_way.follow()
    head = next(reader)
    make.go_on.set()
    under_way.finished()

    assert head + b"".join(reader) == b"a" * 1000 + b"b" * 1000
