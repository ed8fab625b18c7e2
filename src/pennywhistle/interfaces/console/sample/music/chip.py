"""The Well-Tempered Cartridge: baroque forms for two pulse waves, a triangle and a noise."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from pennywhistle.interfaces.console.sample.sound.drums import hat, kick, snare
from pennywhistle.interfaces.console.sample.sound.lines import (
    PULSE_HALF,
    PULSE_QUARTER,
    TRIANGLE,
    Blown,
    Voice,
    play_line,
)
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal

TAIL_S = 2.5


@dataclass(frozen=True, slots=True)
class Tune:
    """A dance, prelude or canon: key, beats of a bar, grounds of eight bars, rhythms, form."""

    kind: str
    key: str
    bar_beats: int
    beats_a_minute: float
    chords_a: str
    rhythm_a: str
    chords_b: str
    form: str
    seed: int


TUNES = (
    Tune("prelude", "D harmonic", 4, 112, "Dm Gm A7 Dm Bb Gm A7 Dm", "4211 44 4211 8",
         "F C Bb F Gm Dm A7 Dm", "ABAB", 141),
    Tune("canon", "G ionian", 4, 108, "G D Em Bm C G D G", "44 44 44 44",
         "G D Em Bm C G D G", "AAAA", 149),
    Tune("minuet", "A ionian", 3, 126, "A E F#m D A D E A", "2211 222 2211 6",
         "D A Bm F#m D A E A", "AABBA", 151),
    Tune("fugato", "E harmonic", 4, 132, "Em Am B7 Em C Am B7 Em", "21122 21122 21122 8",
         "G D Am Em C Am B7 Em", "ABABA", 157),
    Tune("gigue", "C ionian", 3, 168, "C F G C Am Dm G C", "21111 222 21111 6",
         "G C F Dm Am Dm G C", "AABBAB", 163),
)  # fmt: skip


def length_s(number: int) -> float:
    """How long the piece is, with its last chord."""
    tune = TUNES[number]
    return (8 * len(tune.form) + 1) * tune.bar_beats * 60 / tune.beats_a_minute + TAIL_S


def _line(tune: Tune, name: str) -> list[Chord]:
    return chords(tune.chords_b if name == "B" else tune.chords_a)


def _first_voice(tune: Tune) -> list[Note]:
    """The upper pulse: a canon over a ground, or periods with a closing on the tonic."""
    tonic = pitch_class(tune.key.split(" ")[0])
    within = scale(tune.key)
    notes: list[Note] = []
    for index, name in enumerate(tune.form):
        start = float(index * 8 * tune.bar_beats)
        line = tuple(_line(tune, name))
        if tune.kind == "canon":
            # The ground repeats every eight bars, so what fits it fits eight bars later too:
            # each turn moves twice as fast, and the second voice follows one turn behind.
            cells = rhythm(("44", "2222", "21122", "112112")[index], bars=8)
            phrase = Phrase(cells, line, within, 71, 88, tune.bar_beats)
            part = sing(phrase, seed=tune.seed + index, endings=(tonic,),
                        contour=(0.8, 0.4, 0.7, 0.3))  # fmt: skip
        else:
            low, high = (71, 88) if name == "A" else (74, 91)
            phrase = Phrase(rhythm(tune.rhythm_a), line, within, low, high, tune.bar_beats)
            part = period(phrase, seed=tune.seed + ord(name), tonic=tonic)
        notes += shifted(part, beats=start)
    return notes


def _second_voice(tune: Tune, first: Sequence[Note]) -> list[Note]:
    """The lower pulse: follows in canon, or runs in eighths where the first voice holds."""
    turn = 8 * tune.bar_beats
    if tune.kind == "canon":
        end = turn * len(tune.form)
        return [n for n in shifted(first, beats=turn, semitones=-12) if n.beat < end]
    notes: list[Note] = []
    for index, name in enumerate(tune.form):
        line = tuple(_line(tune, name))
        cells = rhythm("1" * (2 * tune.bar_beats), bars=8)
        phrase = Phrase(cells, line, scale(tune.key), 57, 71, tune.bar_beats)
        waves = (0.2, 0.9) * 4 if tune.kind == "fugato" else (0.3, 0.7, 0.4, 0.8, 0.3)
        part = sing(phrase, seed=tune.seed + 40 + ord(name), contour=waves)
        notes += shifted(part, beats=index * turn)
    return notes


def melody(number: int) -> list[Note]:
    """The upper voice with its last note."""
    tune = TUNES[number]
    first = _first_voice(tune)
    tonic = first[-1].pitch
    return [*first, Note(8.0 * len(tune.form) * tune.bar_beats, tune.bar_beats, tonic)]


def _blown(notes: Sequence[Note], tempo: Tempo) -> list[Blown]:
    return [
        Blown(tempo.at_s(n.beat), n.length * tempo.beat_s * 0.9, n.pitch, n.level) for n in notes
    ]


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    tempo = Tempo(tune.beats_a_minute)
    desk = Desk(seconds)
    first = melody(number)
    second = _second_voice(tune, first[:-1])
    end = 8.0 * len(tune.form) * tune.bar_beats
    second.append(Note(end, tune.bar_beats, first[-1].pitch - 8 if "ion" in tune.key else
                       first[-1].pitch - 9))  # fmt: skip
    voices: tuple[tuple[Sequence[Note], Voice, float, float], ...] = (
        (first, PULSE_QUARTER, 0.17, 0.3),
        (second, PULSE_HALF, 0.10, -0.35),
        (_ground(tune, end), TRIANGLE, 0.34, 0.0),
    )
    for notes, voice, level, pan in voices:
        desk.add(play_line(_blown(notes, tempo), voice, seconds), 0.0, level, pan, 0.25)
    _arpeggios(desk, tune, tempo)
    _noise(desk, tune, tempo)
    return desk.finish(room_s=0.9, wet=0.22, dark_hz=7_000.0, fade_out_s=1.5)


def _ground(tune: Tune, end: float) -> list[Note]:
    """The triangle: root, fifth and octave, walking on the beats."""
    notes: list[Note] = []
    for index, name in enumerate(tune.form):
        for bar, harmony in enumerate(_line(tune, name)):
            beat = float((index * 8 + bar) * tune.bar_beats)
            root = 40 + (harmony.bass - 40) % 12
            walk = (
                (root, root + 12, root + 7, root + 12)
                if bar % 2
                else (root, root + 7, root + 12, root + 7)
            )
            notes += [Note(beat + step, 0.95, walk[step]) for step in range(tune.bar_beats)]
    root = 40 + (pitch_class(tune.key.split(" ")[0]) - 40) % 12
    notes.append(Note(end, tune.bar_beats, root))
    return notes


def _arpeggios(desk: Desk, tune: Tune, tempo: Tempo) -> None:
    """Chords in fast turns, as machines with too few voices play them; from the second part on."""
    line = [harmony for name in tune.form for harmony in _line(tune, name)]
    notes: list[Note] = []
    for bar, tones in enumerate(lead_voices(line, low=60, high=76, voices=3)):
        if bar < 8 or (tune.kind in {"minuet", "canon"} and bar < 16):  # noqa: PLR2004 - parts of eight
            continue
        for step in range(tune.bar_beats * 4):
            beat = bar * tune.bar_beats + step / 4
            notes.append(Note(beat, 0.22, tones[(0, 1, 2, 1)[step % 4]], 0.8))
    tone = play_line(_blown(notes, tempo), PULSE_HALF, desk.seconds)
    desk.add(tone, 0.0, 0.055, 0.55, 0.3)


def _noise(desk: Desk, tune: Tune, tempo: Tempo) -> None:
    """The noise channel: light in dances, silent in canon and prelude's first part."""
    for bar in range(8, 8 * len(tune.form)):
        if tune.kind == "canon":
            return
        for beat in range(tune.bar_beats):
            at_s = tempo.at_s(bar * tune.bar_beats + beat)
            if beat == 0:
                desk.add(kick(0.16, hz=62.0), at_s, 0.34)
            elif beat == tune.bar_beats - 2 + tune.bar_beats % 2:
                desk.add(snare(snap=0.9), at_s, 0.2, 0.0, 0.15)
            desk.add(hat(0.04), at_s + tempo.beat_s / 2, 0.3, 0.2)
