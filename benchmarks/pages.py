"""Pages a second over HTTP: home, release, artist and search, with 40 tracks and with 100,000.

The store's own web server (granian, two workers) on a durable database of its own; eight clients on
the same machine, each on one connection that it keeps. Every round asks each page for some seconds
in turn, and `/livez`, which does nothing, beside them; medians of the rounds are printed.
`…_p99_ms` is the time in which 99 of 100 answers had come whole, `…_queries` how many statements
one page asks the database for.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from store import a_bench_store, report

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.append(str(Path(__file__).parent.parent / "tests"))

CLIENTS = 8
TRACKS_PER_RELEASE, ARTISTS, LABELS, GENRES = 10, 500, 40, 12
SMALL, LARGE, RELEASES_PER_STEP = 4, 10_000, 100  # releases
PAGES = ("livez", "home", "release", "artist", "search")
ADJECTIVES = [
    *("tin", "low", "quiet", "amber", "paper", "slow"),
    *("northern", "copper", "hollow", "bright", "salt", "idle"),
]
NOUNS = [
    *("weather", "harbor", "engine", "meadow", "signal", "winter"),
    *("orchard", "railway", "lantern", "river", "clock"),
]
START_TIMEOUT_S = 30
CATALOG = Path(__file__).parent / "pages_catalog.sql"


def main() -> None:
    """Fill, serve and ask, twice; then print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    figures: dict[str, float] = {}
    with a_bench_store():
        prepare()
        first = 1
        for releases, suffix in ((SMALL, ""), (LARGE, "_100k")):
            began = time.perf_counter()
            fill(first, releases)
            first = releases + 1
            print(f"{releases} releases are in after {time.perf_counter() - began:.1f} s")
            paths = addresses(releases)
            figures |= {f"{page}_queries{suffix}": count for page, count in queries_of(paths)}
            with serving() as port:
                rounds = Rounds(port, paths, asked.seconds)
                figures |= {f"{key}{suffix}": value for key, value in rounds.run(asked.rounds)}
    report("pages", figures)


@dataclass(frozen=True)
class Asked:
    """What came back within a stretch of time."""

    per_s: float
    p99_ms: float


