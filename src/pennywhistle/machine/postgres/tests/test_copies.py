"""A flipped bit is found and named; the database is restored from its copy, and nothing is lost."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from pennywhistle.machine.postgres import Cluster, process, restoring
from pennywhistle.machine.postgres.copies import KEPT, Copies
from pennywhistle.machine.postgres.errors import (
    CopyAwayError,
    NothingToRestoreError,
    StoreInUseError,
)
from pennywhistle.machine.postgres.marker import Marker, write
from pennywhistle.machine.postgres.pages import BadPage, bad_pages
from pennywhistle.machine.postgres.process import Postmaster
from pennywhistle.machine.postgres.restoring import restore

NIGHT = datetime(2026, 11, 22, 2, 7, tzinfo=UTC)
QUICK = {"fsync": "off"}
PAGE_BYTES = 8192
SEGMENT = "0000000100000000%08X"
BAD = BadPage("base/5/16385", 7)
FAILED = 'checksum verification failed in file "%s", block %s: calculated 1A2B but expected 3C4D'
CUT = 'could not verify checksum in file "%s", block 2: read buffer size 100 and page size 8192'
ADD = "INSERT INTO sales SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n"


@pytest.fixture
def disks() -> Iterator[Path]:
    """A folder that the server's account may enter, whoever runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="pennywhistle-test-"))
    folder.chmod(0o755)
    (folder / "second").mkdir()
    yield folder
    shutil.rmtree(folder)


def do(cluster: Cluster, *statements: str, role: str = "pennywhistle") -> object:
    """What the last of them answers."""
    with psycopg.connect(cluster.url(role=role), autocommit=True) as connection:
        for statement in statements:
            found = connection.execute(statement.encode())
        return found.fetchall()[0][0] if found.description else None


def bring_away(cluster: Cluster) -> None:
    """Wait until all changes so far lie with the copies."""
    segment = do(cluster, "SELECT pg_walfile_name(pg_switch_wal())", role="postgres")
    ends_at_s = time.monotonic() + 30
    while str(do(cluster, "SELECT last_archived_wal FROM pg_stat_archiver")) < str(segment):
        assert time.monotonic() < ends_at_s, "waited for 30 s in vain"
        time.sleep(0.05)


def flip_a_bit(path: Path, *, block: int) -> None:
    with path.open("r+b") as file:
        file.seek(block * PAGE_BYTES + 5_000)
        (byte,) = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 4]))


@pytest.mark.drill
def test_a_flipped_bit_is_found_named_and_mended_from_the_copy(disks: Path) -> None:
    store = Cluster(disks / "store", settings=QUICK, copies=disks / "second")
    store.start()
    do(store, "CREATE TABLE sales (n int, words text)", ADD)
    assert store.copy_pages(now=NIGHT) == ()
    do(store, ADD)
    bring_away(store)
    do(store, ADD)
    lies_in = str(do(store, "SELECT pg_relation_filepath('sales')"))
    store.stop()
    flip_a_bit(store.database / lies_in, block=3)
    store.start()

    assert store.read_pages() == (BadPage(lies_in, 3),)
    assert store.copy_pages(now=NIGHT + timedelta(days=1)) == (BadPage(lies_in, 3),)
    assert store.copy_names() == ["2026-11-22T020700"]
    with pytest.raises(StoreInUseError):
        restore(store.data, disks / "second", report=print)
    store.stop()
    done = restore(store.data, disks / "second", report=print)

    assert (done.copy, done.bad) == ("2026-11-22T020700", ())
    assert done.aside == store.data / "postgres.aside-1"
    store.start()
    assert do(store, "SELECT count(*) FROM sales") == 3000
    do(store, ADD)
    bring_away(store)
    store.stop()

    # The machine burns; what is left is the second disk.
    shutil.rmtree(store.data)
    restore(store.data, disks / "second", report=print)
    again = Cluster(store.data, must_exist=True, settings=QUICK)
    again.start()
    assert do(again, "SELECT count(*) FROM sales") == 4000
    again.stop()


