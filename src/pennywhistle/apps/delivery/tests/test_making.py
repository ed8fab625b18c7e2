"""One encoding serves all who wait for it, and is kept whoever leaves."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pennywhistle.apps.delivery import growing, making, watching
from pennywhistle.apps.delivery.errors import BusyError, MakingFailedError, NoRoomError
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.limits import BACKGROUND_ENCODERS_MAX, ENCODERS_MAX
from pennywhistle.apps.delivery.making import Ask, Making
from pennywhistle.apps.delivery.places import lock_path
from pennywhistle.machine.storage import Folder

# A making closes its thread's database connection, which must not be opened for that.
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


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


def test_a_reader_begins_anywhere_and_ends_where_it_wants(folder: Folder) -> None:
    make = Paced(folder)
    under_way = join(make)
    early, late = under_way.follow(990, 1000), under_way.follow(999, 1002)

    assert b"".join(early) == b"a" * 10
    assert next(late) == b"a"
    make.go_on.set()
    assert b"".join(late) == b"bb"
    under_way.finished()
    assert b"".join(under_way.follow(1999, 5000)) == b"b"
    assert b"".join(under_way.follow(2000)) == b""


def test_waiting_for_more_ends_with_the_file_or_with_patience(folder: Folder) -> None:
    make = Paced(folder)
    under_way = join(make)

    assert under_way.wait_for(1000, seconds_max=10)
    assert not under_way.wait_for(1001, seconds_max=0.05)
    make.go_on.set()
    assert under_way.wait_for(10**9, seconds_max=10)
    assert under_way.written_bytes == 2000


def test_a_full_disk_is_told_as_such(folder: Folder) -> None:
    def make(_: Making) -> Kept:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(NoRoomError):
        join(make).finished()
    with pytest.raises(NoRoomError):
        join(make).follow()


class Crowd:
    """Makings that wait until they are told to end, in the order in which they began."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.began: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, of: Making) -> Kept:
        self.began.append(of.key)
        assert self.go_on.wait(20)
        stored = self.folder.put([of.key.encode()])
        return Kept(self.folder, stored.sha256, stored.size_bytes, stored.crc32, of.key)

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 10
        while len(self.began) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_places_are_bounded_and_people_take_turns(folder: Folder) -> None:
    crowd = Crowd(folder)
    anns = [
        making.join(f"ann{number}", crowd, in_background=False, ask=Ask(person="ann"))
        for number in range(3 * ENCODERS_MAX)
    ]
    crowd.wait_for(ENCODERS_MAX)
    bob = making.join("bob", crowd, in_background=False, ask=Ask(person="bob"))
    ann_waits_s, bob_waits_s = making.first_byte_s(anns[-1]), making.first_byte_s(bob)
    time.sleep(0.1)
    began_at_first = list(crowd.began)
    crowd.go_on.set()
    for each in (*anns, bob):
        each.finished()

    assert len(began_at_first) == ENCODERS_MAX
    # He is of the next who begin; those who begin beside him may be quicker to say so.
    assert crowd.began.index("bob") < 2 * ENCODERS_MAX
    assert 0 < bob_waits_s < ann_waits_s


def test_what_waits_in_the_background_comes_forward_when_somebody_asks(folder: Folder) -> None:
    crowd = Crowd(folder)
    album = [
        making.join(f"album{number}", crowd, in_background=True)
        for number in range(BACKGROUND_ENCODERS_MAX + 2)
    ]
    crowd.wait_for(BACKGROUND_ENCODERS_MAX)
    wanted = making.join(album[-1].key, crowd, in_background=False)
    crowd.wait_for(BACKGROUND_ENCODERS_MAX + 1)
    began = list(crowd.began)
    crowd.go_on.set()
    for each in album:
        each.finished()

    assert wanted is album[-1]
    assert began[-1] == wanted.key


def test_the_line_is_bounded_and_says_when_to_come_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "WAITING_OF_ONE_MAX", 2)
    crowd = Crowd(folder)
    for number in range(ENCODERS_MAX):
        making.join(f"running{number}", crowd, in_background=False, ask=Ask(person=number))
    crowd.wait_for(ENCODERS_MAX)
    waiting = [
        making.join(f"waiting{number}", crowd, in_background=False, ask=Ask(person="ann"))
        for number in range(2)
    ]
    with pytest.raises(BusyError) as refused:
        making.join("one more", crowd, in_background=False, ask=Ask(person="ann"))
    crowd.go_on.set()
    for each in waiting:
        each.finished()

    assert refused.value.retry_after_s >= 1
    assert "one more" not in crowd.began