class Rounds:
    """Asks each page for some seconds, one kind after the other, several times."""

    def __init__(self, port: int, paths: dict[str, list[str]], seconds: float) -> None:
        self.port, self.paths, self.seconds = port, paths, seconds

    def run(self, rounds: int) -> Iterator[tuple[str, float]]:
        """The figures by name, each the median of the rounds."""
        for page in PAGES:  # connections, caches and prepared statements of a store that runs
            self.ask(page, seconds=1)
        rows = [{page: self.ask(page, self.seconds) for page in PAGES} for _ in range(rounds)]
        for page in PAGES:
            yield f"{page}_rps", statistics.median(row[page].per_s for row in rows)
            yield f"{page}_p99_ms", statistics.median(row[page].p99_ms for row in rows)
            if page != "livez":
                ratios = (row[page].per_s / row["livez"].per_s for row in rows)
                yield f"{page}_ratio_to_livez", statistics.median(ratios)

    def ask(self, page: str, seconds: float) -> Asked:
        """All clients together on one kind of page."""
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            stretches = [
                pool.submit(self._client, self.paths[page][client:] + self.paths[page], seconds)
                for client in range(CLIENTS)
            ]
            took_s = sorted(each for stretch in stretches for each in stretch.result())
        p99_s = took_s[min(len(took_s) - 1, len(took_s) * 99 // 100)]
        return Asked(len(took_s) / (time.perf_counter() - began), p99_s * 1000)

    def _client(self, paths: list[str], seconds: float) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        took_s, now = [], time.perf_counter()
        ends = now + seconds
        for path in itertools.cycle(paths):
            if now >= ends:
                break
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, f"{path}: {answer.status}"
            before, now = now, time.perf_counter()
            took_s.append(now - before)
        connection.close()
        return took_s


def addresses(releases: int) -> dict[str, list[str]]:
    """What the clients ask for: any of 1,000 releases, any artist, any two words of the titles."""
    from pennywhistle.apps.parties.models import Party

    some = range(1, releases + 1, max(1, releases // 1_000))
    pairs = [(first, second) for first in ADJECTIVES for second in NOUNS]
    held = {title_words(number) for number in range(1, releases + 1)}
    return {
        "livez": ["/livez"],
        "home": ["/"],
        "release": [f"/release/{slug(number)}-{public_id('r', number)}" for number in some],
        "artist": [
            f"/artist/{name}-{code}"
            for name, code in Party.objects.filter(
                releaseartist__release__lte=releases, id__lte=ARTISTS
            )
            .distinct()
            .values_list("slug", "public_id")
        ],
        "search": [f"/search?q={'+'.join(pair)}" for pair in pairs if pair in held],
    }


def queries_of(paths: dict[str, list[str]]) -> Iterator[tuple[str, int]]:
    """How many statements each page asks the database for, once its caches are filled."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    for page in PAGES[1:]:
        client.get(paths[page][0])
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(paths[page][-1])
        assert answer.status_code == 200, f"{page}: {answer.status_code}"
        yield page, len(asked)


def title_words(number: int) -> tuple[str, str]:
    """The two words of a release's title."""
    return (
        ADJECTIVES[number % len(ADJECTIVES)],
        NOUNS[number // len(ADJECTIVES) % len(NOUNS)],
    )


def slug(number: int) -> str:
    """A release's name in its address."""
    return "-".join([*title_words(number), str(number)])


def public_id(kind: str, number: int) -> str:
    """Twelve characters of the alphabet of public ids."""
    return f"{kind}{number:011d}"


@contextmanager
def serving() -> Iterator[int]:
    """The web server as `pennywhistle serve` starts it, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "pennywhistle.config.wsgi:application"),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "8", "--backpressure", "64", "--no-access-log"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    """Until it answers that it can serve."""
    deadline, said = time.monotonic() + START_TIMEOUT_S, "nothing"
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            if answer.status == 200:
                return
            said = f"{answer.status} {answer.read()!r}"
        except OSError as error:
            said = str(error)
        finally:
            connection.close()
        time.sleep(0.1)
    sys.exit(f"The web server is not ready; it says: {said}")


def prepare() -> None:
    """The store, its static files, and the parties and genres of the catalog."""
    from django.core.management import call_command

    from builders import a_store
    from pennywhistle.apps.catalog.models import Genre
    from pennywhistle.apps.ledger.actions import open_account
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.rights import actions
    from pennywhistle.config.static_files import collect
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

    os.environ["PENNYWHISTLE_SECRET_KEY"] = "b" * 64  # the same for both workers
    call_command("createcachetable", verbosity=0)
    collect()
    a_store()
    Party.objects.bulk_create(
        Party(id=number, name=f"Artist {number}", slug=f"artist-{number}")
        for number in range(1, ARTISTS + LABELS + 1)
    )
    for number in range(1, ARTISTS + 1):
        open_account(kind="payee", currency="USD", party_id=number)
    Genre.objects.bulk_create(
        Genre(id=number, name=f"Genre {number}", slug=f"genre-{number}")
        for number in range(1, GENRES + 1)
    )
    everywhere, always, at = Territories.worldwide(), Period.always(), datetime.now(tz=UTC)
    for label in range(ARTISTS + 1, ARTISTS + LABELS + 1):
        actions.record_agreement(supplier_id=label, valid=always, us_source="direct", now=at)
        terms = actions.LicenseTerms(label, everywhere, always)
        actions.record_license(terms=terms, now=at)


def fill(first: int, last: int) -> None:
    """Releases `first` to `last` in the catalog's tables, with search index and availability."""
    from django.db import connection, transaction

    from builders import keep
    from pennywhistle.apps.discovery.actions import rebuild_index

    wanted = {
        "per_release": TRACKS_PER_RELEASE,
        "artists": ARTISTS,
        "labels": LABELS,
        "genres": GENRES,
        "adjectives": ADJECTIVES,
        "nouns": NOUNS,
    }
    statements = CATALOG.read_text(encoding="utf-8").split(";\n")
    # A share that is recorded takes a lock, and there are only so many in one transaction.
    for start in range(first, last + 1, RELEASES_PER_STEP):
        step = {"first": start, "last": min(start + RELEASES_PER_STEP - 1, last)}
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, wanted | step)
    rebuild_index(now=datetime.now(tz=UTC))
    keep()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


if __name__ == "__main__":
    main()
