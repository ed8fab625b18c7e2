"""Of a damaged master nothing is sent, in any form; delivered again, it is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import NOON
from pennywhistle.apps.delivery.errors import MakingFailedError
from pennywhistle.apps.delivery.queries import track_files, tracks_owned
from pennywhistle.apps.delivery.unmade import Unmade
from pennywhistle.apps.delivery.work import preview_for, rendition_for
from pennywhistle.apps.media.custody import Condition, check_master
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Rendition, StoredMaster
from pennywhistle.apps.media.work import store_master
from pennywhistle.engines.audio import Recipe
from sounding_shop import SoundingShop, a_sounding_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SoundingShop]:
    """A shop whose first track's master has a flipped bit in the middle of its sound."""
    shop = a_sounding_shop()
    path = MASTERS.path(_sha256(shop))
    whole = path.read_bytes()
    (tmp_path / "again.flac").write_bytes(whole)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 16
    path.write_bytes(damaged)
    yield shop
    path.write_bytes(whole)


def _sha256(shop: SoundingShop) -> str:
    return str(shop.shelf.tracks[0].recording.master.sha256)


@pytest.mark.parametrize("recipe", ["flac", "wav", "opus-64"])
def test_nothing_is_made_of_a_damaged_master(shop: SoundingShop, recipe: str) -> None:
    files = track_files(tracks_owned(shop.sell_album()), recipe=Recipe.parse(recipe))

    made = rendition_for(wanted=files[0].wanted, now=NOON)

    assert isinstance(made, Unmade)
    with pytest.raises(MakingFailedError):
        b"".join(made.follow())
    assert not Rendition.objects.filter(recipe=recipe).exists()
    assert StoredMaster.objects.lost().get().damage == "differs"


def test_no_preview_is_made_of_a_damaged_master(shop: SoundingShop) -> None:
    Rendition.objects.all().delete()

    with pytest.raises(MakingFailedError):
        preview_for(recording_id=shop.shelf.tracks[0].recording_id, now=NOON)


def test_the_same_file_delivered_again_takes_the_damaged_ones_place(
    shop: SoundingShop, tmp_path: Path
) -> None:
    assert check_master(_sha256(shop), now=NOON) is Condition.LOST

    assert store_master(tmp_path / "again.flac").sha256 == _sha256(shop)

    assert check_master(_sha256(shop), now=NOON) is Condition.SOUND
