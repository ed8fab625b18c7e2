"""Deliveries by DDEX ERN: from files that lie in a folder to committed rows of the catalog.

A generator makes albums of one to twenty tracks like a distributor's, with short real masters.
Everything runs on one core, the database too. Each album is taken in and processed as a mailbox
does it: document and files stored, files decoded in the sandbox, rows written in one transaction.
Beside it lxml parses the same documents and does nothing else. The figure for 10,000 albums is
that of the albums that ran, times what is missing; `--albums 10000 --seconds 20000` runs them all.
It ends in bounded time: once `--seconds` are over, no further album is delivered, and the figures
are of those that were. On a busy machine the seconds are those of the clock, not of the work:
`load` says how many stood in line, `cpu_s_per_album` what this process itself worked.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from store import a_bench_store, report

sys.path.append(str(Path(__file__).parent.parent / "tests"))

ALBUMS, MANY = 60, 10_000
# Half of it for albums before and after the look at the memory, a quarter for updates.
SECONDS = 420
BIG_MESSAGES = 3
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Files = dict[str, Path]


def main() -> None:
    """Deliver, measure, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--albums", type=int, default=ALBUMS, help="how many really run")
    options.add_argument("--seconds", type=float, default=SECONDS, help="no album after so many")
    options.add_argument("--profile", action="store_true", help="say where the time goes")
    asked = options.parse_args()
    # The cluster and the sandbox are children of this process, and stay where it is.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="pennywhistle-ern-") as folder, a_bench_store():
        bench = Bench(Path(folder))
        profile = cProfile.Profile()
        if asked.profile:
            profile.enable()
        figures = bench.run(asked.albums, seconds=asked.seconds)
        profile.disable()
        if asked.profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    report("ern", figures)


