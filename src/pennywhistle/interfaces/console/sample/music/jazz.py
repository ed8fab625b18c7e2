"""After the Last Tram: electric piano, walking bass and brushes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pennywhistle.interfaces.console.sample.music.melody import Phrase, period, rhythm, sing
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
from pennywhistle.interfaces.console.sample.sound.drums import brush, hat, kick, ride, rim, snare
from pennywhistle.interfaces.console.sample.sound.instruments import electric_piano, upright_bass
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal

INTRO_BARS = 4
PART_BARS = 8
TAIL_S = 4.0


@dataclass(frozen=True, slots=True)
class Tune:
    """A head in parts of eight bars, its rhythm, the form (S is a solo), and the feel."""

    key: str
    bar_beats: int
    beats_a_minute: float
    chords_a: str
    rhythm_a: str
    chords_b: str
    form: str
    feel: str
    seed: int


TUNES = (
    Tune("F ionian", 4, 152, "Fmaj7 Dm7 Gm7 C7 Am7 D7 Gm7 Fmaj7", ".122.1 422 .12112 5...",
         "Bbmaj7 Bbm6 Am7 D7b9 Gm7 Em7b5 C7 Fmaj7", "AABSA", "swing", 111),
    Tune("C aeolian", 4, 132, "Cm9 Fm9 Bb13 Ebmaj7 Abmaj7 Dm7b5 G7b9 Cm9", "3.121 3.22 3.121 6..",
         "Fm9 Bb13 Ebmaj7 Abmaj7 Dm7b5 G7b9 Cm9 Cm9", "ABSA", "bossa", 113),
    Tune("Bb ionian", 3, 144, "Bbmaj7 Gm7 Cm9 F13 Dm7 Gm7 Cm9 Bbmaj7", "42 2112 42 5.",
         "Ebmaj7 Ebm6 Dm7 G7b9 Cm9 F13 Bbmaj7 Bbmaj7", "AABSA", "waltz", 127),
    Tune("D dorian", 4, 168, "Dm11 Dm9 Em7 Dm9 Dm11 Dm9 Em7 Dm9", "21.1.2 1.1221 21.1.2 6..",
         "Fm11 Fm9 Ebmaj7 Fm9 Dm11 Em7 A7sus Dm9", "AABSA", "swing", 131),
    Tune("Ab ionian", 4, 66, "Abmaj9 Fm9 Bbm9 Eb13 Cm7 F7b9 Bbm9 Abmaj9", "4.21 4.3 2222 6..",
         "Dbmaj9 Dbm6 Cm7 F7b9 Bbm9 Gm7b5 Eb13 Abmaj9", "AB", "ballad", 137),
)  # fmt: skip


def length_s(number: int) -> float:
    """How long the piece is, with the last chord's ring."""
    tune = TUNES[number]
    return (_bars(tune) + 1) * tune.bar_beats * 60 / tune.beats_a_minute + TAIL_S


def _bars(tune: Tune) -> int:
    return INTRO_BARS + PART_BARS * len(tune.form)


def _line(tune: Tune, name: str) -> list[Chord]:
    return chords(tune.chords_b if name == "B" else tune.chords_a)


def _part(tune: Tune, name: str) -> list[Note]:
    line = tuple(_line(tune, name))
    tonic = pitch_class(tune.key.split(" ")[0])
    within = scale(tune.key)
    if name == "S":
        # A solo: running eighths with breaths, higher, ending on the tonic like the head.
        cells = rhythm("1" * (2 * tune.bar_beats), bars=PART_BARS)
        rests = {tune.bar_beats * 2 * bar - 1 for bar in (2, 4, 6)}
        run = tuple(cell for count, cell in enumerate(cells) if count not in rests)[:-5]
        phrase = Phrase((*run, (tune.bar_beats * 7.0, 2.0)), line, within, 67, 89, tune.bar_beats)
        return sing(phrase, seed=tune.seed + 9, endings=(tonic,),
                    contour=(0.4, 0.7, 0.3, 0.8, 0.5, 0.95, 0.4))  # fmt: skip
    phrase = Phrase(rhythm(tune.rhythm_a), line, within, 65, 84, tune.bar_beats)
    contour = (0.4, 0.75, 0.5, 0.35) if name == "A" else (0.6, 0.9, 0.65, 0.4)
    return period(phrase, seed=tune.seed + ord(name), tonic=tonic, contour=contour)


def melody(number: int) -> list[Note]:
    """The right hand's line."""
    tune = TUNES[number]
    notes: list[Note] = []
    for index, name in enumerate(tune.form):
        start = (INTRO_BARS + index * PART_BARS) * tune.bar_beats
        notes += shifted(_part(tune, name), beats=start)
    return [n for n in notes if n.length > 0]


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    swing = {"swing": 0.635, "waltz": 0.6, "ballad": 0.58, "bossa": 0.5}[tune.feel]
    tempo = Tempo(tune.beats_a_minute, swing)
    rng = np.random.default_rng(tune.seed)
    desk = Desk(seconds)
    line = _line(tune, "A")[-INTRO_BARS:]
    for name in tune.form:
        line += _line(tune, name)
    line.append(line[-1])
    for note in melody(number):
        at_s = tempo.at_s(note.beat) + 0.006 * rng.standard_normal()
        ring_s = min(2.5, note.length * tempo.beat_s + 0.25)
        tone = electric_piano(note.pitch, ring_s, bite=1.35)
        desk.add(tone, max(0.0, at_s), 0.21 * note.level, 0.2, 0.4)
    _comp(desk, tune, tempo, line, rng)
    _walk(desk, tune, tempo, line, rng)
    _kit(desk, tune, tempo, rng)
    return desk.finish(room_s=1.2, wet=0.32, dark_hz=5_500.0, fade_out_s=2.5)


