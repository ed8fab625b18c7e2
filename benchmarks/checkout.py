"""Sales a second through the checkout action, beside pgbench and the bare disk on one server.

Each sale has 8 postings: buyer, store, six payees. 32 clients (2 processes of 16 threads, as a
store on two cores has two web processes) buy single tracks, each client another one at a time, in
turns with pgbench's TPC-B at 32 clients; medians of the rounds are compared. `hot`: every sale
credits the same label; `spread`: no two tracks share a payee. `*_cpu_ms` is what the processors
worked for one transaction or sale, which depends less on what else the machine does.

A turn counts once it is warm: by then each process sold every track, as a shop's processes did
after their first minutes. Then, once each: 1, 8 and 64 clients, and half of what 32 clients
reached, each purchase at its own planned instant, from which its `p99_ms_half_load` is counted.

Where the disk answers thousands of flushes a second, the processor bounds sales, and
`ratio_to_fsync` says little. So there is also a turn with a disk of 5 ms: before each flush
PostgreSQL waits for so long, with the log locked (its `commit_delay`); beside it, how many flushes
a second that leaves.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import re
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import psycopg
from store import (
    a_bench_store,
    fdatasync_rate,
    pgbench,
    programs_cpu_s,
    report,
    server_cpu_s,
)

from pennywhistle.machine.postgres import Cluster

sys.path.append(str(Path(__file__).parent.parent / "tests"))

CLIENTS, PROCESSES = 32, 2
OTHER_CLIENTS = (1, 8, 64)
BUYERS_PER_TURN, TRACKS, PAYEES = 160, 400, 6
PRICE_MICRO = 140_000
SLOW_FLUSH_US = 5_000


def main() -> None:
    """Run the rounds and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--tracks", type=int, default=TRACKS)
    asked = options.parse_args()
    with a_bench_store(max_connections="200") as cluster:
        hot, spread = fill(asked.rounds + len(OTHER_CLIENTS) + 1, asked.tracks)
        pgbench(cluster.url(), "--initialize", "--scale", "32", "--quiet")
        bench = Bench(cluster, asked.seconds)
        rows = [bench.round(hot, spread) for _ in range(asked.rounds)]
        others = bench.others(spread, statistics.median(row[2] for row in rows))
        fsync = fdatasync_rate(cluster.data)
        others |= bench.on_a_slow_disk(hot, fsync)
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
            **others,
        },
    )


