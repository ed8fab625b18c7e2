"""Rooms with Two Windows: piano, marimba and strings in patterns that slide past each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from pennywhistle.interfaces.console.sample.music.melody import Phrase, rhythm, sing
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
from pennywhistle.interfaces.console.sample.sound.instruments import (
    bell,
    ensemble,
    felt_piano,
    marimba,
    sustain,
    upright_bass,
)
from pennywhistle.interfaces.console.sample.sound.lines import WOODEN_FLUTE, Blown, play_line
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal

TAIL_S = 5.0


@dataclass(frozen=True, slots=True)
class Tune:
    """A cycle of chords, two patterns over it, and where the layers come in (in cycles)."""

    key: str
    beats_a_minute: float
    chord_beats: float
    line: str
    pattern: tuple[int, ...]
    counter: tuple[int, ...]
    cycles: int
    seed: int


TUNES = (
    Tune("C ionian", 126, 6, "C Am F G Em Am Dm C", (0, 2, 1, 3, 2, 1), (3, 1, 2, 0), 3, 5),
    Tune("E aeolian", 152, 8, "Em C G D Am C Bm Em", (0, 1, 2, 1, 3, 1, 2, 1), (2, 3, 1), 3, 9),
    Tune("Ab lydian", 108, 7, "Ab Bb Cm Ab Fm Bb Eb Ab", (0, 2, 3, 1, 2, 3, 1), (3, 2), 2, 14),
    Tune("D dorian", 132, 5, "Dm C F G Am F C Dm", (0, 1, 3, 2, 1), (2, 0, 3), 4, 21),
    Tune("G ionian", 108, 8, "G D/F# Em Bm C G/B D G", (0, 2, 1, 2), (3, 2, 1, 2, 1, 2), 2, 33),
)


def length_s(number: int) -> float:
    """How long the piece is, with the ring of its last chord."""
    tune = TUNES[number]
    beats = tune.cycles * 8 * tune.chord_beats + tune.chord_beats
    return beats * 60 / tune.beats_a_minute + TAIL_S


def melody(number: int) -> list[Note]:
    """The long line above the patterns: it enters with the second cycle."""
    tune = TUNES[number]
    line = tuple(chords(tune.line))
    tonic = pitch_class(tune.key.split(" ")[0])
    half = int(tune.chord_beats) // 2
    rest = int(tune.chord_beats) - half
    cells = rhythm(f"{half:x}{rest:x}{int(tune.chord_beats):x}", unit=1.0, bars=4)
    whole = Phrase(cells[:-1], line, scale(tune.key), 67, 86, tune.chord_beats)
    notes: list[Note] = []
    before: list[Note] = []
    for cycle in range(1, tune.cycles):
        before = sing(whole, seed=tune.seed + cycle, endings=(tonic,), like=before,
                      contour=(0.3, 0.5, 0.85, 0.6, 0.35))  # fmt: skip
        notes += shifted(before, beats=cycle * 8 * tune.chord_beats)
    return notes


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    tempo = Tempo(tune.beats_a_minute)
    desk = Desk(seconds)
    line = chords(tune.line) * tune.cycles
    line.append(chords(tune.key.split(" ")[0] + ("m" if "aeol" in tune.key or "dor" in tune.key
                                                 else ""))[0])  # fmt: skip
    voiced = lead_voices(line, low=57, high=77, voices=4)
    _patterns(desk, tune, tempo, voiced)
    _strings(desk, tune, tempo, line, voiced)
    notes = melody(number)
    for note in notes:
        if number % 2 == 0:
            tone = bell(note.pitch, 2.5, ratio=4.0, depth=0.5)
            desk.add(tone, tempo.at_s(note.beat), 0.07 * note.level, 0.25, 0.7)
    blown = [
        Blown(tempo.at_s(n.beat), n.length * tempo.beat_s * 0.96, n.pitch, n.level, n.length > 2)  # noqa: PLR2004
        for n in notes
    ]
    level = 0.13 if number % 2 else 0.06
    desk.add(play_line(blown, WOODEN_FLUTE, seconds), 0.0, level, 0.2, 0.8)
    return desk.finish(room_s=2.2, wet=0.5, fade_out_s=3.0)


def _patterns(desk: Desk, tune: Tune, tempo: Tempo, voiced: Sequence[Sequence[int]]) -> None:
    """Piano in eighths all through; the marimba's shorter figure from the middle of cycle one."""
    steps = int(tune.chord_beats * 2)
    total = tune.cycles * 8
    for index, tones in enumerate(voiced[:-1]):
        swell = 0.75 + 0.35 * min(1.0, index / (total * 0.7))
        for step in range(steps):
            at_s = tempo.at_s(index * tune.chord_beats + step / 2)
            place = tune.pattern[step % len(tune.pattern)]
            accent = 1.2 if step % len(tune.pattern) == 0 else 0.9
            level = 0.2 * swell * accent
            desk.add(felt_piano(tones[place], 1.6), at_s, level, -0.3, 0.35)
            # The counter-figure counts on across chords: it slides against the first one.
            if index >= 4:  # noqa: PLR2004 - half a cycle
                other = tune.counter[(index * steps + step) % len(tune.counter)]
                desk.add(marimba(tones[other] + 12, 0.6), at_s, 0.09 * swell, 0.45, 0.4)


def _strings(
    desk: Desk, tune: Tune, tempo: Tempo, line: Sequence[Chord], voiced: Sequence[Sequence[int]]
) -> None:
    """Long string chords from the second half on, a plucked bass, and the close."""
    span_s = tune.chord_beats * tempo.beat_s
    for index, (harmony, tones) in enumerate(zip(line, voiced, strict=True)):
        at_s = index * span_s
        bass = 36 + (harmony.bass - 36) % 12
        last = index == len(line) - 1
        if index >= 8 or last:  # noqa: PLR2004 - the second cycle
            for pitch in (bass + 12, *tones):
                long_s = span_s + (3.5 if last else 0.7)
                bowed = sustain(ensemble(pitch, rolloff=1.5), long_s, attack_s=0.5, release_s=0.7)
                desk.add(bowed, at_s, 0.05, 0.0, 0.6)
        desk.add(upright_bass(bass, min(span_s, 2.5)), at_s, 0.30, 0.0, 0.2)
        if last:
            for count, pitch in enumerate((bass, *tones)):
                desk.add(felt_piano(pitch, 4.0), at_s + 0.03 * count, 0.2, -0.2, 0.5)
