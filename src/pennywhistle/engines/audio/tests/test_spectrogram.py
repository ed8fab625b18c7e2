"""The picture shows what sounds, where and how high, for any length, in bounded memory."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.pcm import PcmShape, write_wav
from pennywhistle.engines.audio.spectrogram import (
    HEIGHT_PX,
    WIDTH_PX,
    draw_spectrogram,
    is_picture,
)

# The scales' place, as the picture has it: left, top, right, bottom.
PLOT = (62, 30, WIDTH_PX - 14, HEIGHT_PX - 36)


def a_wav(sound: np.ndarray, *, rate_hz: int = 44_100, channels: int = 1) -> bytes:
    samples = np.repeat(np.round(sound * 32_767).astype(np.int16)[:, None], channels, axis=1)
    shape = PcmShape(len(samples), rate_hz, channels, 16)
    return b"".join(write_wav(shape, iter([samples]), b""))


def a_tone(hz: float, seconds: float, *, rate_hz: int = 44_100) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def drawn(wav: bytes) -> np.ndarray:
    """The lights of the plot, rows from the top."""
    sink = io.BytesIO()
    draw_spectrogram(io.BytesIO(wav), sink)
    assert is_picture(sink.getvalue())
    picture = Image.open(sink)
    assert picture.size == (WIDTH_PX, HEIGHT_PX)
    return np.asarray(picture.convert("L").crop(PLOT)).astype(int)


@pytest.mark.parametrize(
    ("hz", "rate_hz"), [(1_000, 44_100), (11_025, 44_100), (20_000, 44_100), (40_000, 96_000)]
)
def test_a_tone_is_a_line_at_its_height(hz: float, rate_hz: int) -> None:
    plot = drawn(a_wav(a_tone(hz, 20, rate_hz=rate_hz), rate_hz=rate_hz))

    brightest = plot[:, 100:-100].mean(axis=1).argmax()

    assert 1 - brightest / len(plot) == pytest.approx(hz / (rate_hz / 2), abs=0.01)


def test_a_tone_is_where_it_sounds_and_silence_is_dark() -> None:
    silence = np.zeros(44_100 * 10)
    plot = drawn(a_wav(np.concatenate([silence, a_tone(5_000, 10), silence])))

    lights = plot[240:350].max(axis=0)

    assert (lights[30:280] < 40).all()
    assert (lights[340:580] > 200).all()
    assert (lights[650:880] < 40).all()


def test_both_channels_are_seen() -> None:
    left, right = a_tone(3_000, 5), a_tone(15_000, 5)
    samples = np.round(np.stack([left, right], axis=1) * 32_767).astype(np.int16)
    wav = b"".join(write_wav(PcmShape(len(samples), 44_100, 2, 16), iter([samples]), b""))

    rows = drawn(wav)[:, 200:700].mean(axis=1)

    for hz in (3_000, 15_000):
        row = round((1 - hz / 22_050) * len(rows))
        assert rows[row - 4 : row + 4].max() > 150


@pytest.mark.parametrize("seconds", [0.03, 0.5, 3])
def test_short_files_are_drawn_too(seconds: float) -> None:
    assert drawn(a_wav(a_tone(1_000, seconds))).max() > 150


def test_the_same_file_is_the_same_picture() -> None:
    wav = a_wav(a_tone(1_000, 7), channels=2)
    first, second = io.BytesIO(), io.BytesIO()

    assert draw_spectrogram(io.BytesIO(wav), first) == {
        "width": WIDTH_PX,
        "height": HEIGHT_PX,
        "duration_ms": 7_000,
    }
    draw_spectrogram(io.BytesIO(wav), second)

    assert first.getvalue() == second.getvalue()


def test_five_minutes_take_no_more_memory_than_one() -> None:
    def peak_bytes(minutes: int) -> int:
        wav = io.BytesIO(a_wav(np.zeros(8_000 * 60 * minutes), rate_hz=8_000))
        tracemalloc.start()
        draw_spectrogram(wav, io.BytesIO())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(5) < peak_bytes(1) + 4_000_000


def test_what_is_no_audio_is_refused() -> None:
    with pytest.raises(AudioRefusedError):
        draw_spectrogram(io.BytesIO(b"#EXTM3U\nhttp://127.0.0.1/"), io.BytesIO())