class Bench:
    """Runs each kind of work for some seconds, one after the other."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self.cluster, self.seconds = cluster, seconds
        self.turns: Counter[int] = Counter()
        self.sold = 0

    def round(self, hot: list[tuple[int, int]], spread: list[tuple[int, int]]) -> list[float]:
        """TPC-B, hot and spread sales a second; the CPU of one of the first and of the last, in ms.

        The last is in two parts, clients and server.
        """
        cpu = server_cpu_s(self.cluster) + programs_cpu_s()
        tpcb = pgbench(
            self.cluster.url(),
            *("--client", str(CLIENTS), "--jobs", "2", "--time", str(int(self.seconds))),
            *("--no-vacuum", "--protocol", "prepared"),
        )
        cpu = server_cpu_s(self.cluster) + programs_cpu_s() - cpu
        rate = re.search(r"tps = ([\d.]+)", tpcb)
        count = re.search(r"actually processed: (\d+)", tpcb)
        assert rate, tpcb
        assert count, tpcb
        hot_rate, *_ = self.sell(hot)
        spread_rate, client_cpu, server_cpu, _ = self.sell(spread)
        tpcb_cpu = cpu / int(count[1]) * 1e3
        return [float(rate[1]), hot_rate, spread_rate, tpcb_cpu, client_cpu, server_cpu]

    def others(self, tracks: list[tuple[int, int]], full_rate: float) -> dict[str, float]:
        """Other numbers of clients, half the load, and what a sale leaves behind."""
        sold, size, written = self.sold, *self.sizes()
        figures = {
            f"sales_per_s_{clients}": self.sell(tracks, clients=clients)[0]
            for clients in OTHER_CLIENTS
        }
        figures["p99_ms_half_load"] = self.sell(tracks, per_s=full_rate / 2)[3]
        grown, logged = self.sizes()
        return figures | {
            "bytes_per_sale": (grown - size) / (self.sold - sold),
            "wal_bytes_per_sale": (logged - written) / (self.sold - sold),
        }

    def on_a_slow_disk(self, tracks: list[tuple[int, int]], fsync: float) -> dict[str, float]:
        """Sales a second, every one crediting the same label, where a flush takes milliseconds."""
        # The store's role may not set it, so the server reads it from its file.
        folder = self.cluster.database
        with (folder / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(f"commit_delay = {SLOW_FLUSH_US}\ncommit_siblings = 0\n")
        os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGHUP)
        time.sleep(1)
        rate, flushes = self.sell(tracks)[0], 1 / (SLOW_FLUSH_US / 1e6 + 1 / fsync)
        return {
            "slow_fdatasync_per_s": flushes,
            "sales_per_s_slow_disk": rate,
            "ratio_to_slow_fsync": rate / flushes,
        }

    def sizes(self) -> tuple[int, int]:
        """Bytes of the database and bytes of its log until now."""
        with psycopg.connect(self.cluster.url()) as session:
            row = session.execute(
                "SELECT pg_database_size(current_database()), pg_current_wal_lsn() - '0/0'"
            ).fetchone()
        assert row
        return int(row[0]), int(row[1])

    def sell(
        self, tracks: list[tuple[int, int]], *, clients: int = CLIENTS, per_s: float | None = None
    ) -> list[float]:
        """Sales a second by all clients, the CPU of one in ms: clients, server; p99 in ms."""
        plan = Plan(self.turns[id(tracks)], tracks, clients, self.seconds, per_s)
        self.turns[id(tracks)] += 1
        context = multiprocessing.get_context("spawn")
        count = min(clients, PROCESSES)
        both = context.Barrier(count + 1)
        with context.Manager() as manager:
            sold = manager.list()
            processes = [
                context.Process(target=_process, args=(plan, number, both, sold))
                for number in range(count)
            ]
            for process in processes:
                process.start()
            both.wait()
            server_cpu = server_cpu_s(self.cluster)
            both.wait()
            server_cpu = server_cpu_s(self.cluster) - server_cpu
            for process in processes:
                process.join()
            assert len(sold) == count, "a client process failed"
            self.sold += sum(each.sold for each in sold)
            waits = sorted(wait for each in sold for wait in each.waits)
            rate = sum(len(each.waits) / each.seconds for each in sold)
            client_cpu = sum(each.cpu_s for each in sold)
        p99 = waits[int(len(waits) * 0.99)]
        return [rate, client_cpu / len(waits) * 1e3, server_cpu / len(waits) * 1e3, p99 * 1e3]


@dataclass(frozen=True)
class Plan:
    """A turn: who buys what, for how long, and how many a second where not as many as can be."""

    turn: int
    tracks: list[tuple[int, int]]
    clients: int
    seconds: float
    per_s: float | None


@dataclass(frozen=True)
class Sold:
    """What one process sold: in all, and how long each purchase took while it counted."""

    sold: int
    waits: list[float]
    seconds: float
    cpu_s: float


class Clock:
    """When purchases count, and when all is over."""

    counts = over = False

    def __init__(self) -> None:
        self.sold: Counter[int] = Counter()


def _process(plan, number, both, sold) -> None:
    import django

    django.setup()
    threads = len(range(number, plan.clients, PROCESSES))
    clock, start = Clock(), threading.Barrier(threads + 1)
    with ThreadPoolExecutor(threads) as pool:
        clients = range(number, plan.clients, PROCESSES)
        jobs = [pool.submit(_client, plan, client, clock, start) for client in clients]
        start.wait()
        # Each client begins with other tracks: together they then sold all.
        while min(clock.sold[client] for client in clients) <= len(plan.tracks) // threads:
            if any(job.done() for job in jobs):
                clock.over = True
                both.abort()
                break
            time.sleep(0.05)
        both.wait()
        clock.counts, began, worked = True, time.perf_counter(), time.process_time()
        time.sleep(plan.seconds)
        clock.counts = False
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - worked
        both.wait()
        clock.over = True
        results = [job.result() for job in jobs]
    waits = [wait for _, some in results for wait in some]
    sold.append(Sold(sum(count for count, _ in results), waits, seconds, cpu_s))


def _client(plan, client, clock, start) -> tuple[int, list[float]]:
    from django.db import connection

    from pennywhistle.apps.orders.actions import check_out
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

    tracks, shown = plan.tracks, Money(PRICE_MICRO, "USD")
    buyers, waits, count = BUYERS_PER_TURN // plan.clients, [], 0
    start.wait()
    due = time.perf_counter() + client / (plan.per_s or math.inf)
    while not clock.over:
        # Each buyer buys each track once in the whole run.
        buyer, track = divmod(count, len(tracks))
        assert buyer < buyers, "more sales than a turn has room for"
        release_id, track_id = tracks[(track + client * len(tracks) // plan.clients) % len(tracks)]
        if plan.per_s:
            time.sleep(max(0.0, due - time.perf_counter()))
        asked_at = due if plan.per_s else time.perf_counter()
        check_out(
            buyer_id=plan.turn * BUYERS_PER_TURN + client * buyers + buyer + 1,
            wanted=[ItemRef(release_id, track_id)],
            territory="US",
            shown=shown,
            key=f"{release_id}-{count}",
            now=datetime.now(tz=UTC),
        )
        clock.sold[client] = count = count + 1
        if clock.counts:
            waits.append(time.perf_counter() - asked_at)
        if plan.per_s:
            due += plan.clients / plan.per_s
    connection.close()
    return count, waits


def fill(turns: int, tracks: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """A store with buyers, and two sets of tracks as pairs of release and track."""
    from builders import NOON, a_store, give_balance
    from pennywhistle.apps.users.models import User

    a_store()
    User.objects.bulk_create(
        User(id=number, email=f"buyer{number}@example.org", country="US", date_joined=NOON)
        for number in range(1, turns * BUYERS_PER_TURN + 1)
    )
    for user in User.objects.all():
        give_balance(user, "1000")
    return _tracks("hot", tracks, same_payees=True), _tracks("spread", tracks, same_payees=False)


def _tracks(name: str, count: int, *, same_payees: bool) -> list[tuple[int, int]]:
    from builders import a_shelf

    shares = tuple(Fraction(1, PAYEES) for _ in range(PAYEES))
    made = []
    for number in range(count):
        shelf = a_shelf(
            f"{name} {number}", track_count=1, shares=shares, payees_of=name if same_payees else ""
        )
        made.append((shelf.release.pk, shelf.tracks[0].pk))
    return made


if __name__ == "__main__":
    main()
