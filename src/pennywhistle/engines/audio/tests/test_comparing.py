"""Two formats are heard as they are, at the same loudness, at the same length."""

import io

import numpy as np
import pytest

from pennywhistle.engines.audio.comparing import _loudness, headroom_db, passage
from pennywhistle.engines.audio.decoding import as_samples, decode, open_audio
from pennywhistle.engines.audio.tests.tones import examined, music, song, wav

LOSSY = ["mp3-v0", "mp3-v9", "mp3-32", "aac-96", "opus-16", "opus-128"]


def _passage(source: bytes, recipe: str, start_ms: int = 1_000) -> bytes:
    made = io.BytesIO()
    passage(io.BytesIO(source), made, recipe=recipe, start_ms=start_ms, length_ms=2_000)
    return made.getvalue()


@pytest.mark.parametrize("recipe", [*LOSSY, "flac", "flac-16"])
def test_all_are_equally_loud_and_long(recipe: str) -> None:
    source = song(sample_count=4 * 44_100)

    heard, own = _passage(source, recipe), _passage(source, "wav")

    assert _loudness(heard) == pytest.approx(_loudness(own), abs=0.15)
    assert examined(heard).duration_ms == 2_000
    assert examined(heard).bits_per_sample == 24


def test_the_master_is_lowered_and_nothing_else() -> None:
    samples = music(sample_count=4 * 44_100)

    with open_audio(io.BytesIO(_passage(wav(samples), "flac"))) as opened:
        heard = np.concatenate([as_samples(frame, 2) for frame in decode(opened)]) / 2**31

    expected = samples[44_100 : 3 * 44_100] / 32768 * 10 ** (-headroom_db / 20)
    assert np.abs(heard - expected).max() < 1e-6


def test_what_overshoots_is_cut_off_in_moments_only() -> None:
    loud = np.where(music(sample_count=4 * 44_100) > 0, 32_700, -32_700).astype(np.int16)

    with open_audio(io.BytesIO(_passage(wav(loud), "mp3-64"))) as opened:
        heard = np.concatenate([as_samples(frame, 2) for frame in decode(opened)])

    at_the_end_of_the_scale = np.abs(heard.astype(np.int64)) >= 2**31 - 512
    assert at_the_end_of_the_scale.mean() < 0.01


def test_silence_has_no_loudness_to_be_matched() -> None:
    silence = wav(np.zeros((4 * 44_100, 2), np.int16))

    assert examined(_passage(silence, "mp3-v4")).duration_ms == 2_000
