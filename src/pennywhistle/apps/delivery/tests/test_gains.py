"""Gains in buyers' files: of each track, and of the release as one piece."""

import pytest

from judged_files import judge_as
from pennywhistle.apps.delivery.queries import track_files
from pennywhistle.apps.media.models import Hearing, Master
from pennywhistle.engines.audio import Recipe
from pennywhistle.engines.audio.gains import Gains
from pennywhistle.engines.audio.judgement import Judgement, judge_album
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


def judge(masters: list[Master], *, blocks: dict[int, int]) -> None:
    """Let these masters be judged, each with gating blocks of its own loudness."""
    judge_as((master.sha256, {}) for master in masters)
    for master in masters:
        row = Hearing.objects.get(sha256=master.sha256)
        level = blocks[master.recording_id]
        row.judgement["loudness"] = {
            "integrated_lufs": level / 100,
            "range_lu": 3.0,
            "blocks": [[level, 100]],
        }
        row.judgement["true_peak_dbtp"] = level / 1000
        row.save()


def gains(shop: SoundingShop) -> list[Gains]:
    """What is written into the files of all tracks."""
    files = track_files(shop.shelf.tracks, recipe=Recipe.parse("flac"))
    return [file.wanted.tags.gains for file in files]


def test_tracks_and_album_are_measured_apart(shop: SoundingShop) -> None:
    masters = list(Master.objects.order_by("recording_id"))
    judge(masters, blocks={masters[0].recording_id: -800, masters[1].recording_id: -1_400})

    first, second = gains(shop)

    assert (first.track_db, second.track_db) == (-10.0, -4.0)
    assert (first.track_peak, second.track_peak) == (0.912011, 0.851138)
    # As one piece: the mean of the power, -10.04 LUFS, and the higher peak.
    assert (first.album_db, first.album_peak) == (-7.96, 0.912011)
    assert (second.album_db, second.album_peak) == (first.album_db, first.album_peak)
    rows = Hearing.objects.all()
    album = judge_album([Judgement.from_json(row.judgement) for row in rows])
    assert first.album_db == album.loudness.replaygain_db


def test_an_album_that_is_judged_in_part_has_no_gain(shop: SoundingShop) -> None:
    first = Master.objects.order_by("recording_id")[0]
    judge([first], blocks={first.recording_id: -800})

    assert gains(shop) == [Gains(-10.0, 0.912011), Gains()]


def test_a_track_alone_carries_the_gain_of_its_album(shop: SoundingShop) -> None:
    masters = list(Master.objects.order_by("recording_id"))
    judge(masters, blocks={masters[0].recording_id: -800, masters[1].recording_id: -1_400})

    (alone,) = track_files(shop.shelf.tracks[1:], recipe=Recipe.parse("flac"))

    assert alone.wanted.tags.gains.album_db == -7.96


def test_other_gains_are_another_file(shop: SoundingShop) -> None:
    before = [
        file.wanted.key for file in track_files(shop.shelf.tracks, recipe=Recipe.parse("flac"))
    ]
    master = Master.objects.order_by("recording_id")[0]
    judge([master], blocks={master.recording_id: -800})

    after = [
        file.wanted.key for file in track_files(shop.shelf.tracks, recipe=Recipe.parse("flac"))
    ]

    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True]
