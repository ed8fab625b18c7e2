"""Peat, Slowly: held strings that change one note at a time, wind, and a bell now and then."""

from dataclasses import dataclass

import numpy as np

from pennywhistle.interfaces.console.sample.music.melody import Phrase, sing
from pennywhistle.interfaces.console.sample.music.score import (
    Note,
    chords,
    lead_voices,
    pitch_class,
    scale,
)
from pennywhistle.interfaces.console.sample.sound.instruments import (
    bell,
    ensemble,
    organ,
    sustain,
)
from pennywhistle.interfaces.console.sample.sound.lines import WOODEN_FLUTE, Blown, play_line
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal, band, white_noise

TAIL_S = 7.0


@dataclass(frozen=True, slots=True)
class Tune:
    """A pedal, chords above it, how long each is held, and what else sounds."""

    key: str
    line: str
    chord_s: float
    bells: float  # how many a second
    wind_hz: tuple[float, float]
    seed: int
    flute: bool = False


TUNES = (
    Tune("D mixolydian", "Dsus2 Am7 Gadd9 Cmaj9 Am7 Gadd9 Dsus2 D5", 8.2, 0.28,
         (180.0, 900.0), 81),
    Tune("A aeolian", "Am9 Fmaj9 Cadd9 Em7 Fmaj9 Dm9 Em7 Am9", 8.4, 0.0,
         (300.0, 1_600.0), 83, flute=True),
    Tune("Eb lydian", "Ebmaj9 F Gm7 Ebmaj9 Cm9 F Bbadd9 Ebmaj9", 7.9, 0.4,
         (500.0, 2_400.0), 87),
    Tune("F# dorian", "F#m9 B E Amaj7 F#m9 E B F#m9", 8.5, 0.16,
         (120.0, 600.0), 89, flute=True),
)  # fmt: skip


def length_s(number: int) -> float:
    """How long the piece is, with the way back into silence."""
    tune = TUNES[number]
    return len(tune.line.split()) * tune.chord_s + TAIL_S


def melody(number: int) -> list[Note]:
    """The flute's few long notes, in chords of one beat each; empty where it is silent."""
    tune = TUNES[number]
    if not tune.flute:
        return []
    cells = tuple((beat + 0.25, 0.62) for beat in range(2, 8))
    tonic = pitch_class(tune.key.split(" ")[0])
    phrase = Phrase(cells, tuple(chords(tune.line)), scale(tune.key), 66, 81, 1.0)
    return sing(phrase, seed=tune.seed, endings=(tonic,), contour=(0.3, 0.8, 0.3))


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    rng = np.random.default_rng(tune.seed)
    desk = Desk(seconds)
    _held(desk, tune, rng)
    _wind(desk, tune, rng)
    notes = scale(tune.key).pitches(74, 98)
    ringing_s = length_s(number) - 22.0
    for at_s in np.sort(rng.random(int(tune.bells * ringing_s))) * ringing_s + 10.0:
        pitch = notes[int(rng.integers(len(notes)) // 2 * 2)]
        tone = bell(pitch, 4.0, ratio=2.0 + (pitch % 2), depth=0.7)
        desk.add(tone, float(at_s), 0.035 + 0.02 * rng.random(), rng.uniform(-0.7, 0.7), 1.2)
    blown = [
        Blown(n.beat * tune.chord_s, n.length * tune.chord_s, n.pitch, 1.0) for n in melody(number)
    ]
    desk.add(play_line(blown, WOODEN_FLUTE, seconds), 0.0, 0.05, 0.15, 1.4)
    return desk.finish(room_s=2.4, wet=0.8, dark_hz=4_000.0, fade_in_s=4.0, fade_out_s=7.0)


def _held(desk: Desk, tune: Tune, rng: np.random.Generator) -> None:
    """Chords that melt into each other over a pedal on the tonic and its fifth."""
    line = chords(tune.line)
    tonic = 36 + (pitch_class(tune.key.split(" ")[0]) - 36) % 12
    for pitch, level in ((tonic, 0.10), (tonic + 12, 0.05), (tonic + 19, 0.03)):
        pedal = sustain(ensemble(pitch, rolloff=1.6), desk.seconds, attack_s=5.0, release_s=7.0)
        desk.add(pedal, 0.0, level, 0.0, 0.3)
    for index, tones in enumerate(lead_voices(line, low=52, high=74, voices=4)):
        at_s = index * tune.chord_s
        for place, pitch in enumerate(tones):
            start_s = max(0.0, at_s + rng.uniform(-1.2, 1.2))
            # Three shades of the same players; the middle of the piece is the brightest.
            bright = 1.1 if 2 <= index <= 5 else 1.5  # noqa: PLR2004
            loop = ensemble(pitch, rolloff=bright + 0.2 * (place % 2), spread_cents=24.0)
            held = sustain(
                loop, tune.chord_s + 4.5, attack_s=3.6, release_s=4.4, start=int(at_s * 9_000)
            )
            desk.add(held, start_s, 0.045, -0.4 + 0.27 * place, 0.6)
        low = organ(line[index].bass % 12 + 48, tune.chord_s + 1.0, bars=(1.0, 0.25, 0.06))
        desk.add(low, at_s, 0.035, 0.0, 0.6)


def _wind(desk: Desk, tune: Tune, rng: np.random.Generator) -> None:
    """Wind over open ground: filtered noise in gusts, different in the two ears."""
    low_hz, high_hz = tune.wind_hz
    gusts = int(desk.seconds / 4) + 2
    grid = np.arange(0, desk.count, 1_024)
    for pan in (-0.7, 0.7):
        air = np.resize(band(white_noise(1 << 18, tune.seed + int(pan * 10)), low_hz, high_hz),
                        desk.count)  # fmt: skip
        heights = 0.15 + 0.85 * rng.random(gusts) ** 2
        curve = np.interp(grid, np.linspace(0, desk.count, gusts), heights)
        air *= np.repeat(curve, 1_024)[: desk.count].astype(np.float32)
        desk.add(air, 0.0, 0.02, pan, 0.2)
