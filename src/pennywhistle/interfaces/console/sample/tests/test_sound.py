"""The sound itself: the same each time, within its bounds, at its loudness, written whole."""

from io import BytesIO
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from pennywhistle.interfaces.console.sample import CATALOG
from pennywhistle.interfaces.console.sample.covers import SLEEVES
from pennywhistle.interfaces.console.sample.music import STYLES
from pennywhistle.interfaces.console.sample.sound.mixing import (
    Desk,
    limit,
    loudness_lufs,
    to_pcm,
)
from pennywhistle.interfaces.console.sample.sound.signal import (
    SAMPLE_RATE_HZ,
    harmonics,
    steady_phase,
)
from pennywhistle.interfaces.console.sample.writing import (
    render_pcm,
    tags,
    write_cover,
    write_flac,
)


@pytest.mark.parametrize("style", ["folk", "chip", "drone"])
def test_a_piece_has_the_same_samples_each_time(style: str) -> None:
    first, second = (render_pcm((style, 0), 3.0) for _ in range(2))
    assert first.shape == (2, 3 * SAMPLE_RATE_HZ)
    assert np.array_equal(first, second)
    assert first.any()


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_piece_stays_below_the_ceiling_without_offset_or_click(style: str) -> None:
    mix = STYLES[style].render(1, 10.0)
    assert np.isfinite(mix).all()
    assert np.abs(mix).max() <= 10 ** (-1.3 / 20)
    assert np.abs(mix.mean(axis=1)).max() < 0.002
    assert np.abs(mix[:, [0, -1]]).max() < 0.001
    assert abs(loudness_lufs(mix) + 16) < 1.5


def test_styles_sound_different() -> None:
    prints = {}
    for style, module in STYLES.items():
        mono = module.render(0, 13.0).mean(axis=0)[5 * SAMPLE_RATE_HZ :]
        frames = mono[: len(mono) // 4096 * 4096].reshape(-1, 4096)
        power = np.abs(np.fft.rfft(frames * np.hanning(4096))) ** 2
        edges = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
        bands = np.log10(np.add.reduceat(power, edges, axis=1)[:, :-1] + 1e-6)
        prints[style] = np.concatenate([bands.mean(axis=0), 2 * bands.std(axis=0)])
    for one, other in combinations(prints, 2):
        assert np.linalg.norm(prints[one] - prints[other]) > 0.7, (one, other)


def test_loudness_of_a_full_scale_sine_agrees_with_the_recommendation() -> None:
    # BS.1770 says -3.01 LKFS for 0 dBFS at 997 Hz in one channel; in both it is 3.01 more.
    tone = harmonics(steady_phase(997.0, 10 * SAMPLE_RATE_HZ), np.array([1.0]))
    silent = np.zeros_like(tone)
    assert loudness_lufs(np.stack([tone, silent])) == pytest.approx(-3.01, abs=0.1)
    assert loudness_lufs(np.stack([tone, tone])) == pytest.approx(0.0, abs=0.1)


def test_the_limiter_leaves_quiet_sound_alone_and_holds_loud_sound_down() -> None:
    tone = np.stack([harmonics(steady_phase(220.0, 30_000), np.array([1.0]))] * 2)
    assert np.array_equal(limit(tone * 0.5), tone * 0.5)
    assert np.abs(limit(tone * 3.0)).max() == pytest.approx(10 ** (-1.4 / 20), rel=0.01)


def test_a_silent_desk_stays_silent() -> None:
    mix = Desk(1.0).finish(room_s=1.0, wet=0.3)
    assert not to_pcm(mix).any()


def test_a_file_holds_the_samples_and_the_tags(tmp_path: Path) -> None:
    label = CATALOG[0]
    release = label.releases[0]
    track = release.tracks[0]
    pcm = render_pcm(track.piece, 2.0)
    path = tmp_path / "one.flac"
    write_flac(path, pcm, tags(label, release, track))
    with av.open(str(path)) as container:
        found = {name.lower(): value for name, value in container.metadata.items()}
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    assert np.array_equal(np.concatenate(frames, axis=1).reshape(-1, 2).T, pcm)
    assert found["title"] == "The Tin Weather"
    assert found["artist"] == found["album_artist"] == "Maeve Tarrant & Colm Ashgrove"
    assert found["track"] == "1"
    assert found["disc"] == "1"
    assert found["date"] == "2026-03-20"
    assert found["isrc"] == track.isrc
    assert found["label"] == "Hollow Kettle Records"
    assert found["barcode"] == release.upc

    write_flac(tmp_path / "two.flac", pcm, tags(label, release, track))
    assert (tmp_path / "two.flac").read_bytes() == path.read_bytes()


def test_a_sleeve_is_a_square_jpeg_that_comes_out_the_same(tmp_path: Path) -> None:
    write_cover("dub", tmp_path)
    written = (tmp_path / "cover.jpg").read_bytes()
    with Image.open(BytesIO(written)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (1_400, 1_400)
    assert SLEEVES["dub"]() == written
    assert [path.name for path in tmp_path.iterdir()] == ["cover.jpg"]
