"""The index in a folder finds names however they are written, and survives what happens to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bounded import bounded_work
from pennywhistle.engines.search import (
    Ask,
    Document,
    Field,
    How,
    IndexNotThereError,
    Kind,
    Sort,
    Text,
    parse_query,
)
from pennywhistle.engines.search.folder import (
    FolderIndex,
    FolderWriter,
    IndexBusyError,
    Kept,
    Places,
)
from pennywhistle.kernel.territories import TERRITORY_CODES

KEPT = Kept("here", 7, 1.0)
EVERYWHERE = 2**249 - 1
NAMES = [
    "The Notorious B.I.G.", "The Beatles", "Björk", "AC/DC", "Mötley Crüe", "P!nk", "Кино", "王菲",
    "Beach House", "Fresh Prince", "Prince", "Simon & Garfunkel", "فيروز", "!!!", "Pinkshiny",
    "Notorious Cherry", "The The", "blink-182", "R.E.M.", "Müller", "방탄소년단", "Led Zeppelin",
    "宇多田ヒカル",
]  # fmt: skip


def bit(code: str) -> int:
    return 1 << TERRITORY_CODES.index(code)


def a_party(number: int, name: str, *, buyers: int = 0, areas: int = EVERYWHERE) -> Document:
    return Document(Kind.PARTY, number, None, {Text.NAME: name}, areas=areas, buyers=buyers)


def a_track(number: int, name: str, maker: str = "Somebody", **rest: object) -> Document:
    facts = {"areas": EVERYWHERE, "released_on": date(2000, 1, number)} | rest
    texts = {Text.NAME: name, Text.MAKER: maker, Text.PLACE: "Album", Text.ABOUT: "Nina Simone"}
    fields = {Field.ARTIST: maker, Field.YEAR: "2000", Field.ISRC: f"USABC00{number:05}"}
    return Document(Kind.TRACK, number, number, texts, fields, **facts)  # type: ignore[arg-type]


def written(root: Path, documents: list[Document], kept: Kept = KEPT) -> Places:
    places = Places(root)
    folder = places.new()
    with FolderWriter(folder) as writer:
        writer.put(documents, is_new=True)
        writer.commit(kept)
    places.switch(folder)
    return places


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> FolderIndex:
    documents = [a_party(number, name) for number, name in enumerate(NAMES)]
    return FolderIndex(written(tmp_path_factory.mktemp("names"), documents))


def found(index: FolderIndex, text: str, kind: Kind = Kind.PARTY, **asked: object) -> list[int]:
    ask = Ask(kind, 10, **asked)  # type: ignore[arg-type]
    return [hit.id for hit in index.find(parse_query(text), ask).hits]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Notorious BIG", "The Notorious B.I.G."),
        ("the notorious big juicy", "The Notorious B.I.G."),
        ("beatles", "The Beatles"),
        ("the beetles", "The Beatles"),
        ("beatl", "The Beatles"),
        ("bjork", "Björk"),
        ("bjoerk", "Björk"),
        ("acdc", "AC/DC"),
        ("ac dc", "AC/DC"),
        ("motley crue", "Mötley Crüe"),
        ("motly crew", "Mötley Crüe"),
        ("beatles yesterday", "The Beatles"),
        ("pink", "P!nk"),
        ("p!nk", "P!nk"),
        ("kino", "Кино"),
        ("КИНО", "Кино"),
        ("wang fei", "王菲"),
        ("wangfei", "王菲"),
        ("王菲", "王菲"),
        ("prince", "Prince"),
        ("simon and garfunkel", "Simon & Garfunkel"),
        ("simon garfunkle", "Simon & Garfunkel"),
        ("fairuz", "فيروز"),
        ("fayrouz", "فيروز"),
        ("!!!", "!!!"),
        ("the the", "The The"),
        ("blink 182", "blink-182"),
        ("blink182", "blink-182"),
        ("rem", "R.E.M."),
        ("mueller", "Müller"),
        ("bangtan", "방탄소년단"),
        ("hikaru", "宇多田ヒカル"),
        ("ledzeppelin", "Led Zeppelin"),
        ("led zepelin", "Led Zeppelin"),
        ("zeppelin led", "Led Zeppelin"),
    ],
)
def test_a_name_is_found_however_it_is_written(names: FolderIndex, typed: str, name: str) -> None:
    hits = found(names, typed)

    assert hits
    assert NAMES[hits[0]] == name


@pytest.mark.parametrize("typed", ["xyzzy", "-beatles", '"beatles the"', "zq", "cat"])
def test_what_is_not_there_is_not_found(names: FolderIndex, typed: str) -> None:
    assert found(names, typed) == []


def test_it_is_said_how_the_words_were_found(names: FolderIndex) -> None:
    ways = [
        names.find(parse_query(typed), Ask(Kind.PARTY, 5)).how
        for typed in ("beatles", "beetles", "notorious big juicy")
    ]

    assert ways == [How.ALL, How.SLIPS, How.MOST]


@pytest.mark.parametrize(
    "typed",
    [
        "a" * 10_240, "a " * 5_120, '"' * 10_240, "-" * 10_240, "()" * 5_000, "\x00" * 10_240,
        "\u0301" * 10_240, "\u202e" * 99, "label:" * 2_000, "(a+)+$", ".*.*.*.*.*x", "[a-z]*" * 99,
        "AND OR NOT", '+-&&||!(){}[]^"~*?:\\/', "year:0001-9999 " * 99, "\ud800", "' OR 1=1 --",
        "~brs", "t_name:tin", "*", "?", "\\", "foo AND (", "isrc:", "a\nb\tc", "year:1-",
        "abcdefghij " * 40, "-a " * 100 + "tin",
    ],
)  # fmt: skip
def test_what_is_huge_or_odd_is_answered(names: FolderIndex, typed: str) -> None:
    with bounded_work():
        for kind in Kind:
            answer = names.find(parse_query(typed), Ask(kind, 10, sold_in="US", counts_facets=True))
            assert len(answer.hits) <= 10


@pytest.mark.parametrize("offset", [1_999, 2_000, 10_000 * 48, 2**63])
def test_the_ten_thousandth_page_is_empty(names: FolderIndex, offset: int) -> None:
    answer = names.find(parse_query("the"), Ask(Kind.PARTY, 48, offset=offset))

    assert answer.hits == ()
    assert not answer.has_more


def test_what_many_own_comes_first(tmp_path: Path) -> None:
    documents = [a_track(1, "Harbor"), a_track(2, "Harbor", buyers=500), a_track(3, "Harbor Two")]
    index = FolderIndex(written(tmp_path, documents))

    assert found(index, "harbor", Kind.TRACK) == [2, 1, 3]


def test_hits_come_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    rows = [("Zinc Harbor", 3, 9), ("The Apple Harbor", 2, 1), ("Ärger Harbor", 1, 5)]
    documents = [
        a_track(number, name, price_micro=price, buyers=buyers)
        for number, (name, price, buyers) in enumerate(rows, start=1)
    ]
    index = FolderIndex(written(tmp_path, documents))

    orders = {sort: found(index, "harbor", Kind.TRACK, sort=sort) for sort in Sort}

    del orders[Sort.BEST]
    assert orders == {
        Sort.NEW: [3, 2, 1],
        Sort.SALES: [1, 3, 2],
        Sort.PRICE: [3, 2, 1],
        Sort.NAME: [2, 3, 1],
    }


def test_only_what_is_sold_where_somebody_is_is_found(tmp_path: Path) -> None:
    documents = [
        a_track(1, "Tin", areas=bit("DE") | bit("FR")),
        a_track(2, "Tin", areas=bit("FR")),
        a_track(3, "Tin", areas=0),
        *(a_track(number, "Tin", areas=bit("US")) for number in range(4, 9)),
    ]
    index = FolderIndex(written(tmp_path, documents))

    sold = {
        where: sorted(found(index, "tin", Kind.TRACK, sold_in=where))
        for where in ("DE", "FR", "US", "JP", "ZZ", None)
    }

    assert sold == {
        "DE": [1],
        "FR": [1, 2],
        "US": [4, 5, 6, 7, 8],
        "JP": [],
        "ZZ": [],
        None: [1, 2, 3, 4, 5, 6, 7, 8],
    }


def test_results_are_counted_and_narrowed_by_what_holds_here(tmp_path: Path) -> None:
    from_germany = f"price=100@{'AAAA' * 10}AAA"  # nowhere: no bit is set
    documents = [
        a_track(1, "Tin", marks=("genre=Dub", "price=50")),
        a_track(2, "Tin", marks=("genre=Dub", "price=100")),
        a_track(3, "Tin", marks=("genre=Folk", "price=50", from_germany)),
    ]
    index = FolderIndex(written(tmp_path, documents))
    ask = Ask(Kind.TRACK, 5, sold_in="DE", counts_facets=True)

    counts = index.find(parse_query("tin"), ask).facets

    assert counts == {"genre=Dub": 2, "genre=Folk": 1, "price=50": 2, "price=100": 1}
    for marks, ids in (
        (("genre=Dub",), [1, 2]),
        (("genre=Dub", "price=50"), [1]),
        (("price=100",), [2]),
        (("genre=None",), []),
    ):
        assert sorted(found(index, "tin", Kind.TRACK, sold_in="DE", marks=marks)) == ids


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("artist:tin", [1]),
        ("by:simone", []),
        ("isrc:USABC0000002", [2]),
        ("USABC-00-00002", [2]),
        ("year:2000 weather", [1]),
        ("year:1999", []),
        ("simone", [1, 2]),
        ("weather -tin", []),
        ('"weather report"', [1]),
    ],
)
def test_field_words_look_in_one_place(tmp_path: Path, typed: str, ids: list[int]) -> None:
    documents = [a_track(1, "Weather Report", "Tin"), a_track(2, "Report", "Salt")]
    index = FolderIndex(written(tmp_path, documents))

    assert sorted(found(index, typed, Kind.TRACK)) == ids


def test_a_reader_sees_what_was_committed_and_nothing_else(tmp_path: Path) -> None:
    places = written(tmp_path, [a_party(1, "One")])
    folder = places.current()
    assert folder
    index = FolderIndex(places)
    with FolderWriter(folder) as writer:
        writer.put([a_party(1, "Two")])
        assert found(index, "one") == [1]
        writer.commit(Kept("here", 8, 2.0))

    fresh = FolderIndex(places)
    assert (found(fresh, "one"), found(fresh, "two")) == ([], [1])
    assert fresh.kept() == Kept("here", 8, 2.0)


def test_a_release_goes_with_its_tracks_and_comes_again(tmp_path: Path) -> None:
    places = written(tmp_path, [a_track(1, "Tin"), a_track(2, "Tin"), a_party(1, "Tin")])
    folder = places.current()
    assert folder
    with FolderWriter(folder) as writer:
        writer.drop_release(1)
        writer.put([a_track(1, "Tin Again")], is_new=True)
        writer.drop_release(2)
        writer.drop_party(1)
        writer.commit(KEPT)

    index = FolderIndex(places)
    assert (found(index, "tin", Kind.TRACK), found(index, "tin")) == ([1], [])


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    folder = written(tmp_path, []).current()
    assert folder
    with FolderWriter(folder), pytest.raises(IndexBusyError):
        FolderWriter(folder)


WRITES_AND_WAITS = """
import sys, time
from pathlib import Path
from pennywhistle.engines.search import Document, Kind, Text
from pennywhistle.engines.search.folder import FolderWriter, Kept

