"""Lullabies for a Brass Comb: a music box that is wound up once for every piece."""

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
from pennywhistle.interfaces.console.sample.sound.drums import rim
from pennywhistle.interfaces.console.sample.sound.instruments import (
    comb_tooth,
    ensemble,
    sustain,
)
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal

INTRO_BARS = 2
PART_BARS = 8
WINDING_DOWN_BARS = 6
TAIL_S = 5.0


@dataclass(frozen=True, slots=True)
class Tune:
    """A lullaby: two parts of eight bars, the rhythm of their questions, the figure below."""

    key: str
    bar_beats: float
    beats_a_minute: float
    chords_a: str
    rhythm_a: str
    chords_b: str
    rhythm_b: str
    figure: tuple[int, ...]
    form: str
    seed: int


TUNES = (
    Tune("F ionian", 3, 112, "F Dm Bb C F Gm C7 F", "42 42 2211 6",
         "Bb F C7 F Dm Gm C7 F", "222 42 222 6", (0, 2, 1, 2, 3, 2), "AABA", 11),
    Tune("D ionian", 3, 96, "D Bm G A D G A7 D", "6 2211 42 6",
         "G D Em A Bm G A7 D", "2112 42 2112 6", (0, 1, 2, 3, 2, 1), "AABA", 23),
    Tune("A aeolian", 4, 92, "Am F C G Am Dm E7 Am", "3122 44 3122 8",
         "F C Dm Am F C E7 Am", "2222 62 2222 8", (0, 2, 3, 2, 1, 2, 3, 2), "ABA", 37),
    Tune("Bb lydian", 3, 120, "Bb C Bb Gm Bb C F Bb", "222 42 21111 6",
         "Gm C Dm C Gm C F Bb", "42 42 222 6", (0, 3, 2, 1, 2, 3), "AABA", 41),
    Tune("G ionian", 4, 84, "G Em C D G C D7 G", "4211 44 2222 8",
         "C G Am D Em C D7 G", "62 2222 62 8", (0, 1, 2, 3, 2, 3, 2, 1), "ABA", 58),
)  # fmt: skip


def length_s(number: int) -> float:
    """How long the piece is, with the ring of its last tooth."""
    return _instant_s(TUNES[number], _beats(TUNES[number])) + TAIL_S


def _beats(tune: Tune) -> float:
    return (INTRO_BARS + PART_BARS * len(tune.form)) * tune.bar_beats


def _instant_s(tune: Tune, beat: float) -> float:
    """The second of a beat; over the last bars the spring tires and the beats grow longer."""
    tempo = Tempo(tune.beats_a_minute)
    tired = beat - (_beats(tune) - WINDING_DOWN_BARS * tune.bar_beats)
    if tired <= 0:
        return tempo.at_s(beat)
    slack = 0.45 / (WINDING_DOWN_BARS * tune.bar_beats)
    return tempo.at_s(beat) + tempo.beat_s * slack * tired**2


def _part(tune: Tune, name: str) -> tuple[list[Note], list[Chord]]:
    line = chords(tune.chords_a if name == "A" else tune.chords_b)
    cells = rhythm(tune.rhythm_a if name == "A" else tune.rhythm_b)
    phrase = Phrase(cells, tuple(line), scale(tune.key), 72, 93, tune.bar_beats)
    contour = (0.35, 0.7, 0.5, 0.3) if name == "A" else (0.6, 0.95, 0.7, 0.4)
    tonic = pitch_class(tune.key.split(" ")[0])
    seed = tune.seed + (0 if name == "A" else 5)
    return period(phrase, seed=seed, tonic=tonic, contour=contour), line


def melody(number: int) -> list[Note]:
    """The upper teeth, after the introduction."""
    tune = TUNES[number]
    notes: list[Note] = []
    for index, name in enumerate(tune.form):
        start = (INTRO_BARS + index * PART_BARS) * tune.bar_beats
        notes += shifted(_part(tune, name)[0], beats=start)
    return notes


def pins(number: int) -> list[tuple[float, int]]:
    """Where the first part's pins sit on the cylinder: beat and pitch of tune and figure."""
    tune = TUNES[number]
    notes, line = _part(tune, "A")
    placed = [(note.beat, note.pitch) for note in notes]
    for bar, (harmony, upper) in enumerate(
        zip(line, lead_voices(line, low=55, high=74, voices=3), strict=True)
    ):
        tones = [43 + (harmony.bass - 43) % 12, *upper]
        for step, place in enumerate(tune.figure):
            placed.append((bar * tune.bar_beats + step / 2, tones[place]))
    return placed


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    rng = np.random.default_rng(200 + number)
    desk = Desk(seconds)
    for note in melody(number):
        at_s = _instant_s(tune, note.beat) + 0.004 * abs(rng.standard_normal())
        desk.add(comb_tooth(note.pitch, 2.4), at_s, 0.30 * note.level, 0.15, 0.5)
        if note.length >= 2.0 and note.beat > 2 * PART_BARS * tune.bar_beats:  # noqa: PLR2004
            desk.add(comb_tooth(note.pitch - 12, 2.4), at_s + 0.03, 0.12, -0.1, 0.5)
    line = _part(tune, "A")[1][:INTRO_BARS]
    for name in tune.form:
        line = line + _part(tune, name)[1]
    _figures(desk, tune, line, rng)
    _end(desk, tune, line[-1])
    return desk.finish(room_s=1.8, wet=0.45, dark_hz=6_500.0, fade_out_s=2.5)


def _figures(desk: Desk, tune: Tune, line: Sequence[Chord], rng: np.random.Generator) -> None:
    """Broken chords below the tune, a bass tooth on each bar, the ratchet of the spring."""
    voiced = lead_voices(line, low=55, high=74, voices=3)
    for bar, (harmony, upper) in enumerate(zip(line, voiced, strict=True)):
        beat = bar * tune.bar_beats
        bass = 43 + (harmony.bass - 43) % 12
        tones = [bass, *upper]
        if bar == len(line) - 1:
            return
        for step, place in enumerate(tune.figure):
            at_s = _instant_s(tune, beat + step * 0.5) + 0.004 * abs(rng.standard_normal())
            level = 0.17 if step else 0.22
            desk.add(comb_tooth(tones[place], 2.0), at_s, level, -0.3 + 0.1 * place, 0.4)
        desk.add(rim(hz=2_900.0), _instant_s(tune, beat) - 0.01, 0.012, 0.6, 0.3)
        if bar >= INTRO_BARS + PART_BARS:
            span_s = _instant_s(tune, beat + tune.bar_beats) - _instant_s(tune, beat) + 0.8
            for pitch in upper:
                pad = sustain(ensemble(pitch, rolloff=2.2), span_s, attack_s=0.7, release_s=0.8)
                desk.add(pad, _instant_s(tune, beat), 0.022, 0.0, 0.6)


def _end(desk: Desk, tune: Tune, harmony: Chord) -> None:
    """The last chord, one tooth at a time."""
    at_s = _instant_s(tune, _beats(tune) - tune.bar_beats)
    for count, pitch in enumerate(lead_voices([harmony], low=48, high=76, voices=3)[0]):
        desk.add(comb_tooth(pitch, 4.0), at_s + 0.09 * count, 0.2, -0.2, 0.6)
