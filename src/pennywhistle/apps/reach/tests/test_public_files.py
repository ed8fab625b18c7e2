"""Site maps and the dump: only what is public, by key, the same bytes where nothing happened."""

import gzip
import hashlib
import json
from datetime import timedelta

import pytest
from lxml import etree

from builders import NOON, a_shelf, a_store, a_user, keep
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.reach import publishing, sitemaps
from pennywhistle.apps.reach.dumps import SUMS_NAME, make_dump
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.publishing import FILES, KEPT_FOR, remove_replaced
from pennywhistle.apps.reach.sitemaps import make_sitemaps
from pennywhistle.apps.reach.work import make_due
from pennywhistle.interfaces.common.catalog_addresses import catalog_addresses, map_addresses
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def content(name: str) -> bytes:
    row = PublicFile.objects.get(name=name)
    with FILES.open(row.sha256) as opened:
        data = opened.read()
    assert hashlib.sha256(data).hexdigest() == row.sha256
    return gzip.decompress(data) if name.endswith(".gz") else data


def addresses(name: str) -> list[str]:
    return [str(each.text) for each in etree.fromstring(content(name)).iter(f"{SITEMAP}loc")]


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in content(name).decode().splitlines()]


def map_all(now=NOON) -> int:
    return make_sitemaps(addresses=map_addresses(), now=now)


def test_site_maps_name_every_public_page_and_no_other() -> None:
    a_store()
    shelf, gone = a_shelf(track_count=2), a_shelf("Gone", track_count=1)
    genre = Genre.objects.create(name="R & B", slug="r-b")
    Release.objects.filter(id=shelf.release.pk).update(genre=genre, slug="зима")
    Release.objects.filter(id=gone.release.pk).update(withdrawn_at=NOON)
    early = a_shelf("Early", track_count=1)
    Release.objects.filter(id=early.release.pk).update(published_at=LATER)

    count = map_all()

    parts = addresses("sitemap.xml")
    named = [each for part in parts for each in addresses(part.rpartition("/")[2])]
    assert count == len(named) == len(set(named))
    assert (
        f"http://localhost:8000/release/%D0%B7%D0%B8%D0%BC%D0%B0-{shelf.release.public_id}" in named
    )
    assert "http://localhost:8000/genre/r-b" in named
    assert sum("/track/" in each for each in named) == 2
    assert sum("/artist/" in each for each in named) == 1
    assert sum("/label/" in each for each in named) == 1
    assert not any(each in address for address in named for each in ("gone", "early", "/account"))


