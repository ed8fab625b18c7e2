"""Playing seeds by hand, as long as one likes: `make simulate SEED=1 STEPS=500 MINUTES=10`."""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django
import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pennywhistle.config.settings_test")
django.setup()

from pennywhistle.config.database import database_of  # noqa: E402 (Django is set up first)
from pennywhistle.machine.postgres import roles  # noqa: E402
from prepared_cluster import DATABASE, prepared_cluster  # noqa: E402
from simulation.play import BrokenError, play  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.machine.postgres import Cluster


@contextmanager
def an_empty_database(cluster: Cluster, name: str) -> Iterator[None]:
    """Django's database is a new one, a copy of the one with all migrations and nothing in it."""
    admin = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(make.format(*map(sql.Identifier, (name, DATABASE, roles.STORE))))
        database = connections.databases["default"] | database_of(cluster.url(name))
        connections.databases["default"] = settings.DATABASES["default"] = database
        del connections["default"]
        try:
            yield
        finally:
            connections.close_all()
            server.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


def main() -> int:
    """Play one seed, or one after the other until the time is over; 1 if something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--trace", action="store_true", help="print every step, and where it broke")
    asked = parser.parse_args()
    # What goes wrong on purpose is no news.
    logging.disable(logging.ERROR)
    until, seed = time.monotonic() + asked.minutes * 60, asked.seed
    with prepared_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        while True:
            print(f"seed {seed}, {asked.steps} steps", flush=True)
            began = time.monotonic()
            with an_empty_database(cluster, f"simulation_{seed}"):
                try:
                    world = play(seed, asked.steps, Path(folder))
                except BrokenError as error:
                    print(error, file=sys.stderr)
                    if asked.trace:
                        raise
                    return 1
            print(f"  {time.monotonic() - began:.0f} s, {world.trace[-1]}", flush=True)
            if asked.trace:
                print(*world.trace, sep="\n")
            seed += 1
            if time.monotonic() >= until:
                return 0


if __name__ == "__main__":
    sys.exit(main())
