"""Pieces that went through no lossy codec, or whose codec's blocks are gone for certain."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import av
import numpy as np
from music.recordings import HERE, RATE_HZ, Recording, decode, found_recordings

LOSSLESS_ENDINGS = (".flac", ".wav")
SKIPPED_S = 10  # introductions
SEEDS = 4
TREATMENTS = ("low-pass 16 kHz", "low-pass 11 kHz", "quieter", "limited")


@dataclass(frozen=True)
class Piece:
    """Where a piece comes from.

    Attributes:
        kind: lossless, faster (a real recording at another speed) or generated.
    """

    kind: str
    name: str
    source: Recording | None
    number: int

    def samples(self, seconds: int) -> np.ndarray | None:
        """16 bits, stereo, 44.1 kHz; None for what is too short, silent or unreadable."""
        count = seconds * RATE_HZ
        if self.source is None:
            sound = STYLES[self.name](count, np.random.default_rng(self.number))
            return dithered(sound * 26_000, self.number)
        hz = None if self.kind == "lossless" else faster_hz(self.number)
        limit_s = SKIPPED_S + seconds
        try:
            sound = decode(self.source.opened(), seconds_max=limit_s, played_as_hz=hz)[-count:]
        except (av.FFmpegError, ValueError):
            return None
        if len(sound) < count or np.mean(np.abs(sound)) < 8:
            return None
        return sound if hz is None else dithered(sound * 0.9, self.number)


def pieces(folders: list[Path]) -> list[Piece]:
    """All there are, the kinds taking turns, so that any beginning of it has some of each."""
    dice = random.Random(4)  # noqa: S311 no secret
    lossless = [
        Piece("lossless", path.stem, Recording(path), 0)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in LOSSLESS_ENDINGS
    ]
    recordings = [one for one in found_recordings([HERE]) if one.path.suffix != ".flac"]
    faster = [
        Piece("faster", Path(str(one)).stem, one, number) for number, one in enumerate(recordings)
    ]
    made = [Piece("generated", name, None, seed) for seed in range(SEEDS) for name in STYLES]
    for kind in (lossless, faster, made):
        dice.shuffle(kind)
    return [one for one in chain(*zip_longest(lossless, faster, made)) if one is not None]


def faster_hz(number: int) -> int:
    """A rate that shares no divisor with 44.1 kHz: 15 to 45 % faster.

    What a codec took away then lies elsewhere, and its blocks begin at whole samples no more: of
    1024 samples some 800 and a fraction are left, so that no place is shared by all blocks.
    """
    return 50_723 + 2 * (number * 331 % 6_500)


def dithered(sound: np.ndarray, seed: int) -> np.ndarray:
    """16 bits with triangular noise."""
    dice = np.random.default_rng(seed)
    noise = dice.random(sound.shape) - dice.random(sound.shape)
    return np.clip(np.round(sound + noise), -32_768, 32_767).astype(np.int16)


def as_producers_leave_it(piece: np.ndarray, number: int) -> tuple[str, np.ndarray]:
    """Every other piece as it is; the others in one of the ways that music is treated before."""
    sound = piece.astype(np.float64)
    kind = "as it is" if number % 2 else TREATMENTS[number // 2 % len(TREATMENTS)]
    if kind == "as it is":
        return kind, piece
    if kind == "quieter":
        return kind, dithered(sound * 0.37, number)
    if kind == "limited":
        return kind, np.clip(sound * 3, -32_767, 32_767).astype(np.int16)
    return kind, dithered(low_passed(sound, int(kind.split()[1]) * 1_000), number)


def low_passed(sound: np.ndarray, hz: float) -> np.ndarray:
    """Everything above a frequency gone, within 200 Hz."""
    spectrum = np.fft.rfft(sound, axis=0)
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum *= np.clip((hz + 200 - frequencies) / 200, 0, 1)[:, None]
    return np.fft.irfft(spectrum, len(sound), axis=0)


def panned(sound: np.ndarray) -> np.ndarray:
    """Stereo, the right side coming and going."""
    right = 0.6 + 0.3 * np.sin(np.arange(len(sound)) / 30_000)
    return np.stack((sound, sound * right), axis=1)


def steps(count: int, dice: np.random.Generator, among: int, length: int) -> np.ndarray:
    """A number for each sample that changes at once, as notes do."""
    return dice.integers(0, among, count // length + 1)[np.arange(count) // length]


def chip(count: int, dice: np.random.Generator) -> np.ndarray:
    """Pulses of exact periods that divide codecs' blocks."""
    at = np.arange(count)
    period = np.asarray([192, 144, 128, 96, 64])[steps(count, dice, 5, 5_512)]
    duty = dice.integers(3, 6)
    return panned(np.where(at % period < period // duty, 0.3, -0.3) + 0.2 * ((at % 576) / 288 - 1))


def chip_with_silence(count: int, dice: np.random.Generator) -> np.ndarray:
    """The same with rests of digital silence."""
    gate = np.arange(count) % 11_025 < dice.integers(2_000, 9_000)
    return chip(count, dice) * gate[:, None]


def tone(count: int, dice: np.random.Generator) -> np.ndarray:
    """A melody with many overtones, one channel."""
    pitch = 110 * 2.0 ** (steps(count, dice, 24, 22_050) / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    return sum(np.sin(k * phase) / k for k in range(1, 30)) * 0.25


def pad(count: int, dice: np.random.Generator) -> np.ndarray:
    """The melody alone."""
    return panned(tone(count, dice))


def hiss(count: int, dice: np.random.Generator) -> np.ndarray:
    """Nothing but noise."""
    return panned(0.1 * dice.standard_normal(count))


def beat(count: int, dice: np.random.Generator) -> np.ndarray:
    """Bursts of noise over the melody."""
    decay = np.exp(-(np.arange(count) % 11_025) / dice.integers(500, 2_000))
    return panned(0.3 * dice.standard_normal(count) * decay + 0.4 * tone(count, dice))


def sampler(count: int, dice: np.random.Generator) -> np.ndarray:
    """Eight bits at 11 kHz, each sample held for four."""
    melody = tone(count, dice)
    return panned(0.8 * np.repeat(np.round(40 * melody[::4]) / 40, 4)[:count])


STYLES = {
    "chip": chip,
    "chip with silence": chip_with_silence,
    "pad": pad,
    "hiss": hiss,
    "beat": beat,
    "eight-bit sampler at 11 kHz": sampler,
}