def test_a_part_in_which_nothing_happened_keeps_its_bytes_and_its_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_store()
    first = a_shelf(track_count=1)
    # Ten numbers a part, so that the others are in later ones.
    monkeypatch.setattr(sitemaps, "ADDRESSES_PER_SITEMAP_MAX", 10)
    monkeypatch.setattr(sitemaps, "ADDRESSES_PER_BATCH", 2)
    part = (first.release.pk - 1) // 10 + 1
    map_all()
    before = {row.name: (row.sha256, row.changed_at) for row in PublicFile.objects.all()}
    for number in (1, 2, 3, 25):
        copied = Release.objects.get(public_id=first.release.public_id)
        copied.pk, copied.public_id = part * 10 + number, f"{number:012}"
        copied.save(force_insert=True)
    map_all(LATER)

    after = {row.name: (row.sha256, row.changed_at) for row in PublicFile.objects.all()}
    assert len(addresses(f"release-{part + 1}.xml.gz")) == 3
    assert len(addresses(f"release-{part + 3}.xml.gz")) == 1
    assert f"release-{part + 2}.xml.gz" not in after
    same = {name for name in before if name != "sitemap.xml"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    index = etree.fromstring(content("sitemap.xml"))
    changed = {each[0].text.rpartition("/")[2]: each[1].text for each in index}
    assert changed[f"release-{part}.xml.gz"] == "2026-11-21T12:00:00Z"
    assert changed[f"release-{part + 1}.xml.gz"] == "2026-11-22T12:00:00Z"


def test_site_maps_take_as_many_questions_for_many_as_for_one(
    django_assert_max_num_queries,
) -> None:
    a_store()
    for number in range(4):
        a_shelf(f"Record {number}", track_count=3)

    # One batch of each of five kinds; the rest names the files.
    with django_assert_max_num_queries(30):
        map_all()


def test_the_dump_holds_public_facts_with_their_checksums(monkeypatch: pytest.MonkeyPatch) -> None:
    a_store()
    a_user("somebody@example.org")
    shelf = a_shelf(territories=Territories.of("DE", "US"), track_count=2)
    for number in range(3):
        a_shelf(f"Record {number}", track_count=1)
    Release.objects.filter(title="Record 1").update(withdrawn_at=NOON)
    keep()
    monkeypatch.setattr("pennywhistle.apps.reach.dumps.RELEASES_PER_BATCH", 2)

    assert make_dump(addresses=catalog_addresses(), now=NOON) == 3

    releases = rows("releases.jsonl.gz")
    (mine,) = (each for each in releases if each["id"] == shelf.release.public_id)
    places = {each["id"]: each["codes"] for each in rows("territories.jsonl.gz")}
    assert [each["title"] for each in mine["tracks"]] == ["Track 1", "Track 2"]
    assert [(each["amount"], places[each["territories_id"]]) for each in mine["offers"]] == [
        ("0.35", ["DE", "US"])
    ]
    assert len(rows("artists.jsonl.gz")) == 3
    for line in content(SUMS_NAME).decode().splitlines():
        sha256, name = line.split("  ")
        assert PublicFile.objects.get(name=name).sha256 == sha256
    every = b"".join(content(row.name) for row in PublicFile.objects.all())
    assert b"@" not in every
    assert b"Record 1" not in every


def test_the_same_catalog_is_dumped_to_the_same_bytes() -> None:
    a_store()
    a_shelf(track_count=1)
    make_dump(addresses=catalog_addresses(), now=NOON)
    before = dict(PublicFile.objects.values_list("name", "sha256"))

    make_dump(addresses=catalog_addresses(), now=LATER)

    assert dict(PublicFile.objects.values_list("name", "sha256")) == before
    assert {row.changed_at for row in PublicFile.objects.all()} == {NOON}


def test_what_is_due_is_made_once_and_what_was_replaced_goes_days_later() -> None:
    a_store()
    a_shelf(track_count=1)
    make_due(addresses=catalog_addresses(), map_addresses=map_addresses(), now=NOON)
    old = PublicFile.objects.get(name="releases.jsonl.gz").sha256
    made = set(PublicFile.objects.values_list("name", "made_at"))
    make_due(addresses=catalog_addresses(), map_addresses=map_addresses(), now=NOON)
    assert set(PublicFile.objects.values_list("name", "made_at")) == made

    a_shelf("Another", track_count=1)
    make_due(addresses=catalog_addresses(), map_addresses=map_addresses(), now=LATER)

    assert PublicFile.objects.get(name="releases.jsonl.gz").sha256 != old
    remove_replaced(now=LATER)
    assert FILES.has(old)
    written_at = FILES.path(old).stat().st_mtime
    days_later = LATER.fromtimestamp(written_at + KEPT_FOR.total_seconds() + 60, tz=LATER.tzinfo)
    remove_replaced(now=days_later)
    assert not FILES.has(old)
    assert content("releases.jsonl.gz")


def test_a_failure_on_the_way_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    a_store()
    a_shelf(track_count=1)
    map_all()
    before = set(PublicFile.objects.values_list("name", "sha256"))
    a_shelf("Another", track_count=1)

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(publishing.Sheet, "close", break_down)
    with pytest.raises(RuntimeError):
        map_all(LATER)

    assert set(PublicFile.objects.values_list("name", "sha256")) == before
