"""The cache of renditions: bounded, found again, swept; and what a page says about sizes."""

from datetime import timedelta

import pytest

from builders import NOON
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.queries import TrackFile, made_bytes, track_files, tracks_owned
from pennywhistle.apps.delivery.wishes import Wishes
from pennywhistle.apps.delivery.work import (
    Unmade,
    evict_renditions,
    rendition_for,
    renditions_for,
    sweep_renditions,
)
from pennywhistle.apps.media.folders import RENDITIONS
from pennywhistle.apps.media.models import Rendition
from pennywhistle.engines.audio import Recipe
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=2)


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


def files(shop: SoundingShop, recipe: str) -> list[TrackFile]:
    return track_files(shop.shelf.tracks, recipe=Recipe.parse(recipe))


def make_all(shop: SoundingShop, recipe: str) -> list[Kept]:
    found = renditions_for(wanted=[file.wanted for file in files(shop, recipe)], now=NOON)
    return [each.finished() if isinstance(each, Unmade) else each for each in found]


def test_the_least_recently_used_are_evicted_first(shop: SoundingShop) -> None:
    first, second = make_all(shop, "opus-64")
    used = files(shop, "opus-64")[0].wanted
    rendition_for(wanted=used, now=NOON + timedelta(hours=3))

    bound = first.size_bytes + second.size_bytes - 1
    evicted = evict_renditions(size_bytes_max=bound, now=LATER)

    assert evicted == 1
    assert [row.key for row in Rendition.objects.all()] == [used.key]
    assert (RENDITIONS.has(first.sha256), RENDITIONS.has(second.sha256)) == (True, False)


def test_what_was_used_just_now_is_not_evicted(shop: SoundingShop) -> None:
    make_all(shop, "opus-64")

    assert evict_renditions(size_bytes_max=0, now=NOON + timedelta(minutes=1)) == 0
    assert evict_renditions(size_bytes_max=0, now=LATER) == 2


def test_within_its_bound_the_cache_is_left_alone(shop: SoundingShop) -> None:
    make_all(shop, "opus-64")

    assert evict_renditions(size_bytes_max=10**9, now=LATER) == 0


def test_files_that_no_row_names_are_swept_when_they_are_old(shop: SoundingShop) -> None:
    named = make_all(shop, "opus-64")
    orphan = RENDITIONS.put([b"of a replaced master"])
    cut_off = RENDITIONS.root / "tmp" / "cut-off"
    cut_off.write_bytes(b"half")

    assert sweep_renditions(now=NOON - timedelta(days=365)) == 0
    assert sweep_renditions(now=NOON + timedelta(days=36_500)) >= 2

    assert not RENDITIONS.has(orphan.sha256)
    assert not cut_off.exists()
    assert all(RENDITIONS.has(kept.sha256) for kept in named)


def test_the_key_changes_with_everything_that_the_bytes_depend_on(shop: SoundingShop) -> None:
    track = shop.shelf.tracks[0]
    keys = {file.wanted.key for recipe in ("flac", "mp3-v0") for file in files(shop, recipe)}
    track.title = "Another"
    track.save()
    keys |= {files(shop, "flac")[0].wanted.key}

    assert len(keys) == 5
    assert files(shop, "flac")[0].wanted.key in keys


def test_a_size_is_known_once_all_files_are_made_as_they_are_wished(shop: SoundingShop) -> None:
    owned, recipe = shop.sell_album(), Recipe.parse("mp3-320")
    before = made_bytes(owned, recipe=recipe, wishes=Wishes())
    kept = make_all(shop, "mp3-320")

    assert [track.track_number for track in tracks_owned(owned)] == [1, 2]
    assert before is None
    assert made_bytes(owned, recipe=recipe, wishes=Wishes()) == sum(
        each.size_bytes for each in kept
    )
    assert made_bytes(owned, recipe=recipe, wishes=Wishes(cover_px=0)) is None