class Bench:
    """A store with one distributor, and the clock."""

    def __init__(self, folder: Path) -> None:
        from builders import a_store
        from ern_deliveries import Distributor
        from pennywhistle.apps.parties.actions import ensure_party, identify_party
        from pennywhistle.apps.rights.actions import record_agreement
        from pennywhistle.kernel.period import Period

        self.folder = folder
        self.distributor = Distributor()
        a_store()
        self.supplier = ensure_party(name="Wide Distribution")
        dpid = self.distributor.sender.dpid
        identify_party(party_id=self.supplier.pk, scheme="dpid", text=dpid)
        record_agreement(
            supplier_id=self.supplier.pk, valid=Period.always(), us_source="direct", now=NOW
        )

    def run(self, albums: int, *, seconds: float) -> dict[str, float]:
        """Everything, one after the other."""
        load = os.getloadavg()[0]
        # What is loaded and warmed once is not a cost of a message.
        self.deliver(range(1_000_000, 1_000_003))
        rows, size_bytes = in_database()
        worked = time.process_time()
        took = self.deliver(range(albums // 2), seconds=seconds / 2)
        half_mb, halfway = peak_mb(), len(took)
        took += self.deliver(range(halfway, albums), seconds=seconds / 4)
        worked = (time.process_time() - worked) / len(took)
        more_rows, more_bytes = in_database()
        parsed, read = self.parsing(range(len(took)))
        updates = self.updates(range(min(len(took), ALBUMS)), seconds=seconds / 4)
        each_s = sum(took) / len(took)
        print(
            f"{len(took)} albums took {sum(took):.1f} s, {each_s * 1000:.0f} ms each; "
            f"{MANY:,} of them: {each_s:.4f} s x {MANY:,} = {each_s * MANY:,.0f} s"
        )
        print(f"Parsing {parsed * 1000:.2f} ms, reading {read * 1000:.2f} ms a message")
        return {
            "albums": len(took),
            "load": max(load, os.getloadavg()[0]),
            "messages_per_s": 1 / each_s,
            "updates_per_s": 1 / statistics.mean(updates),
            "ratio_to_lxml": each_s / parsed,
            "updates_ratio_to_lxml": statistics.mean(updates) / parsed,
            "reader_ratio_to_lxml": read / parsed,
            "cpu_s_per_album": worked,
            "deals_747_ms": 1000 * self.big_messages(),
            "albums_10k_s": each_s * MANY,
            "rows_per_album": (more_rows - rows) / len(took),
            "bytes_per_album": (more_bytes - size_bytes) / len(took),
            "peak_mb_at_half": half_mb,
            "peak_mb": peak_mb(),
        }

    def deliver(self, places: range, *, seconds: float = SECONDS) -> list[float]:
        """Deliver albums, at least one, until the time is over; the seconds that each took."""
        found: list[float] = []
        for place in places:
            album = self.distributor.album(place)
            listed = album.put_into(self.folder)
            own = self.folder / album.release_id
            files = {path: own / path for path in album.files}
            began = time.perf_counter()
            self.take(self.folder / listed.path, files)
            found.append(time.perf_counter() - began)
            for file in files.values():
                file.unlink()
            if sum(found) > seconds:
                break
        return found

    def take(self, document: Path, files: Files) -> int:
        """From file to committed rows."""
        from pennywhistle.apps.intake.ern.receiving import process_message, take_message

        taken = take_message(
            supplier_id=self.supplier.pk,
            document=document.read_bytes(),
            files=files,
            source_name=document.name,
            now=NOW,
        )
        done = process_message(message_id=taken.pk, now=NOW)
        assert done.state == "applied", (done.state, done.findings)
        assert done.release_id is not None
        return done.release_id

    def parsing(self, places: range) -> tuple[float, float]:
        """Seconds a message: of lxml alone, and of the reader, over the same documents."""
        from pennywhistle.engines.ddex import read_message

        documents = [path.read_bytes() for path in self.documents(places)]
        began = time.perf_counter()
        for document in documents:
            etree.fromstring(document)
        parsed = time.perf_counter()
        for document in documents:
            read_message(document)
        read = time.perf_counter()
        return (parsed - began) / len(documents), (read - parsed) / len(documents)

    def documents(self, places: range) -> Iterator[Path]:
        """The messages that were delivered, at most some hundreds of them."""
        for place in places[:500]:
            name = self.distributor.album(place).release_id
            yield self.folder / name / f"{name}.xml"

    def updates(self, places: range, *, seconds: float) -> list[float]:
        """Other prices for albums that are there: messages without files."""
        took: list[float] = []
        for place in places:
            update = self.distributor.updated(self.distributor.album(place), place)
            listed = update.put_into(self.folder / "updates")
            began = time.perf_counter()
            self.take(self.folder / "updates" / listed.path, {})
            took.append(time.perf_counter() - began)
            if sum(took) > seconds:
                break
        return took

    def big_messages(self) -> float:
        """Seconds for 747 deals of an album of twelve tracks that is there, in the median."""
        from pennywhistle.apps.rights.models import Grant

        took = []
        for place in range(2_000_000, 2_000_000 + BIG_MESSAGES):
            album = self.distributor.album(place, track_count=12)
            own = self.folder / album.release_id
            listed = album.put_into(self.folder)
            self.take(self.folder / listed.path, {path: own / path for path in album.files})
            update = self.distributor.in_747_deals(self.distributor.updated(album, place))
            listed = update.put_into(self.folder / "updates")
            began = time.perf_counter()
            release_id = self.take(self.folder / "updates" / listed.path, {})
            took.append(time.perf_counter() - began)
            # Not 747 times thirteen: territories with the same terms are one set.
            assert Grant.objects.open().filter(release_id=release_id).count() <= 3 * 13
        return statistics.median(took)


def in_database() -> tuple[int, int]:
    """All rows of all tables, and the bytes that tables and indexes take up."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables"
            " WHERE relname NOT LIKE 'procrastinate%'"
        )
        tables = [row[0] for row in cursor.fetchall()]
        rows = size_bytes = 0
        for table in tables:
            cursor.execute(f"SELECT count(*), pg_total_relation_size('{table}') FROM {table}")  # noqa: S608 (names of its own tables)
            count, size = cursor.fetchone()
            rows, size_bytes = rows + count, size_bytes + size
    return rows, size_bytes


def peak_mb() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
