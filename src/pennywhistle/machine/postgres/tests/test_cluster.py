"""A store's database starts, survives what kills it, and lets nobody else in."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from pennywhistle.machine.postgres import Cluster, marker, process
from pennywhistle.machine.postgres.account import BARE_ID
from pennywhistle.machine.postgres.errors import (
    OwnerDiffersError,
    StartFailedError,
    StartTimeoutError,
    StoreInUseError,
    VersionDiffersError,
)

QUICK = {"fsync": "off"}
NOBODY_ID = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes to another account")


def ask(cluster: Cluster, question: str, *, role: str = "pennywhistle") -> object:
    with psycopg.connect(cluster.url(role=role), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def tell(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute(statement.encode())


def pid_of(cluster: Cluster) -> int:
    running = process.find(cluster.database)
    assert running is not None
    return running.pid


def kill_everything(cluster: Cluster) -> None:
    """Kill the postmaster and its children, as a lack of memory or a pulled plug would."""
    postmaster = pid_of(cluster)
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for pid in (postmaster, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: process.find(cluster.database) is None)


def wait_for(condition: Callable[[], bool]) -> None:
    ends_at_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at_s, "waited for 10 s in vain"
        time.sleep(0.02)


def in_a_child(work: Callable[[], None], *, uid: int | None = None) -> int:
    """Run `work` in a forked process, as `uid` if given, and return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the child must end here, whatever happened
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("shared") / "store", settings=QUICK)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "store", settings=QUICK)
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("SELECT current_user::text", "pennywhistle"),
        ("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", False),
        ("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user", True),
        ("SELECT lower('ЁЛКА ΟΔΟΣ Å Ğ')", "ёлка οδος å ğ"),
        ("SELECT upper('straße')", "STRASSE"),
        ("SELECT to_tsvector('«Снег» — naïve')::text", "'naïve':2 'снег':1"),
        ("SHOW data_checksums", "on"),
        ("SHOW listen_addresses", ""),
        ("SHOW synchronous_commit", "on"),
        ("SHOW full_page_writes", "on"),
        ("SHOW summarize_wal", "on"),
        ("SHOW wal_compression", "pglz"),
        ("SHOW max_connections", "200"),
        ("SHOW statement_timeout", "0"),
        ("SHOW timezone", "UTC"),
        ("SHOW logging_collector", "on"),
        ("SHOW fsync", "off"),
    ],
)
def test_the_database_is_set_up_for_a_store(
    cluster: Cluster, question: str, answer: object
) -> None:
    assert ask(cluster, question) == answer


def test_fsync_is_off_only_where_somebody_says_so(cluster: Cluster) -> None:
    written = (cluster.database / "postgresql.conf").read_text()

    assert written.index("fsync = 'off'") > written.index("include_if_exists")
    assert written.count("fsync") == 1


def test_the_store_remembers_that_it_has_a_database(cluster: Cluster) -> None:
    found = marker.read(cluster.data)

    assert found is not None
    assert found.database == "made"
    assert not (cluster.data / "postgres.new").exists()


def test_only_the_owner_can_reach_the_socket_and_the_files(cluster: Cluster) -> None:
    running = process.find(cluster.database)
    assert running is not None
    assert running.socket_folder is not None

    for folder in (running.socket_folder, cluster.database):
        status = folder.stat()
        assert stat.S_IMODE(status.st_mode) == 0o700
        assert status.st_uid == Path(f"/proc/{running.pid}").stat().st_uid != 0


def test_it_listens_on_its_socket_and_on_no_port(cluster: Cluster) -> None:
    pid = pid_of(cluster)
    inodes = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    listening = {
        f"socket:[{line.split()[9]}]"
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
    }

    assert not inodes & listening


@needs_root
def test_another_account_is_kept_out_even_if_it_could_reach_the_socket(cluster: Cluster) -> None:
    running = process.find(cluster.database)
    assert running is not None
    assert running.socket_folder is not None
    address = running.socket_folder / ".s.PGSQL.5432"

    url = cluster.url()
    assert in_a_child(lambda: _expect_refused(url, "Permission denied"), uid=NOBODY_ID) == 0
    address.parent.chmod(0o711)
    address.chmod(0o777)
    try:
        assert in_a_child(lambda: _expect_refused(url, "Peer auth"), uid=NOBODY_ID) == 0
    finally:
        address.chmod(0o700)
        address.parent.chmod(0o700)


def _expect_refused(url: str, words: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=words):
        psycopg.connect(url)


def test_starting_twice_is_harmless(cluster: Cluster) -> None:
    before = pid_of(cluster)

    cluster.start()

    assert pid_of(cluster) == before


