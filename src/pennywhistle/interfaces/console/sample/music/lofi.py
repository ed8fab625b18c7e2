"""Kitchen Radio, 2 A.M.: slow beats, an electric piano and the dust on the record."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pennywhistle.interfaces.console.sample.music.melody import Phrase, period, rhythm
from pennywhistle.interfaces.console.sample.music.score import (
    Chord,
    Note,
    Tempo,
    chords,
    lead_voices,
    pitch_class,
    scale,
    shifted,
)
from pennywhistle.interfaces.console.sample.sound.drums import hat, kick, rim, snare
from pennywhistle.interfaces.console.sample.sound.instruments import (
    bell,
    electric_piano,
    pluck,
    upright_bass,
)
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal, band, white_noise

TAIL_S = 3.5
BAR_BEATS = 4
INTRO_BARS = 2
PART_BARS = 8
OUTRO_BARS = 2


@dataclass(frozen=True, slots=True)
class Tune:
    """Tempo, eight bars of chords for each part, rhythms, who sings, and the drummer's pattern."""

    key: str
    beats_a_minute: float
    chords_a: str
    chords_b: str
    rhythm_a: str
    lead: str
    kicks: tuple[float, ...]
    seed: int


TUNES = (
    Tune("D aeolian", 78, "Dm9 G9 Cmaj9 Fmaj9 Bbmaj9 Em7b5 A7b9 Dm9",
         "Bbmaj9 Am7 Gm9 C9 Fmaj9 Em7b5 A7b9 Dm9", "..2112 ..222 3122 8", "guitar",
         (0, 1.75, 2.5), 91),
    Tune("Eb ionian", 84, "Ebmaj9 Cm9 Abmaj9 Bb9 Gm7 Cm9 Fm9 Ebmaj9",
         "Abmaj9 Gm7 Fm9 Ebmaj9 Abmaj9 Gm7 Bb9 Ebmaj9", "4.21 2222 4.21 8", "bells",
         (0, 0.75, 2.25), 93),
    Tune("A dorian", 72, "Am9 D9 Am9 D9 Fmaj9 Em7 Dm9 Am9",
         "Cmaj9 Bm7b5 Em7 Am9 Fmaj9 Em7 Dm9 Am9", "6.1 211211 6.1 8", "guitar",
         (0, 2.0, 2.75), 97),
    Tune("F# aeolian", 88, "F#m9 Bm9 E9 Amaj9 Dmaj9 G#m7b5 C#7b9 F#m9",
         "Dmaj9 C#m7 Bm9 E9 Amaj9 G#m7b5 C#7b9 F#m9", ".1222 4.12 .1222 8", "keys",
         (0, 1.5, 1.75, 2.75), 101),
    Tune("C ionian", 75, "Cmaj9 Em7 Am9 Gm9 Fmaj9 Fm6 Em7 Cmaj9",
         "Fmaj9 Em7 Dm9 G9 Am9 Fm6 G9 Cmaj9", "3311 44 3311 8", "bells",
         (0, 1.25, 2.5), 103),
    Tune("G dorian", 81, "Gm9 C9 Gm9 Fmaj9 Ebmaj9 Dm7 C9 Gm9",
         "Bbmaj9 Am7 Gm9 Dm7 Ebmaj9 Dm7 C9 Gm9", "2.21.1 4.3 2.21.1 8", "keys",
         (0, 0.75, 2.5), 107),
)  # fmt: skip


def length_s(number: int) -> float:
    """How long the piece is, with the last chord's ring."""
    bars = INTRO_BARS + 2 * PART_BARS + OUTRO_BARS
    return bars * BAR_BEATS * 60 / TUNES[number].beats_a_minute + TAIL_S


def melody(number: int) -> list[Note]:
    """The tune over both parts; an octave of pentatonic singing inside the key."""
    tune = TUNES[number]
    tonic = pitch_class(tune.key.split(" ")[0])
    low = 67 if tune.lead != "bells" else 74
    notes: list[Note] = []
    for name, bar in (("A", INTRO_BARS), ("B", INTRO_BARS + PART_BARS)):
        line = tuple(chords(tune.chords_a if name == "A" else tune.chords_b))
        phrase = Phrase(rhythm(tune.rhythm_a), line, scale(tune.key), low, low + 16)
        contour = (0.55, 0.8, 0.4, 0.3) if name == "A" else (0.7, 0.95, 0.6, 0.3)
        seed = tune.seed + (0 if name == "A" else 3)
        sung = period(phrase, seed=seed, tonic=tonic, contour=contour)
        notes += shifted(sung, beats=bar * BAR_BEATS)
    return notes


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    tempo = Tempo(tune.beats_a_minute, 0.6, 0.5)
    rng = np.random.default_rng(tune.seed)
    desk = Desk(seconds)
    first, second = chords(tune.chords_a), chords(tune.chords_b)
    line = [*first[:INTRO_BARS], *first, *second, first[0], second[-1]]
    _keys(desk, tempo, line, rng)
    for note in melody(number):
        at_s = tempo.at_s(note.beat) + 0.012 * abs(rng.standard_normal())
        span_s = note.length * tempo.beat_s
        if tune.lead == "guitar":
            desk.add(pluck(note.pitch, span_s + 0.7, tone=0.3), at_s, 0.42, 0.25, 0.5)
        elif tune.lead == "bells":
            desk.add(bell(note.pitch, 1.8, ratio=3.0, depth=0.4), at_s, 0.10, 0.25, 0.6)
        else:
            tone = electric_piano(note.pitch, span_s + 0.5, bite=1.7)
            desk.add(tone, at_s, 0.15 * note.level, 0.25, 0.5)
    _drums(desk, tune, tempo, rng)
    _bass(desk, tune, tempo, line)
    _dust(desk, rng)
    return desk.finish(room_s=1.1, wet=0.3, dark_hz=3_500.0, fade_in_s=0.4, fade_out_s=2.5)


