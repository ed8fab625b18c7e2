"""The Tin Weather: reels, a jig, an air for tin whistle, guitar and frame drum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pennywhistle.interfaces.console.sample.music.score import (
    Note,
    Tempo,
    chords,
    lead_voices,
    parse_tune,
    scale,
)
from pennywhistle.interfaces.console.sample.sound.drums import frame_drum
from pennywhistle.interfaces.console.sample.sound.instruments import ensemble, pluck, sustain
from pennywhistle.interfaces.console.sample.sound.lines import (
    TIN_WHISTLE,
    WOODEN_FLUTE,
    Blown,
    play_line,
)
from pennywhistle.interfaces.console.sample.sound.mixing import Desk
from pennywhistle.interfaces.console.sample.sound.signal import Signal

INTRO_BARS = 4
LAST_NOTE_S = 3.2


@dataclass(frozen=True, slots=True)
class Tune:
    """A tune as a session player would hand it on: two parts, their chords, the form."""

    key: str
    bar_beats: float
    beats_a_minute: float
    chord_beats: float
    part_a: str
    chords_a: str
    part_b: str
    chords_b: str
    form: str
    swing: float = 0.5

    @property
    def tempo(self) -> Tempo:
        return Tempo(self.beats_a_minute, self.swing)


TUNES = (
    Tune(
        "D ionian", 4, 204, 2,
        "A2FA d2ef|gfed BAFA|B2GB A2FA|EFGE D2EF|A2FA d2ef|gfed BAFA|BdAF GFEF|D2FA D4",
        "D D G D G D A A D D G D G A D D",
        "f2df afdf|g2eg bgeg|fdAd BdAF|GFEF A2de|f2df afdf|gfed B2AB|dBAF GFEF|D2FE D4",
        "D D Em Em D G Em A D D G G Bm A D D",
        "AABBAABB", 0.53,
    ),
    Tune(
        "E dorian", 3, 176, 1.5,
        "E2G B2A|BGE FED|E2G B2d|edB A2F|E2G B2A|BGB d2e|dBA GFD|E3 E3",
        "Em Em Em D Em G D D Em Em G D G D Em Em",
        "e2f g2e|fed B2d|e2f gfe|dBA B3|e2f g2e|fed B2A|GAB AFD|E3 E3",
        "Em Em D G Em Em D Bm Em Em D Em G D Em Em",
        "AABBAABB",
    ),
    Tune(
        "G ionian", 3, 74, 3,
        "G3A B2|d4 BA|G3A B2|A4 D2|E3G A2|B4 ge|d3B A2|G6",
        "G G Em D C Em D G",
        "d3e g2|b4 ag|e3g a2|b4 d2|e3g f2|e4 dB|A3G A2|G6",
        "G Em C G Am Em D G",
        "ABA",
    ),
    Tune(
        "G ionian", 4, 168, 2,
        "G2BG DGBd|gfge dBGB|c2ec A2dc|BdcB AFD2|G2BG DGBd|gfge dBGB|cBcA FDEF|G2B2 G4",
        "G G G G C D G D G G G G Am D G G",
        "d2bg dgbg|a2fa dfaf|gfge dBGB|cedc A2D2|EGce DGBd|c2ag fdef|gedB cAFA|G2B2 G4",
        "G G D D G G C D C G Am D G D G G",
        "AABBAB", 0.63,
    ),
    Tune(
        "A mixolydian", 4.5, 186, 1.5,
        "A2c e2c d2B|c2A B2G E2G|A2c e2f gfe|dcB A3 A3",
        "A A D A G Em A A G D A A",
        "a2e f2d e2c|d2B c2A B2G|a2e f2d efg|fed c2B A3",
        "A D A G A G A D Em D A A",
        "AABBAABBAABB",
    ),
    Tune(
        "B aeolian", 3, 138, 3,
        "B3c d2|f4 e2|d3c B2|F6|G3A B2|d4 c2|B2 A2 F2|B6",
        "Bm D G F#m G D F#m Bm",
        "d3e f2|a4 f2|e3d c2|B4 F2|G3A B2|d4 f2|e2 c2 A2|B6",
        "D D A Bm G D A Bm",
        "ABABAB",
    ),
)  # fmt: skip


def length_s(number: int) -> float:
    """How long the piece is, with the ring of its last note."""
    tune = TUNES[number]
    bars = INTRO_BARS + sum(_part(tune, name).count("|") + 1 for name in tune.form)
    return bars * tune.bar_beats * 60 / tune.beats_a_minute + LAST_NOTE_S


def _part(tune: Tune, name: str) -> str:
    return tune.part_a if name == "A" else tune.part_b


def melody(number: int) -> list[Note]:
    """The whistle's whole line, after the introduction."""
    tune = TUNES[number]
    key = scale(tune.key)
    start = INTRO_BARS * tune.bar_beats
    notes: list[Note] = []
    for name in tune.form:
        part = parse_tune(_part(tune, name), key)
        notes += [Note(start + n.beat, n.length, n.pitch + 12) for n in part]
        start += part[-1].end
    return notes