def _comp(
    desk: Desk, tune: Tune, tempo: Tempo, line: Sequence[Chord], rng: np.random.Generator
) -> None:
    """The left hand: rootless chords, on one and between two and three, never quite the same."""
    places = {
        "swing": ((0.0, 1.5), (1.5, 3.0), (0.5, 2.5)),
        "waltz": ((0.0, 1.5), (1.0,), (0.0, 2.0)),
        "bossa": ((0.0, 1.5, 3.0), (1.0, 2.5), (0.0, 1.5)),
        "ballad": ((0.0, 2.5), (0.0,), (0.0, 2.0)),
    }[tune.feel]
    voiced = lead_voices(line, low=50, high=68, voices=4)
    for bar, tones in enumerate(voiced):
        last = bar == len(line) - 1
        for beat in (0.0,) if last else places[int(rng.integers(len(places)))]:
            level = 0.085 * (1 + 0.15 * rng.standard_normal())
            long_s = 3.5 if last else (1.8 if tune.feel == "ballad" else 0.5)
            for count, pitch in enumerate(tones):
                at_s = tempo.at_s(bar * tune.bar_beats + beat) + 0.004 * count
                desk.add(electric_piano(pitch, long_s, bite=0.9), at_s, level, -0.3, 0.35)


def _walk(
    desk: Desk, tune: Tune, tempo: Tempo, line: Sequence[Chord], rng: np.random.Generator
) -> None:
    """Quarter notes that set out from the root and step into the next one."""
    for bar, harmony in enumerate(line):
        root = 31 + (harmony.bass - 31) % 12
        start = bar * tune.bar_beats
        if bar == len(line) - 1:
            desk.add(upright_bass(root, 3.5), tempo.at_s(start), 0.55, 0.0, 0.1)
            return
        target = 31 + (line[bar + 1].bass - 31) % 12
        plan = _bass_plan(tune, harmony, root, target, rng)
        for beat, pitch, length in plan:
            tone = upright_bass(pitch, length * tempo.beat_s)
            level = 0.4 * (1 + 0.06 * rng.standard_normal())
            desk.add(tone, tempo.at_s(start + beat), level, 0.0, 0.1)


def _bass_plan(
    tune: Tune, harmony: Chord, root: int, target: int, rng: np.random.Generator
) -> list[tuple[float, int, float]]:
    fifth = root + 7 if (root + 7) % 12 in harmony.tones else root + 6
    if tune.feel == "bossa":
        return [(0.0, root, 1.4), (1.5, fifth, 0.5), (2.0, fifth, 1.4), (3.5, root, 0.5)]
    if tune.feel == "ballad":
        return [(0.0, root, 1.9), (2.0, fifth, 1.9)]
    third = next(
        (root + step for step in (3, 4, 2, 5) if (root + step) % 12 in harmony.tones), fifth
    )
    approach = target + (1 if rng.random() < 0.4 else -1)  # noqa: PLR2004 - from below more often
    middle = [third, fifth] if rng.random() < 0.6 else [fifth, third]  # noqa: PLR2004
    walk = [root, *middle, approach] if tune.bar_beats == 4 else [root, middle[0], approach]  # noqa: PLR2004
    return [(float(beat), pitch, 0.95) for beat, pitch in enumerate(walk)]


def _kit(desk: Desk, tune: Tune, tempo: Tempo, rng: np.random.Generator) -> None:
    quarter = range(tune.bar_beats)
    rides = {
        "swing": (0.0, 1.0, 1.5, 2.0, 3.0, 3.5),
        "waltz": (0.0, 1.0, 1.5, 2.0),
        "bossa": tuple(step / 2 for step in range(8)),
        "ballad": (0.0, 1.0, 2.0, 3.0),
    }[tune.feel]
    for bar in range(INTRO_BARS // 2, _bars(tune)):
        start = bar * tune.bar_beats
        for beat in rides:
            level = 0.3 * (1 + 0.15 * rng.standard_normal()) * (1.0 if beat % 1 == 0 else 0.6)
            cymbal = hat(0.05) if tune.feel == "bossa" else ride()
            desk.add(cymbal, tempo.at_s(start + beat), level, 0.35, 0.2)
        for beat in quarter:
            if tune.feel != "bossa":
                sweep = brush(0.3 if beat % 2 else 0.22)
                desk.add(sweep, tempo.at_s(start + beat), 0.4 if beat % 2 else 0.22, -0.4, 0.2)
        if tune.feel == "bossa":
            for beat in (0.0, 1.5, 3.0) if bar % 2 == 0 else (1.0, 2.5):
                desk.add(rim(), tempo.at_s(start + beat), 0.3, -0.2, 0.3)
            for beat in (0.0, 1.5, 2.0, 3.5):
                desk.add(kick(0.22, hz=58.0, punch=0.4), tempo.at_s(start + beat), 0.22)
        elif bar % 4 == 3:  # noqa: PLR2004 - a remark at the end of a phrase
            at_s = tempo.at_s(start + tune.bar_beats - 0.5)
            desk.add(snare(snap=0.3), at_s, 0.18, -0.1, 0.3)
