"""A throw-away store for benchmarks: a durable cluster of its own, gone afterwards."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections

from pennywhistle.machine.postgres import Cluster


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
            call_command("migrate", verbosity=0)
            yield cluster
        finally:
            connections.close_all()
            cluster.stop()


def report(bench: str, figures: dict[str, float]) -> None:
    """The last line that a benchmark prints: its figures as JSON."""
    rounded = {name: round(value, 4) for name, value in figures.items()}
    print(json.dumps({"bench": bench, "figures": rounded}))
