"""Whether a file that claims to be lossless was a lossy one, or one of a lower rate."""

import av
import numpy as np
import pytest

from pennywhistle.engines.audio.decoding import Samples
from pennywhistle.engines.audio.judgement import Code, Severity
from pennywhistle.engines.audio.judgement.filterbanks import (
    AAC_KAISER,
    AAC_SINE,
    MP3,
    OPUS,
    VORBIS,
    Filterbank,
)
from pennywhistle.engines.audio.judgement.sliding import Floats
from pennywhistle.engines.audio.judgement.tests.pieces import (
    RATE,
    Sound,
    found,
    judged,
    quantized,
    song,
    through,
)

pytestmark = pytest.mark.drill

SECONDS = 2
MUSIC = song(seconds=SECONDS)


def coefficients(bank: Filterbank, sound: Floats) -> Floats:
    return np.concatenate([*bank.coefficients(sound, slice(0, bank.hop))])


def low_passed(sound: Sound, hz: float) -> Sound:
    spectrum = np.fft.rfft(sound, axis=0)
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[frequencies > hz] = 0
    return np.fft.irfft(spectrum, len(sound), axis=0)


def chip_music(period: int) -> Sound:
    """A pulse whose period divides the codecs' blocks, with rests of digital silence."""
    at = np.arange(SECONDS * RATE)
    wave = np.where(at % period < period // 4, 0.3, -0.1) * (at % 22_050 < 15_000)
    return np.stack((wave, 0.7 * wave), axis=1)


@pytest.mark.parametrize(
    ("recipe", "rate", "codec"),
    [
        ("mp3-64", RATE, "mp3"),
        ("mp3-128", RATE, "mp3"),
        ("mp3-320", RATE, "mp3"),
        ("aac-128", RATE, "aac"),
        ("opus-64", RATE, "opus"),
        ("opus-96", 48_000, "opus"),
        ("mp3-128", 48_000, "mp3"),
    ],
)
def test_an_unpacked_lossy_file_is_named_by_its_codec(recipe: str, rate: int, codec: str) -> None:
    fake = through(quantized(MUSIC), recipe, rate=rate)

    finding = found(judged(fake, rate=rate), Code.LOSSY_SOURCE)

    assert finding is not None
    assert (finding.about, finding.severity) == (codec, Severity.SERIOUS)
    assert finding.false_alarm_rate is not None
    assert finding.curve is not None
    assert max(finding.curve.y) == pytest.approx(finding.value, abs=0.1)


@pytest.mark.parametrize(
    "honest",
    [
        quantized(MUSIC),
        quantized(low_passed(MUSIC, 16_000)),
        quantized(low_passed(MUSIC, 5_000)),
        np.round(chip_music(64) * 32_000).astype(np.int16),
        np.round(chip_music(576) * 32_000).astype(np.int16),
    ],
    ids=["music", "low-pass at 16 kHz", "an old tape", "chip 64", "chip 576"],
)
def test_honest_music_is_not_accused(honest: Samples) -> None:
    judgement = judged(honest)

    assert found(judgement, Code.LOSSY_SOURCE) is None
    assert judgement.suspicion is not None
    assert judgement.suspicion < 1


def test_a_low_pass_is_noted_and_accuses_nobody() -> None:
    finding = found(judged(quantized(low_passed(MUSIC, 16_000))), Code.SPECTRUM_CUT)

    assert finding is not None
    assert finding.severity is Severity.NOTE
    assert finding.value == pytest.approx(16_000, abs=500)
    assert found(judged(quantized(MUSIC)), Code.SPECTRUM_CUT) is None


def test_a_file_that_is_sold_as_lossy_is_not_called_a_fake() -> None:
    fake = through(quantized(MUSIC), "mp3-128")

    assert found(judged(fake, bits=None), Code.LOSSY_SOURCE) is None


def test_an_upsampled_file_is_found_and_true_hi_res_is_not() -> None:
    resampler = av.AudioResampler("s32", "stereo", 96_000)
    frame = av.AudioFrame.from_ndarray(quantized(MUSIC).reshape(1, -1), "s16", "stereo")
    frame.sample_rate = RATE
    made = [*resampler.resample(frame), *resampler.resample(None)]
    upsampled = np.concatenate([one.to_ndarray().reshape(-1, 2) for one in made])

    finding = found(judged(upsampled, rate=96_000, bits=24), Code.UPSAMPLED)

    assert finding is not None
    assert 20_000 < finding.value < 24_500
    assert finding.severity is Severity.WARNING
    honest = quantized(MUSIC, bits=24)
    assert found(judged(honest, rate=96_000, bits=24), Code.UPSAMPLED) is None


@pytest.mark.parametrize("bank", [MP3, AAC_KAISER, VORBIS, OPUS], ids=lambda bank: bank.name)
def test_every_transform_keeps_the_power_of_noise(bank: Filterbank) -> None:
    noise = np.random.default_rng(2).standard_normal(bank.span + 4_031).astype(np.float32)

    made = coefficients(bank, noise)

    assert made.shape == (bank.hop, 4_032)
    assert np.mean(made[10:-10, :: bank.hop // 4] ** 2) == pytest.approx(1, abs=0.1)


def test_a_transform_answers_at_the_frequency_of_a_tone() -> None:
    for bank in (MP3, AAC_KAISER, VORBIS, OPUS):
        tone = np.sin(2 * np.pi * 7_000 / RATE * np.arange(bank.span + 600)).astype(np.float32)

        made = coefficients(bank, tone)
        bins = bank.bins(6_900, 7_100, RATE)

        assert (made[bins] ** 2).sum() > 0.95 * (made**2).sum()


@pytest.mark.parametrize("bank", [AAC_SINE, AAC_KAISER, VORBIS, OPUS], ids=lambda bank: bank.name)
def test_sliding_transforms_are_those_of_the_definition(bank: Filterbank) -> None:
    assert bank.window is not None
    loud = (MUSIC[10_000 : 10_000 + bank.span + 640, 0] * 32_768).astype(np.float32)
    sample, line = np.arange(2 * bank.hop)[:, None], np.arange(bank.hop)[None, :]
    cosines = np.cos(np.pi / bank.hop * (sample + 0.5 + bank.hop / 2) * (line + 0.5))
    matrix = np.sqrt(2 / bank.hop) * bank.window.values[:, None] * cosines

    made = coefficients(bank, loud)

    for place in (0, 1, 63, 64, 300, 639):
        expected = loud[place : place + 2 * bank.hop].astype(np.float64) @ matrix
        # Less than rounding to 16 bits does (0.29), by which a file of them is fooled anyway.
        assert np.sqrt(np.mean((made[:, place] - expected) ** 2)) < 0.2


def test_too_little_sound_raises_no_suspicion() -> None:
    assert judged(quantized(MUSIC)[:3_000]).suspicion is None