def test_a_disk_that_is_away_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(CopyAwayError):
        Copies(tmp_path / "away", "a" * 32).open(account=None)  # type: ignore[arg-type]
    with pytest.raises(NothingToRestoreError):
        restore(tmp_path / "store", tmp_path / "away", report=print)

    assert not any(tmp_path.iterdir())


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store's folder beside its copies, with a database; no server repeats anything."""
    monkeypatch.setattr(restoring, "_recover", lambda *_: ())
    store, copies = tmp_path / "store", Copies(tmp_path / "second", "a" * 32)
    copy = copies.root / "2026-11-22T020700"
    (copy / "pg_wal").mkdir(parents=True)
    label = f"START WAL LOCATION: 0/2000028 (file {SEGMENT % 2})\nSTART"
    (copy / "backup_label").write_text(label)
    (store / "postgres" / "pg_wal").mkdir(parents=True)
    write(store, Marker("a" * 32, "made"))
    return store


def test_what_lives_or_is_held_by_another_is_not_moved(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = copied.with_name("second")
    with Cluster(copied).standing_still(), pytest.raises(StoreInUseError):
        restore(copied, second, report=print)
    recovering = Postmaster(pid=1, socket_folder=None, is_ready=False)
    monkeypatch.setattr(process, "find", lambda _: recovering)
    with pytest.raises(StoreInUseError):
        restore(copied, second, report=print)

    assert [path.name for path in copied.iterdir() if path.is_dir()] == ["postgres"]


def test_the_changes_of_all_that_lie_aside_are_taken_along_the_newest_first(copied: Path) -> None:
    for folder, numbers in ((".aside-9", (1, 3, 4)), (".aside-10", (4, 5)), ("", (6,))):
        wal = copied / f"postgres{folder}" / "pg_wal"
        wal.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            (wal / (SEGMENT % number)).write_text(folder)

    done = restore(copied, copied.with_name("second"), report=print)

    assert done.aside == copied / "postgres.aside-11"
    taken = {path.name: path.read_text() for path in (copied / "postgres" / "pg_wal").iterdir()}
    assert taken == {
        SEGMENT % 3: ".aside-9",
        SEGMENT % 4: ".aside-10",
        SEGMENT % 5: ".aside-10",
        SEGMENT % 6: "",
    }


def test_older_copies_and_what_only_they_needed_are_forgotten(tmp_path: Path) -> None:
    copies = Copies(tmp_path, "a" * 32)
    copies.wal.mkdir(parents=True)
    for number in range(1, KEPT + 2):
        copy = copies.root / f"2026-11-0{number}T020700"
        copy.mkdir()
        first = f"00000001000000000000000{2 * number}"
        (copy / "backup_label").write_text(f"START WAL LOCATION: 0/2000028 (file {first})\nSTART")
    segments = [f"00000001000000000000000{number}.gz" for number in range(1, 8)]
    for name in (*segments, "00000002.history.gz"):
        (copies.wal / name).touch()

    copies._forget()

    assert copies.names() == ["2026-11-02T020700", "2026-11-03T020700"]
    assert sorted(path.name for path in copies.wal.iterdir()) == [
        *segments[3:],
        "00000002.history.gz",
    ]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", ()),
        (f"WARNING:  {FAILED % ('./base/5/16385', 7)}\nerror: checksum error", (BAD,)),
        (
            f"WARNING:  {FAILED % ('./global/1260', 0)}\nWARNING:  {CUT % './base/5/9'}",
            (BadPage("global/1260", 0), BadPage("base/5/9", 2)),
        ),
        (
            'error: could not read file "base/5/16385": Input/output error',
            (BadPage("base/5/16385", None),),
        ),
    ],
)
def test_the_servers_words_name_what_is_damaged(said: str, found: tuple[BadPage, ...]) -> None:
    assert bad_pages(said) == found
