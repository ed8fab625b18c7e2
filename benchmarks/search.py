"""The search index: how long searches take, how well they find, beside PostgreSQL and SQLite.

A catalog by seed (benchmarks/searching) is put into a folder's index, a table with text vectors in
PostgreSQL, and FTS5, and asked the same things by one client. `…_ms_p99` is the time in which 99 of
100 answers were there. A speed-up is the geometric mean over the kinds of search that all of them
can do, of medians. Freshness is from the commit of a change in a store's database until a reader of
the index finds it, through the triggers, the follower and its commit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from searching.catalog import Catalog, die, judged, name_of
from searching.rivals import Postgres, Sqlite
from store import a_bench_store, report

from pennywhistle.engines.search import Ask, Kind, Sort, parse_query, tokens
from pennywhistle.engines.search.folder import FolderIndex, FolderWriter, Kept, Places

sys.path.append(str(Path(__file__).parent.parent / "tests"))

ASKED, CHANGES, ROUND_S, LOOK_S = 200, 30, 0.3, 0.02
SOLD_IN = "DE"
# What all three can do.
COMPARED = ("common", "rare", "two", "prefix")


def main() -> None:
    """Build, ask, judge, follow; then print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tracks", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--alone", action="store_true", help="without the two others")
    asked = options.parse_args()
    catalog = Catalog(asked.tracks, seed=asked.seed)
    figures: dict[str, float] = {"tracks": asked.tracks}
    with tempfile.TemporaryDirectory(prefix="pennywhistle-bench-") as folder:
        index, built = build(catalog, Path(folder) / "search")
        figures |= built | speeds(index, catalog) | quality(index.find)
        with a_bench_store(shared_buffers="512MB", work_mem="64MB") as cluster:
            if not asked.alone:
                postgres, sqlite = Postgres(cluster.url()), Sqlite(Path(folder) / "words.db")
                for name, rival in (("postgres", postgres), ("sqlite", sqlite)):
                    figures |= beside(name, rival, catalog, figures)
                postgres.link.close()
            figures |= freshness(Path(folder) / "followed")
    report("search", figures)


def build(catalog: Catalog, root: Path) -> tuple[FolderIndex, dict[str, float]]:
    """Write all documents into one index."""
    places = Places(root)
    folder = places.new()
    began, worked = time.perf_counter(), time.process_time()
    with FolderWriter(folder, heap_bytes=200_000_000) as writer:
        writer.put(catalog.documents(), is_new=True)
        writer.commit(Kept("bench", 1, 1.0))
        writer.finish()
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - worked
    places.switch(folder)
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"built in {took_s:.1f} s ({cpu_s:.1f} s of a processor), {size / 1e6:.0f} MB")
    return FolderIndex(places), {
        "build_s": took_s, "build_cpu_s": cpu_s, "index_mb": size / 1e6,
    }  # fmt: skip