OTHER_PROCESS = """
import sys, time
from pathlib import Path
from pennywhistle.machine.locks import FileLock
from pennywhistle.machine.storage import Folder

lock, root, name = sys.argv[1:]
with FileLock.try_take(Path(lock)):
    with Folder(Path(root)).receive(name) as incoming:
        incoming.write(b"a" * 1000)
        incoming.flush()
        print("half", flush=True)
        sys.stdin.readline()
        if sys.stdin.readline().strip() == "die":
            import os
            os._exit(9)
        incoming.write(b"b" * 1000)
"""


@pytest.fixture
def other_process(folder: Folder) -> Iterator[subprocess.Popen[str]]:
    """Another process of this machine, in the middle of making `k`."""
    command = [sys.executable, "-c", OTHER_PROCESS, str(lock_path("k")), str(folder.root), "k"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        yield process
        process.kill()


def tell(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"go on\n{word}\n")
    process.stdin.flush()


def test_what_another_process_makes_is_followed_there(
    folder: Folder, other_process: subprocess.Popen[str]
) -> None:
    sha256 = hashlib.sha256(b"a" * 1000 + b"b" * 1000).hexdigest()

    def look() -> Kept | None:
        return Kept(folder, sha256, 2000, 0, "k") if folder.has(sha256) else None

    make = Paced(folder)
    ask = Ask(growing_at=folder.growing_path("k"), look=look)
    reader = making.join("k", make, in_background=False, ask=ask).follow()
    head = next(reader)
    tell(other_process, "end")

    assert head == b"a" * 1000
    assert b"".join(reader) == b"b" * 1000
    assert make.runs == 0


def test_what_a_killed_process_left_half_made_is_made_here(
    folder: Folder, other_process: subprocess.Popen[str]
) -> None:
    make = Paced(folder)
    make.go_on.set()
    ask = Ask(growing_at=folder.growing_path("k"), look=lambda: None)
    reader = making.join("k", make, in_background=False, ask=ask).follow()
    head = next(reader)
    tell(other_process, "die")

    assert head + b"".join(reader) == b"a" * 1000 + b"b" * 1000
    assert make.runs == 1


def assert_followed(
    watch: watching.Watch, folder: Folder, other_process: subprocess.Popen[str]
) -> None:
    seen, ended = Making("k"), threading.Event()

    def end() -> None:
        seen.end(None, None)
        ended.set()

    watch.follow(seen, growing_at=folder.growing_path("k"), on_end=end)
    with closing(seen.follow()) as reader:
        assert next(reader) == b"a" * 1000
    tell(other_process, "end")
    assert ended.wait(10)


def test_one_that_cannot_be_followed_is_made_here_and_the_others_are_followed_on(
    folder: Folder, other_process: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_to = watching._Elsewhere._turn_to

    def fail_once(each: watching._Elsewhere, path: Path) -> None:
        monkeypatch.setattr(watching._Elsewhere, "_turn_to", turn_to)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(watching._Elsewhere, "_turn_to", fail_once)
    broken = Making("k")
    ended = threading.Event()
    watch = watching.Watch()
    watch.follow(broken, growing_at=folder.growing_path("k"), on_end=ended.set)
    assert ended.wait(10)

    assert_followed(watch, folder, other_process)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watch_that_died_is_woken_again(
    folder: Folder, other_process: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watching.Watch()
    with monkeypatch.context() as patch:
        patch.setattr(watching, "_is_going_on", lambda _: sys.exit())
        watch.follow(Making("k"), growing_at=None, on_end=lambda: None)
        deadline = time.monotonic() + 10
        while watch._is_awake:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    assert_followed(watch, folder, other_process)


def test_a_reader_does_not_wait_for_ever_for_a_file_that_does_not_grow(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "STALL_PATIENCE_S", 0.05)
    make = Paced(folder)
    reader = join(make).follow()
    head = next(reader)

    with pytest.raises(MakingFailedError):
        next(reader)
    make.go_on.set()
    rest = join(make).finished()

    assert head + b"".join(rest.read(1000, 2000)) == b"a" * 1000 + b"b" * 1000


def test_a_kept_file_that_was_cut_off_ends_its_readers(folder: Folder) -> None:
    make = Paced(folder)
    make.go_on.set()
    under_way = join(make)
    kept = under_way.finished()
    os.truncate(folder.path(kept.sha256), 1500)

    reader = under_way.follow()

    assert next(reader) == b"a" * 1000 + b"b" * 500
    with pytest.raises(MakingFailedError):
        next(reader)