def test_a_second_supervisor_is_refused_and_can_still_look(cluster: Cluster) -> None:
    other = Cluster(cluster.data)

    with pytest.raises(StoreInUseError):
        other.start()
    with pytest.raises(StoreInUseError):
        other.stop()

    assert other.is_running()
    assert other.url() == cluster.url()
    assert ask(other, "SELECT 1") == 1


def test_two_stores_run_side_by_side_also_with_a_long_path(
    cluster: Cluster, tmp_path: Path
) -> None:
    beside = Cluster(tmp_path / ("long-name-" * 12), settings=QUICK)
    beside.start()
    try:
        tell(beside, "CREATE TABLE only_here (id int)")

        assert beside.url() != cluster.url()
        assert ask(cluster, "SELECT to_regclass('only_here')::text") is None
        assert ask(beside, "SELECT to_regclass('only_here')::text") == "only_here"
        assert beside.store_id != cluster.store_id
    finally:
        beside.stop()
    assert not beside.is_running()
    assert cluster.is_running()


def test_what_was_committed_survives_a_kill(cluster: Cluster) -> None:
    tell(cluster, "CREATE TABLE sale AS SELECT generate_series(1, 1000) AS id")

    kill_everything(cluster)
    assert not cluster.is_running()
    assert (cluster.database / process.PID_FILE).exists()
    cluster.start()

    assert ask(cluster, "SELECT count(*) FROM sale") == 1000


def test_no_acknowledged_sale_is_lost_when_it_is_killed_under_load(cluster: Cluster) -> None:
    tell(cluster, "CREATE TABLE busy_sale (id bigint PRIMARY KEY)")
    acknowledged: list[int] = []

    def sell(begin: int) -> None:
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(cluster.url(), autocommit=True) as connection,
        ):
            for sale_id in range(begin, begin + 1_000_000):
                connection.execute("INSERT INTO busy_sale VALUES (%s)", (sale_id,))
                acknowledged.append(sale_id)

    sellers = [Thread(target=sell, args=(index * 1_000_000,)) for index in range(4)]
    for seller in sellers:
        seller.start()
    wait_for(lambda: len(acknowledged) > 200)
    kill_everything(cluster)
    for seller in sellers:
        seller.join(timeout=10)
    cluster.start()

    with psycopg.connect(cluster.url()) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM busy_sale")}
    assert set(acknowledged) <= kept
    assert len(kept) <= len(acknowledged) + len(sellers)


def test_ctrl_c_in_the_terminal_does_not_reach_it(cluster: Cluster) -> None:
    assert os.getsid(pid_of(cluster)) != os.getsid(0)


def test_a_restored_folder_that_others_may_read_is_closed_again(cluster: Cluster) -> None:
    cluster.stop()
    cluster.database.chmod(0o755)

    cluster.start()

    assert stat.S_IMODE(cluster.database.stat().st_mode) == 0o700


def test_a_killed_postmaster_with_living_children_is_waited_for(cluster: Cluster) -> None:
    os.kill(pid_of(cluster), signal.SIGKILL)

    cluster.start()

    assert ask(cluster, "SELECT 1") == 1


def test_stale_locks_with_the_id_of_another_process_do_not_stand_in_the_way(
    cluster: Cluster,
) -> None:
    sockets = Path(str(psycopg.conninfo.conninfo_to_dict(cluster.url())["host"]))
    cluster.stop()
    owner = cluster.database.stat()
    sockets.mkdir(mode=0o700)
    os.chown(sockets, owner.st_uid, owner.st_gid)
    with subprocess.Popen(["/bin/sleep", "60"], user=owner.st_uid) as sleeper:
        for path in (cluster.database / process.PID_FILE, sockets / ".s.PGSQL.5432.lock"):
            path.write_text(f"{sleeper.pid}\n{cluster.database}\n1\n5432\n\n\n 1 1\nready   \n")
            os.chown(path, owner.st_uid, owner.st_gid)
            path.chmod(0o600)
        try:
            assert not cluster.is_running()
            cluster.start()
            assert sleeper.poll() is None
        finally:
            sleeper.kill()
    assert ask(cluster, "SELECT 1") == 1


def test_a_server_that_outlived_its_supervisor_is_taken_over(fresh: Cluster) -> None:
    assert in_a_child(lambda: Cluster(fresh.data, settings=QUICK).start()) == 0
    orphan = pid_of(fresh)

    fresh.start()

    assert pid_of(fresh) == orphan
    fresh.stop()
    assert not fresh.is_running()
    assert not process.is_alive(orphan) or not process.serves(orphan, fresh.database)


def test_a_first_start_that_was_broken_off_is_begun_again(fresh: Cluster) -> None:
    fresh.data.mkdir(mode=0o711)
    claimed = marker.claim(fresh.data, must_exist=False, expected_id=None)
    marker.remember(fresh.data, claimed, database="making")
    (fresh.data / "postgres.new" / "postgres" / "base").mkdir(parents=True)

    fresh.start()

    assert ask(fresh, "SELECT 1") == 1
    assert fresh.store_id == claimed.store_id


