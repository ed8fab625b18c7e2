"""One-voice lines that flow from note to note: whistles, leads, slow basses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pennywhistle.interfaces.console.sample.sound.signal import (
    CONTROL_SIZE,
    SAMPLE_RATE_HZ,
    Signal,
    band,
    harmonics,
    moving_phase,
    sample_count,
    smooth_steps,
    white_noise,
)


@dataclass(frozen=True, slots=True)
class Blown:
    """A note of a line: when and how long in seconds, MIDI pitch, level, tongued or slurred."""

    start_s: float
    length_s: float
    pitch: float
    level: float = 1.0
    tongued: bool = True


@dataclass(frozen=True, slots=True)
class Voice:
    """How a line sounds: levels of its harmonics, vibrato, glide, ends of notes, breath."""

    levels: tuple[float, ...]
    vibrato_cents: float = 0.0
    vibrato_hz: float = 5.3
    glide_s: float = 0.008
    attack_s: float = 0.012
    release_s: float = 0.03
    breath: float = 0.0
    fade: float = 0.0  # how much of the level a long note loses in a second


TIN_WHISTLE = Voice((1.0, 0.42, 0.10, 0.05, 0.015), 16.0, breath=0.025, attack_s=0.014)
WOODEN_FLUTE = Voice((1.0, 0.30, 0.16, 0.05, 0.02), 13.0, 4.7, attack_s=0.04, breath=0.04)
PULSE_HALF = Voice(tuple((1 / h if h % 2 else 0.0) for h in range(1, 20)), 7.0, fade=0.5)
PULSE_QUARTER = Voice(
    tuple(float(np.sin(np.pi * h / 4) / h) for h in range(1, 22)), 9.0, 5.8, fade=0.6
)
TRIANGLE = Voice(tuple((1 / h**2 if h % 2 else 0.0) for h in range(1, 16)), 0.0, fade=0.3)
SUB_BASS = Voice((1.0, 0.22, 0.07), 0.0, glide_s=0.012, attack_s=0.012, release_s=0.05)


def _columns(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [instant for instant, _ in points], [height for _, height in points]


def _control_times(count: int) -> NDArray[np.float64]:
    turns = -(-count // CONTROL_SIZE)
    return np.arange(turns, dtype=np.float64) * (CONTROL_SIZE / SAMPLE_RATE_HZ)


def _pitch_curve(notes: Sequence[Blown], voice: Voice, count: int) -> NDArray[np.float64]:
    """MIDI pitch at control rate: steps with short glides, and vibrato on what is long."""
    instants: list[float] = []
    pitches: list[float] = []
    for note in notes:
        instants += [note.start_s, note.start_s + voice.glide_s]
        pitches += [pitches[-1] if pitches else note.pitch, note.pitch]
    at = _control_times(count)
    curve = np.interp(at, instants, pitches)
    if voice.vibrato_cents > 0.0:
        depth = [(0.0, 0.0)]
        for note in notes:
            end_s = note.start_s + note.length_s
            full = min(1.0, max(0.0, (note.length_s - 0.18) / 0.35))
            depth += [(note.start_s, 0.0), (note.start_s + 0.16, 0.0), (end_s - 0.02, full)]
        swell = np.interp(at, *_columns(sorted(depth)))
        curve += swell * voice.vibrato_cents / 100 * np.sin(2 * np.pi * voice.vibrato_hz * at)
    return curve


def _loudness_curve(notes: Sequence[Blown], voice: Voice, count: int) -> Signal:
    """Level for every sample: rises at tongued notes, dips between slurred ones."""
    points: list[tuple[float, float]] = [(0.0, 0.0)]
    for note in notes:
        start_s = max(note.start_s, points[-1][0] + 1e-4)
        end_s = max(note.start_s + note.length_s, start_s + voice.attack_s + voice.release_s)
        held = note.level * max(0.2, 1.0 - voice.fade * note.length_s)
        points.append((start_s, 0.0 if note.tongued else 0.6 * note.level))
        points.append((start_s + voice.attack_s, note.level))
        points.append((end_s - voice.release_s, held))
        points.append((end_s, 0.0 if note.tongued else 0.5 * held))
    points.append((points[-1][0] + voice.release_s, 0.0))
    levels = np.interp(_control_times(count), *_columns(points))
    return smooth_steps(levels, count)


def play_line(notes: Sequence[Blown], voice: Voice, seconds: float) -> Signal:
    """The line as one mono signal of that many seconds."""
    count = sample_count(seconds)
    heard = [note for note in notes if note.start_s < seconds]
    if not heard:
        return np.zeros(count, dtype=np.float32)
    hz = 440.0 * 2.0 ** ((_pitch_curve(heard, voice, count) - 69.0) / 12.0)
    loudness = _loudness_curve(heard, voice, count)
    levels = np.array(voice.levels)[: max(1, int(17_000 / hz.max()))]
    tone = harmonics(moving_phase(np.repeat(hz, CONTROL_SIZE)[:count]), levels)
    if voice.breath > 0.0:
        size = min(count, 1 << 17)
        air = band(white_noise(size, 41), 900, 6_500)
        tone += np.float32(voice.breath) * np.resize(air, count)
    return tone * loudness