def searches(catalog: Catalog) -> dict[str, list[str]]:
    """What is asked, by kind of search: the same for everybody."""
    dice = die("searches", catalog.seed)
    words = catalog.words
    rare = [words[dice.randrange(len(words) // 2, len(words))] for _ in range(ASKED)]
    long = [word for word in words if len(word) > 5]
    artists = [catalog.artist(1 + dice.randrange(1_000)) for _ in range(ASKED)]
    return {
        "common": [words[dice.randrange(50)] + " " for _ in range(ASKED)],
        "rare": [f"{word} " for word in rare],
        "two": [f"{artist} {words[dice.randrange(300)]} " for artist in artists],
        "prefix": [word[: dice.choice((3, 4, 5))] for word in dice.sample(long, ASKED)],
        "typo": [slipped(word, dice.randrange(1, 4)) + " " for word in dice.sample(long, ASKED)],
    }


def slipped(word: str, at: int) -> str:
    """A word with two letters in each other's place."""
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def speeds(index: FolderIndex, catalog: Catalog) -> dict[str, float]:
    """Our own times, kind by kind."""
    wanted = searches(catalog)
    figures: dict[str, float] = {}
    for name, texts in wanted.items():
        figures |= timed(name, texts, lambda text: index.find(parse_query(text), here()))
    both = Ask(Kind.TRACK, 20, sold_in=SOLD_IN, counts_facets=True)
    figures |= timed("facets", wanted["common"], lambda text: index.find(parse_query(text), both))
    new = Ask(Kind.TRACK, 20, sold_in=SOLD_IN, sort=Sort.NEW)
    figures |= timed("new", wanted["common"], lambda text: index.find(parse_query(text), new))
    figures["rss_mb"] = resident_mb()
    return figures


def here() -> Ask:
    """Tracks, where they are sold."""
    return Ask(Kind.TRACK, 20, sold_in=SOLD_IN)


def timed(name: str, texts: list[str], find: Callable[[str], object]) -> dict[str, float]:
    """p50 and p99 of each text asked once, after some to warm up."""
    for text in texts[:10]:
        find(text)
    took_ms = []
    for text in texts:
        began = time.perf_counter()
        find(text)
        took_ms.append((time.perf_counter() - began) * 1000)
    took_ms.sort()
    p50, p99 = statistics.median(took_ms), took_ms[len(took_ms) * 99 // 100]
    print(f"{name:<18} p50 {p50:8.2f} ms   p99 {p99:8.2f} ms")
    return {f"{name}_ms_p50": p50, f"{name}_ms_p99": p99}


def quality(find: Callable[..., object]) -> dict[str, float]:
    """How many of the judged searches find what is meant, first and among five."""
    ranks = []
    for each in judged():
        hits = find(parse_query(each.typed), Ask(each.kind, 5)).hits  # type: ignore[attr-defined]
        names = [name_of(hit.id) for hit in hits]
        ranks.append(names.index(each.name) if each.name in names else None)
    return {"found_first": ranks.count(0) / len(ranks), **found_in_five(ranks)}


def found_in_five(ranks: list[int | None], name: str = "found_in_five") -> dict[str, float]:
    """The part that is among the first five."""
    return {name: sum(rank is not None for rank in ranks) / len(ranks)}


def beside(
    name: str, rival: Postgres | Sqlite, catalog: Catalog, ours: dict[str, float]
) -> dict[str, float]:
    """The same for another engine; what it cannot do is left out."""
    began = time.perf_counter()
    rival.build(catalog.documents())
    figures = {f"{name}_build_s": time.perf_counter() - began}
    wanted = searches(catalog)
    for kind in COMPARED:
        is_prefix = kind == "prefix"
        figures |= timed(
            f"{name}_{kind}",
            wanted[kind],
            lambda text, is_prefix=is_prefix: rival.find(
                tokens(text), Kind.TRACK, is_prefix=is_prefix
            ),
        )
    ratios = [figures[f"{name}_{kind}_ms_p50"] / ours[f"{kind}_ms_p50"] for kind in COMPARED]
    ranks: list[int | None] = []
    for each in judged():
        words = tokens(each.typed)
        names = [name_of(number) for number in rival.find(words, each.kind, is_prefix=True)[:5]]
        ranks.append(names.index(each.name) if each.name in names else None)
    figures[f"speedup_over_{name}"] = statistics.geometric_mean(ratios)
    figures[f"{name}_found_first"] = ranks.count(0) / len(ranks)
    return figures | found_in_five(ranks, f"{name}_found_in_five")


def freshness(root: Path) -> dict[str, float]:
    """From a commit in the database until a reader finds it."""
    os.environ["PENNYWHISTLE_SEARCH_URL"] = str(root)
    from django.conf import settings
    from django.db import connection

    from builders import a_shelf, a_store, keep
    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.discovery.searching.chosen import folder_index
    from pennywhistle.interfaces.console.searcher import keep_index

    settings.SEARCH_URL = str(root)
    root.mkdir(parents=True, exist_ok=True)
    a_store()
    release = a_shelf("Harbor").release
    keep()
    stopping = threading.Event()
    follows = threading.Thread(target=lambda: (keep_index(stopping), connection.close()))
    follows.start()
    took_s = []
    try:
        for number in range(CHANGES + 1):
            Release.objects.filter(pk=release.pk).update(title=f"Change{number}x")
            began = time.perf_counter()
            query = parse_query(f"change{number}x ")
            while not is_found(folder_index(), query):
                time.sleep(LOOK_S)
            took_s.append(time.perf_counter() - began)
    finally:
        stopping.set()
        follows.join()
        shutil.rmtree(root, ignore_errors=True)
    # The first one waits for the index to be built.
    return {"freshness_s_p99": max(took_s[1:]), "freshness_s_p50": statistics.median(took_s[1:])}


def is_found(index: FolderIndex, query: object) -> bool:
    """Whether a release of that name is there; before there is an index, it is not."""
    from pennywhistle.engines.search import IndexNotThereError

    try:
        return bool(index.find(query, Ask(Kind.RELEASE, 1)).hits)  # type: ignore[arg-type]
    except IndexNotThereError:
        return False


def resident_mb() -> float:
    """What this process holds in memory now, pages of the index included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