def test_recovery_that_takes_long_is_reported_and_never_broken_off(tmp_path: Path) -> None:
    said: list[str] = []
    # Recovery asks this command for every file that it needs, and it takes its time.
    slow = {**QUICK, "restore_command": "sleep 2; false"}
    first = Cluster(tmp_path / "store", settings=slow, report=said.append)
    first.start()
    first.stop()
    (first.database / "recovery.signal").touch()

    with pytest.raises(StartTimeoutError):
        first.start(timeout_s=1)
    recovering = pid_of(first)
    assert not first.is_running()
    first.start(timeout_s=60)

    assert pid_of(first) == recovering
    assert ask(first, "SELECT 1") == 1
    assert said
    assert said[0].startswith("The database is starting (")
    first.stop()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    wrong = Cluster(tmp_path / "store", settings={"shared_buffers": "a lot"})

    with pytest.raises(StartFailedError, match="shared_buffers"):
        wrong.start()

    assert not wrong.is_running()
    right = Cluster(tmp_path / "store", settings=QUICK)
    right.start()
    right.stop()


def test_data_of_another_major_version_is_refused_untouched(cluster: Cluster) -> None:
    cluster.stop()
    version = cluster.database / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(VersionDiffersError, match="PostgreSQL 17"):
            cluster.start()
        assert not cluster.is_running()
    finally:
        version.write_text("18\n")
    cluster.start()


def test_a_clean_stop_leaves_nothing_behind_and_needs_no_recovery(cluster: Cluster) -> None:
    sockets = Path(str(psycopg.conninfo.conninfo_to_dict(cluster.url())["host"]))

    cluster.stop()
    cluster.stop()

    assert not cluster.is_running()
    assert not sockets.exists()
    assert "database system is shut down" in cluster.log_tail(5)
    cluster.start()
    assert "not properly shut down" not in cluster.log_tail(4)


def test_the_operators_own_settings_stay(cluster: Cluster) -> None:
    cluster.stop()
    own = cluster.database / "custom.conf"
    own.write_text("work_mem = '9MB'\n")
    own.chmod(0o644)

    cluster.start()

    assert ask(cluster, "SHOW work_mem") == "9MB"


@needs_root
def test_a_normal_users_store_runs_as_that_user() -> None:
    home = Path(tempfile.mkdtemp(prefix="pennywhistle-test-"))
    os.chown(home, NOBODY_ID, NOBODY_ID)

    def live() -> None:
        store = Cluster(home / "store", settings=QUICK)
        store.start()
        assert ask(store, "SELECT current_user::text") == "pennywhistle"
        assert (home / "store" / "postgres-socket").stat().st_uid == NOBODY_ID
        assert Path(f"/proc/{pid_of(store)}").stat().st_uid == NOBODY_ID
        store.stop()

    try:
        assert in_a_child(live, uid=NOBODY_ID) == 0
        # Root may come later, to repair: the server still runs as the owner of its files.
        store = Cluster(home / "store", settings=QUICK)
        store.start()
        assert Path(f"/proc/{pid_of(store)}").stat().st_uid == NOBODY_ID
        assert ask(store, "SELECT 1") == 1
        store.stop()
        assert in_a_child(live, uid=NOBODY_ID) == 0
    finally:
        shutil.rmtree(home)


@needs_root
def test_root_needs_no_account_made_for_it(tmp_path: Path) -> None:
    class Bare(Cluster):
        account_names = ()

    store = Bare(tmp_path / "store", settings=QUICK)
    store.start()
    try:
        assert Path(f"/proc/{pid_of(store)}").stat().st_uid == BARE_ID
        assert ask(store, "SELECT lower('Ж')") == "ж"
        assert {path.stat().st_uid for path in store.database.rglob("*")} == {BARE_ID}
    finally:
        store.stop()


@needs_root
def test_a_user_cannot_start_a_store_of_somebody_else(cluster: Cluster) -> None:
    def intrude() -> None:
        with pytest.raises(OwnerDiffersError):
            Cluster(cluster.data).start()

    assert in_a_child(intrude, uid=NOBODY_ID) == 0
    assert cluster.is_running()


def test_an_unused_name_in_the_url_is_written_so_that_it_can_be_read_back(
    cluster: Cluster,
) -> None:
    fields = psycopg.conninfo.conninfo_to_dict(cluster.url("a b/c"))

    assert fields["dbname"] == "a b/c"
    assert fields["user"] == "pennywhistle"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"{fields['host']}/.s.PGSQL.5432")
