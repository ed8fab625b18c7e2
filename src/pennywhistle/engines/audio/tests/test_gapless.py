"""An album that was recorded in one go plays in one go, whatever it is bought as."""

import io
import subprocess
import sys

import av
import numpy as np
import pytest

from pennywhistle.engines.audio.decoding import Samples
from pennywhistle.engines.audio.tests.tones import encoded, song, wav
from pennywhistle.engines.audio.untyped import MP4

LOSSY = ["mp3-v2", "mp3-192", "mp3-abr-190", "aac-192", "opus-128", "vorbis-q6"]
LOSSLESS = ["flac", "flac-l8", "alac", "wavpack"]
# Three parts whose lengths are multiples of no codec's frame.
JOINS = (61_003, 119_991)
END = 180_007
RATE = 48_000
WINDOW = 480


def _album() -> Samples:
    """A chord that goes on through the joins, loud, with some noise."""
    random = np.random.default_rng(5)
    instants = np.arange(END)[:, None] / RATE
    pitches = np.asarray([[220.0, 277.2], [330.0, 440.0], [1760.0, 1320.0]])
    wave = sum(0.2 * np.sin(2 * np.pi * pitch * instants) for pitch in pitches)
    wave = wave + 0.01 * random.standard_normal((END, 2))
    return np.round(wave * 32767).astype(np.int16)


def _heard(recipe: str, samples: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A part as a player gives it that does what the file says; full scale is one."""
    made = encoded(wav(samples, rate=RATE), recipe)
    with av.open(io.BytesIO(made)) as file:
        resampler = av.AudioResampler(format="fltp", layout="stereo")
        frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    heard = np.concatenate([frame.to_ndarray() for frame in frames], axis=1).T.astype(float)
    if recipe.startswith("aac"):
        _, delay, padding, count = _itunes_numbers(made)
        # FFmpeg drops the delay, which the edit list tells as well, and leaves the padding.
        assert (delay, len(heard)) == (1024, count + padding)
        heard = heard[:count]
    return heard


def _itunes_numbers(made: bytes) -> list[int]:
    (text,) = MP4(io.BytesIO(made)).tags["----:com.apple.iTunes:iTunSMPB"]
    return [int(number, 16) for number in bytes(text).decode().split()[:4]]


@pytest.mark.parametrize("recipe", LOSSY)
def test_the_joins_are_as_good_as_the_rest(recipe: str) -> None:
    album = _album()
    parts = np.split(album, JOINS)

    heard = [_heard(recipe, part) for part in parts]

    assert [len(part) for part in heard] == [len(part) for part in parts]
    wrong = np.abs(np.concatenate(heard) - album / 32768).max(axis=1)
    at_joins = [wrong[join - WINDOW : join + WINDOW].max() for join in JOINS]
    windows = wrong[: END // WINDOW * WINDOW].reshape(-1, WINDOW).max(axis=1)
    elsewhere = np.quantile(windows, 0.95)
    # A missing or doubled sample, or a moment of silence, would be off by what the music has: 0.6.
    assert max(at_joins) <= max(4 * elsewhere, 0.05)
    assert max(at_joins) < 0.25


@pytest.mark.parametrize("recipe", LOSSLESS)
def test_lossless_parts_are_the_master_itself(recipe: str) -> None:
    album = _album()

    heard = [_heard(recipe, part) for part in np.split(album, JOINS)]

    assert np.array_equal(np.round(np.concatenate(heard) * 32768), album)


@pytest.mark.parametrize("recipe", LOSSY)
@pytest.mark.parametrize("count", [1, 311, 960, 1_023, 1_152, 48_001])
def test_every_length_is_exact(recipe: str, count: int) -> None:
    if recipe == "vorbis-q6" and count < RATE:
        pytest.skip("FFmpeg does not trim a Vorbis stream that ends on its first page of audio.")
    assert len(_heard(recipe, _album()[:count])) == count


@pytest.mark.parametrize("count", [44_100, 44_101, 50_003])
def test_another_rate_has_its_share_of_the_samples(count: int) -> None:
    made = encoded(song(sample_count=count), "opus-128")

    with av.open(io.BytesIO(made)) as file:
        heard = sum(frame.samples for frame in file.decode(audio=0))
    assert heard == -(-count * 48_000 // 44_100)


def test_the_edit_list_of_aac_counts_in_samples() -> None:
    made = encoded(song(sample_count=50_003), "aac-128")

    place = made.index(b"elst") + 8
    entries, length, starts_at = (
        int.from_bytes(made[place + 4 * n : place + 4 * n + 4]) for n in range(3)
    )
    assert (entries, length, starts_at) == (1, 50_003, 1024)


_OTHER_PROCESS = """
import sys, hashlib, io
from pennywhistle.engines.audio import encode
for recipe in sys.argv[2:]:
    made = io.BytesIO()
    with open(sys.argv[1], "rb") as source:
        encode(source, made, recipe=recipe, tags={"title": "Same"})
    print(hashlib.sha256(made.getvalue()).hexdigest())
"""


def test_two_processes_with_other_numbers_of_threads_make_the_same_bytes(tmp_path) -> None:
    source = tmp_path / "master.wav"
    source.write_bytes(song(sample_count=60_000, bits=24))
    recipes = ["flac-16", "flac-l8", "alac", "wavpack", *LOSSY]
    command = [sys.executable, "-c", _OTHER_PROCESS, str(source), *recipes]
    one_core = ["taskset", "--cpu-list", "0"]

    made = [
        subprocess.run(each, check=True, capture_output=True, text=True).stdout.split()
        for each in (command, [*one_core, *command])
    ]

    assert len(made[0]) == len(recipes)
    assert made[0] == made[1]