def _keys(desk: Desk, tempo: Tempo, line: Sequence[Chord], rng: np.random.Generator) -> None:
    """The piano: a spread chord on one, a soft answer before three; the tape leans on it."""
    bus = Desk(desk.seconds)
    for bar, tones in enumerate(lead_voices(line, low=53, high=72, voices=4)):
        last = bar == len(line) - 1
        for beat, level, length in ((0.0, 1.0, 2.2), (2.5, 0.6, 1.2)):
            if last and beat:
                continue
            for count, pitch in enumerate(tones):
                at_s = tempo.at_s(bar * BAR_BEATS + beat) + 0.014 * count
                ring_s = 4.0 if last else length * tempo.beat_s
                tone = electric_piano(pitch, ring_s, bite=0.8)
                loud = 0.13 * level * (1 + 0.08 * rng.standard_normal())
                bus.add(tone, at_s, loud, -0.25 + 0.08 * count)
    wowed = _wow(bus.dry)
    desk.dry += wowed
    desk.room += np.float32(0.35) * wowed


def _wow(signal: Signal) -> Signal:
    """The unsteady turn of a worn record: read the sound a little early, a little late."""
    count = signal.shape[1]
    at = np.arange(0, count, 64)
    lag = (
        40 + 28 * np.sin(2 * np.pi * 0.55 * at / 44_100) + 6 * np.sin(2 * np.pi * 4.1 * at / 44_100)
    )
    whole = np.arange(count, dtype=np.float32)
    drift = np.repeat(lag, 64)[:count]
    rise = np.repeat(np.diff(lag, append=lag[-1]), 64)[:count] * (whole % 64) / 64
    place = np.maximum(0.0, np.arange(count) - (drift + rise))
    index = place.astype(np.int64)
    part = (place - index).astype(np.float32)
    after = np.minimum(index + 1, count - 1)
    return signal[:, index] * (1 - part) + signal[:, after] * part


def _drums(desk: Desk, tune: Tune, tempo: Tempo, rng: np.random.Generator) -> None:
    bars = INTRO_BARS + 2 * PART_BARS
    kicks = [
        tempo.at_s(bar * BAR_BEATS + beat) for bar in range(INTRO_BARS, bars) for beat in tune.kicks
    ]
    desk.duck(kicks, depth=0.28, release_s=0.22)
    for at_s in kicks:
        desk.add(kick(0.3, hz=54.0, punch=0.6), at_s, 0.6, 0.0, 0.05)
    for bar in range(INTRO_BARS, bars):
        for beat in (1.0, 3.0):
            late_s = 0.012 + 0.004 * rng.standard_normal()
            at_s = tempo.at_s(bar * BAR_BEATS + beat) + late_s
            desk.add(snare(snap=0.45, hz=172.0), at_s, 0.42, 0.05, 0.25)
        for step in range(8):
            level = (0.34 if step % 2 == 0 else 0.2) * (1 + 0.25 * rng.standard_normal())
            at_s = tempo.at_s(bar * BAR_BEATS + step / 2)
            desk.add(hat(0.06, low_hz=5_500.0), at_s, max(0.05, level), -0.25, 0.05)
        if bar % 4 == 1:
            desk.add(rim(), tempo.at_s(bar * BAR_BEATS + 3.75), 0.22, 0.4, 0.4)


def _bass(desk: Desk, tune: Tune, tempo: Tempo, line: Sequence[Chord]) -> None:
    """Root on one, the fifth or octave before the next bar; silent in the introduction."""
    for bar, harmony in enumerate(line):
        if bar < INTRO_BARS:
            continue
        root = 33 + (harmony.bass - 33) % 12
        fifth = root + 7 if (root + 7) % 12 in harmony.tones else root + 12
        last = bar == len(line) - 1
        plan = ((0.0, root, 3.5),) if last else ((0.0, root, 1.6), (tune.kicks[-1], root, 0.8),
                                                 (3.5, fifth, 0.5))  # fmt: skip
        for beat, pitch, length in plan:
            tone = upright_bass(pitch, length * tempo.beat_s)
            desk.add(tone, tempo.at_s(bar * BAR_BEATS + beat), 0.5, 0.0, 0.05)


def _dust(desk: Desk, rng: np.random.Generator) -> None:
    """Crackle and a little hiss."""
    crackle = np.zeros(desk.count, dtype=np.float32)
    places = rng.integers(0, desk.count, int(desk.seconds * 9))
    crackle[places] = rng.standard_normal(len(places)).astype(np.float32) ** 3 * 0.05
    for shift, level in ((1, 0.7), (2, -0.5), (3, -0.3)):
        crackle[places[places < desk.count - 4] + shift] *= 0.0
        crackle[shift:] += np.float32(level) * crackle[:-shift]
    desk.add(np.clip(crackle, -0.2, 0.2), 0.0, 0.25, 0.1, 0.0)
    desk.add(np.resize(band(white_noise(1 << 16, 5), 1_500, 8_000), desk.count), 0.0, 0.004)
