"""The parts of the supervisor, each where it can be seen alone."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pennywhistle.machine.postgres import (
    account,
    command,
    files,
    installation,
    logs,
    process,
    socket_folder,
)
from pennywhistle.machine.postgres.account import Account
from pennywhistle.machine.postgres.configuration import MIB, Configuration
from pennywhistle.machine.postgres.errors import (
    AccountMissingError,
    BinariesMissingError,
    SocketFolderError,
)
from pennywhistle.machine.postgres.installation import Installation

GIB = 1024 * MIB
ME = Account(uid=os.geteuid(), gid=os.getegid(), name="me")
NOBODY = Account(uid=65534, gid=65534, name="nobody")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes to another account")
needs_user = pytest.mark.skipif(os.geteuid() == 0, reason="root can always borrow an account")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can pass through, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="pennywhistle-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_programs_in_a_private_environment_are_copied_to_where_the_account_can_run_them(
    tmp_path: Path, open_folder: Path
) -> None:
    private = Installation(root=tmp_path / "site-packages")
    installation._copy(installation.find(), private)
    tmp_path.chmod(0o700)
    (tmp_path / "also-private").mkdir()
    places = [tmp_path / "also-private", open_folder / "made"]

    usable = installation.for_account(private, account=NOBODY, places=places)
    again = installation.for_account(private, account=NOBODY, places=places)

    assert usable == again != private
    assert usable.root.parent == open_folder / "made"
    assert not list((tmp_path / "also-private").iterdir())
    assert re.fullmatch(r"18\.\d+", usable.version(account=NOBODY))
    code, words = command.run(
        [usable.program("initdb"), "--version"], account=NOBODY, folder=tmp_path, timeout_s=10
    )
    assert (code, words.split()[0]) == (0, "initdb")


@needs_root
def test_programs_that_cannot_be_reached_or_copied_are_an_error_with_a_way_out(
    tmp_path: Path,
) -> None:
    private = Installation(root=tmp_path / "site-packages")
    installation._copy(installation.find(), private)
    (tmp_path / "file").touch()

    with pytest.raises(BinariesMissingError, match="/opt"):
        installation.for_account(private, account=NOBODY, places=[tmp_path / "file"])


def test_the_users_own_environment_is_used_as_it_is() -> None:
    found = installation.find()

    assert installation.for_account(found, account=ME, places=[]) is found


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "may"),
    [
        (0o100, 1, 1, True),
        (0o677, 1, 1, False),
        (0o010, 2, 1, True),
        (0o707, 2, 1, False),
        (0o001, 2, 2, True),
        (0o776, 2, 2, False),
    ],
)
def test_who_may_pass_through_a_folder(mode: int, uid: int, gid: int, *, may: bool) -> None:
    status = os.stat_result((stat.S_IFDIR | mode, 0, 0, 0, 1, 1, 0, 0, 0, 0))

    assert account._may_enter(status, account=Account(uid=uid, gid=gid, name=None)) is may


@needs_user
def test_a_user_id_without_a_name_is_told_what_to_do() -> None:
    with pytest.raises(AccountMissingError, match="DATABASE_URL"):
        account.for_creating(Account(uid=54321, gid=54321, name=None))


@needs_root
def test_the_owner_of_an_existing_database_serves_it(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, 54322)

    assert account.choose(tmp_path) == Account(uid=54321, gid=54322, name=None)


def test_the_socket_lies_in_the_data_folder_unless_its_address_would_be_too_long(
    open_folder: Path,
) -> None:
    deep = open_folder / ("x" * 90)
    deep.mkdir(mode=0o755)
    deeper = open_folder / ("x" * 91)

    assert socket_folder.place(open_folder, account=ME) == open_folder / "postgres-socket"
    places = {socket_folder.place(path, account=ME) for path in (deep, deeper)}
    assert len(places) == 2
    assert all(len(bytes(path / socket_folder.SOCKET)) < 80 for path in places)


def test_the_sockets_folder_is_private_and_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"

    socket_folder.ensure(folder, account=ME)
    socket_folder.ensure(folder, account=ME)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o750, 0o1700])
def test_a_sockets_folder_that_is_not_private_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)

    with pytest.raises(SocketFolderError):
        socket_folder.ensure(tmp_path, account=ME)


def test_a_sockets_folder_that_is_a_link_or_somebody_elses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "target")

    with pytest.raises(SocketFolderError):
        socket_folder.ensure(tmp_path / "link", account=ME)
    with pytest.raises(SocketFolderError):
        socket_folder.ensure(tmp_path / "target", account=Account(uid=54321, gid=1, name=None))


@pytest.mark.parametrize(
    ("memory_bytes", "shared_buffers"),
    [(256 * MIB, "64MB"), (8 * GIB, "1024MB"), (512 * GIB, "4096MB")],
)
def test_shared_memory_follows_the_machine(memory_bytes: int, shared_buffers: str) -> None:
    made = Configuration(socket_folder=Path("/s"), memory_bytes=memory_bytes, extra={})

    assert made.settings()["shared_buffers"] == shared_buffers


def test_a_setting_is_quoted_so_that_it_cannot_become_two() -> None:
    made = Configuration(
        socket_folder=Path('/a"b, c'), memory_bytes=GIB, extra={"x.y": "it's \\ so"}
    )

    assert 'unix_socket_directories = \'"/a""b, c"\'\n' in made.text()
    assert made.text().endswith("x.y = 'it''s \\\\ so'\n")


def test_a_file_is_replaced_whole_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")

    files.write_whole(tmp_path / "link", "new", mode=0o600)

    assert (tmp_path / "target").read_text() == "old"
    assert (tmp_path / "link").read_text() == "new"
    assert not (tmp_path / "link").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]


def test_the_log_of_starts_is_bounded(tmp_path: Path) -> None:
    full = b"x" * (logs.START_LOG_BYTES_MAX + 1)
    for _ in range(3):
        with logs.start_log(tmp_path) as log:
            log.write(full)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["postgres.log", "postgres.log.1"]
    assert (tmp_path / "postgres.log").stat().st_size == len(full)


def test_only_new_words_are_reported_also_when_a_day_came_again(tmp_path: Path) -> None:
    database = tmp_path / "postgres"
    (database / "log").mkdir(parents=True)
    daily = database / "log" / "postgres-Mon.log"
    daily.write_text("last week, and long\n")
    (tmp_path / "postgres.log").write_text("before\n")
    before = logs.lengths(tmp_path, database)

    with (tmp_path / "postgres.log").open("a") as log:
        log.write("after\n")
    daily.write_text("today\n")

    assert logs.since(tmp_path, database, before) == "after\ntoday\n"


def test_the_tail_is_what_was_written_last(tmp_path: Path) -> None:
    database = tmp_path / "postgres"
    (database / "log").mkdir(parents=True)
    for age, (path, words) in enumerate(
        [
            (database / "log" / "postgres-Sun.log", "oldest\n"),
            (tmp_path / "postgres.log", "older\n"),
            (database / "log" / "postgres-Mon.log", "first\nsecond\n"),
        ]
    ):
        path.write_text(words)
        os.utime(path, (age, age))

    assert logs.tail(tmp_path, database, lines=2) == "first\nsecond"
    assert logs.tail(tmp_path, database, lines=9) == "older\nfirst\nsecond"


@pytest.mark.parametrize("text", ["", "\n", "abc\n", "-5\n"])
def test_a_pid_file_that_says_nothing_names_no_server(tmp_path: Path, text: str) -> None:
    (tmp_path / process.PID_FILE).write_text(text)

    assert process.find(tmp_path) is None


def test_a_process_that_is_no_server_serves_nothing(tmp_path: Path) -> None:
    (tmp_path / process.PID_FILE).write_text(f"{os.getpid()}\n")

    assert process.is_alive(os.getpid())
    assert process.find(tmp_path) is None


def test_a_command_that_does_not_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        command.run(["/bin/sleep", "20"], account=ME, folder=tmp_path, timeout_s=1)


def test_a_command_gets_none_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")

    code, words = command.run(["/usr/bin/env"], account=ME, folder=tmp_path, timeout_s=10)

    assert code == 0
    assert sorted(line.partition("=")[0] for line in words.splitlines()) == [
        "LC_ALL",
        "PATH",
        "TZ",
    ]