def _ornamented(notes: Sequence[Note], tune: Tune, rng: np.random.Generator) -> list[Blown]:
    """Breath, slurs, and cuts: a flick of a higher finger before a strong or repeated note."""
    out: list[Blown] = []
    before = 0
    for note in notes:
        start_s = tune.tempo.at_s(note.beat)
        end_s = tune.tempo.at_s(note.end)
        strong = note.beat % tune.bar_beats == 0.0
        cut = note.pitch == before or (note.length >= 1.0 and rng.random() < 0.45)  # noqa: PLR2004
        level = (1.06 if strong else 0.94) + 0.05 * rng.standard_normal()
        tongued = strong or rng.random() < 0.3  # noqa: PLR2004 - about every third note is tongued
        if cut and end_s - start_s > 0.12:  # noqa: PLR2004 - no room for an ornament below
            flick = note.pitch + (3 if note.pitch % 12 in {11, 4} else 2)
            out.append(Blown(start_s, 0.034, flick, 0.75 * level, tongued=False))
            start_s += 0.034
        out.append(Blown(start_s, (end_s - start_s) * 0.98, note.pitch, level, tongued))
        before = note.pitch
    return out


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    rng = np.random.default_rng(100 + number)
    desk = Desk(seconds)
    notes = melody(number)
    last = notes[-1]
    notes[-1] = Note(last.beat, last.length + 1.6 * tune.beats_a_minute / 60, last.pitch)
    blown = _ornamented(notes, tune, rng)
    desk.add(play_line(blown, TIN_WHISTLE, seconds), 0.0, 0.30, 0.08, 0.5)
    half = (notes[-1].end - INTRO_BARS * tune.bar_beats) / 2 + INTRO_BARS * tune.bar_beats
    low = [Note(n.beat, n.length, n.pitch - 12) for n in notes if n.beat >= half]
    fluted = _ornamented(low, tune, np.random.default_rng(7))
    desk.add(play_line(fluted, WOODEN_FLUTE, seconds), 0.0, 0.17, -0.35, 0.6)
    _accompany(desk, tune, rng, half)
    return desk.finish(room_s=1.5, wet=0.35)


def _accompany(desk: Desk, tune: Tune, rng: np.random.Generator, half: float) -> None:
    beat_s = tune.tempo.beat_s
    intro = tune.chords_a.split()[: int(INTRO_BARS * tune.bar_beats / tune.chord_beats)]
    symbols = [*intro]
    for name in tune.form:
        symbols += (tune.chords_a if name == "A" else tune.chords_b).split()
    symbols.append(symbols[-1])
    line = chords(" ".join(symbols))
    voiced = lead_voices(line, low=52, high=69, voices=3)
    last = len(line) - 1
    for index, (harmony, upper) in enumerate(zip(line, voiced, strict=True)):
        at_s = index * tune.chord_beats * beat_s
        bass = 38 + (harmony.bass - 38) % 12
        ring = 3.0 if index == last else 1.6
        for count, pitch in enumerate([bass, *upper]):
            desk.add(pluck(pitch, ring, tone=0.45), at_s + 0.012 * count, 0.24, 0.4, 0.25)
        if index < last:
            _strum(desk, tune, upper, at_s, rng)
        if index % 2 == 0 and index * tune.chord_beats >= half:
            loop = ensemble(bass + 12, rolloff=1.5)
            span = min(2 * tune.chord_beats * beat_s + 0.5, 6.0)
            desk.add(sustain(loop, span, attack_s=0.5, release_s=0.5), at_s, 0.06, 0.0, 0.5)
        if tune.beats_a_minute > 100 and index * tune.chord_beats >= half / 2:  # noqa: PLR2004
            _drum(desk, tune, at_s, rng)


def _strum(
    desk: Desk, tune: Tune, upper: Sequence[int], at_s: float, rng: np.random.Generator
) -> None:
    """The off-beat chuck of the right hand: alternating, lighter on the way up."""
    beat_s = tune.tempo.beat_s
    if tune.chord_beats >= 3:  # noqa: PLR2004 - airs and waltzes are picked, one string at a time
        for step, offset in enumerate((1.0, 1.5, 2.0, 2.5)):
            pitch = upper[(step + 1) % len(upper)]
            desk.add(pluck(pitch, 1.4, tone=0.4), at_s + offset * beat_s, 0.15, 0.4, 0.3)
        return
    offsets = (1.0, 1.5) if tune.chord_beats == 2 else (1.0,)  # noqa: PLR2004 - reel or jig
    for offset in offsets:
        for count, pitch in enumerate(reversed(upper)):
            late_s = tune.tempo.at_s(offset) + 0.007 * count
            level = 0.13 * (1 + 0.12 * rng.standard_normal())
            desk.add(pluck(pitch, 0.5, tone=0.6, position=0.13), at_s + late_s, level, 0.4, 0.15)


def _drum(desk: Desk, tune: Tune, at_s: float, rng: np.random.Generator) -> None:
    for eighth in range(round(tune.chord_beats * 2)):
        strong = eighth == 0
        level = (0.42 if strong else 0.16) * (1 + 0.15 * rng.standard_normal())
        late_s = tune.tempo.at_s(eighth / 2) + 0.004 * rng.standard_normal()
        drum = frame_drum(hz=84.0 if strong else 118.0, damp=10.0 if strong else 24.0)
        desk.add(drum, max(0.0, at_s + late_s), level, -0.2, 0.2)