def party(number):
    return Document(Kind.PARTY, number, None, {Text.NAME: f"Harbor {number}"})

writer = FolderWriter(Path(sys.argv[1]))
writer.put([party(number) for number in range(500)])
writer.commit(Kept("here", 41, 1.0))
writer.put([party(number) for number in range(500, 5000)])
print("now", flush=True)
time.sleep(60)
"""


def test_a_writer_that_is_killed_leaves_its_last_commit(tmp_path: Path) -> None:
    places = written(tmp_path, [])
    folder = places.current()
    assert folder
    source = Path(__file__).parents[4]
    writes = subprocess.Popen(
        [sys.executable, "-c", WRITES_AND_WAITS, str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert writes.stdout
    assert writes.stdout.readline() == b"now\n"
    writes.send_signal(signal.SIGKILL)
    writes.wait()
    writes.stdout.close()

    index = FolderIndex(places)
    assert index.kept() == Kept("here", 41, 1.0)
    assert index.find(parse_query("harbor"), Ask(Kind.PARTY, 5)).total == 500
    with FolderWriter(folder) as writer:
        writer.put([a_party(7_000, "Harbor 7000")])
        writer.commit(Kept("here", 42, 1.0))
    assert FolderIndex(places).find(parse_query("harbor"), Ask(Kind.PARTY, 5)).total == 501


def test_an_index_that_is_built_beside_it_takes_its_place(tmp_path: Path) -> None:
    places = written(tmp_path, [a_party(1, "Old")])
    index = FolderIndex(places)
    assert found(index, "old") == [1]

    written(tmp_path, [a_party(2, "New")])
    places.sweep()

    fresh = FolderIndex(places)
    assert (found(fresh, "old"), found(fresh, "new")) == ([], [2])
    assert len(list(tmp_path.glob("index-*"))) == 1


def test_a_folder_without_an_index_does_not_take_its_place(tmp_path: Path) -> None:
    places = written(tmp_path, [a_party(1, "Old")])
    before = places.current()

    with pytest.raises(FileNotFoundError):
        places.switch(places.new())

    assert places.current() == before


@pytest.mark.parametrize("damage", ["deleted", "half", "pointer"])
def test_an_index_that_is_lost_is_said_to_be(tmp_path: Path, damage: str) -> None:
    places = written(tmp_path, [a_party(1, "One")])
    folder = places.current()
    assert folder
    if damage == "deleted":
        shutil.rmtree(folder)
    elif damage == "half":
        for file in folder.glob("*.idx"):
            file.unlink()
    else:
        (tmp_path / "current").write_bytes(b"../../etc")

    with pytest.raises(IndexNotThereError):
        found(FolderIndex(places), "one")
