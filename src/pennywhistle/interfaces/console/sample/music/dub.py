"""Schichtwechsel: dub techno; one chord, a filter and a long echo."""

from dataclasses import dataclass

import numpy as np

from pennywhistle.interfaces.console.sample.music.score import Tempo, chords, lead_voices
from pennywhistle.interfaces.console.sample.sound.drums import clap, hat, kick, rim, shaker
from pennywhistle.interfaces.console.sample.sound.instruments import ensemble, stab, sustain
from pennywhistle.interfaces.console.sample.sound.lines import SUB_BASS, Blown, play_line
from pennywhistle.interfaces.console.sample.sound.mixing import Desk, echo
from pennywhistle.interfaces.console.sample.sound.signal import Signal, band, white_noise

BARS = 32
BAR_BEATS = 4
TAIL_S = 6.0
# Bars in which each layer plays: how such a track breathes.
KICK_BARS = ((4, 16), (20, 30))
HAT_BARS = ((8, 17), (20, 31))
BASS_BARS = ((8, 16), (20, 29))


@dataclass(frozen=True, slots=True)
class Tune:
    """Tempo, four chords of a bar each (often the same), stab places in sixteenths, bass line."""

    beats_a_minute: float
    line: str
    stabs: tuple[int, ...]
    bass: tuple[tuple[int, int, int], ...]  # sixteenth, length in sixteenths, steps above the root
    echo_sixteenths: int
    darkest: int
    brightest: int
    seed: int


TUNES = (
    Tune(122, "Am9 Am9 Fmaj9 Am9", (3, 6, 14), ((0, 3, 0), (6, 2, 0), (10, 4, 7)), 3, 2, 14, 61),
    Tune(118, "Dm9 Dm9 Dm9 Gm9", (2, 11), ((2, 2, 0), (5, 1, 12), (8, 5, 0)), 3, 2, 10, 67),
    Tune(126, "Cm9 Cm9 Abmaj9 Bb6", (4, 7, 10), ((0, 2, 0), (3, 3, 0), (11, 3, -5)), 5, 3, 18, 71),
    Tune(114, "Em11 Em11 Cmaj9 Em11", (6, 9), ((0, 6, 0), (8, 2, 7), (12, 3, 0)), 6, 2, 9, 73),
)


def length_s(number: int) -> float:
    """How long the piece is, with its last echoes."""
    return BARS * BAR_BEATS * 60 / TUNES[number].beats_a_minute + TAIL_S


def _plays(bar: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= bar < end for first, end in spans)


def render(number: int, seconds: float) -> Signal:
    """The piece as a finished mix."""
    tune = TUNES[number]
    tempo = Tempo(tune.beats_a_minute, 0.54, 0.5)
    desk = Desk(seconds)
    _stabs(desk, tune, tempo)
    _air(desk, tune, tempo)
    beats = [
        tempo.at_s(bar * BAR_BEATS + beat)
        for bar in range(BARS)
        for beat in range(BAR_BEATS)
        if _plays(bar, KICK_BARS)
    ]
    desk.duck(beats, depth=0.5, release_s=tempo.beat_s * 0.8)
    _bass(desk, tune, tempo)
    for at_s in beats:
        desk.add(kick(0.32, hz=47.0, punch=0.9), at_s, 0.72)
    _percussion(desk, tune, tempo)
    return desk.finish(room_s=2.3, wet=0.45, dark_hz=3_500.0, fade_in_s=0.3, fade_out_s=4.0)


def _stabs(desk: Desk, tune: Tune, tempo: Tempo) -> None:
    """Chord stabs whose filter opens and closes over sixteen bars, into a dark echo."""
    line = chords(tune.line)
    voiced = lead_voices(line, low=52, high=70, voices=4)
    bus = Desk(desk.seconds)
    rng = np.random.default_rng(tune.seed)
    for bar in range(BARS - 1):
        sweep = 0.5 - 0.5 * np.cos(2 * np.pi * (bar + 2) / 16)
        cutoff = round(tune.darkest + (tune.brightest - tune.darkest) * sweep)
        # In the last four bars of a half only the first stab is struck; the echo answers.
        places = tune.stabs[:1] if bar % 16 in {13, 14} else tune.stabs
        for place in places:
            at_s = tempo.at_s(bar * BAR_BEATS + place / 4)
            level = 0.16 * (1 + 0.15 * rng.standard_normal())
            for pitch in voiced[bar % len(voiced)]:
                bus.add(stab(pitch, 0.5, cutoff=max(2, cutoff)), at_s, level, -0.15)
    repeats = echo(bus.dry, tune.echo_sixteenths / 4 * tempo.beat_s, feedback=0.62, repeats=6)
    for sound, send in ((bus.dry, 0.3), (repeats, 0.5)):
        desk.dry += sound
        desk.room += np.float32(send) * sound


def _air(desk: Desk, tune: Tune, tempo: Tempo) -> None:
    """A pad far behind everything, and the hiss of an old machine that swells and ebbs."""
    line = chords(tune.line)
    voiced = lead_voices(line, low=57, high=76, voices=3)
    bar_s = BAR_BEATS * tempo.beat_s
    for bar in range(0, BARS, 2):
        for pitch in voiced[bar % len(voiced)]:
            pad = sustain(
                ensemble(pitch, rolloff=2.0), 2 * bar_s + 2.0, attack_s=2.0, release_s=2.0
            )
            desk.add(pad, bar * bar_s, 0.02, 0.0, 0.8)
    hiss = band(white_noise(1 << 17, tune.seed), 2_000, 7_000)
    looped = np.resize(hiss, desk.count)
    swell = 0.6 - 0.4 * np.cos(np.arange(0, desk.count) * (2 * np.pi / (16 * bar_s * 44_100)))
    looped *= swell.astype(np.float32)
    desk.add(looped, 0.0, 0.006, -0.4)
    desk.add(np.roll(looped, 30_011), 0.0, 0.006, 0.4)


def _bass(desk: Desk, tune: Tune, tempo: Tempo) -> None:
    line = chords(tune.line)
    notes = []
    for bar in range(BARS):
        if not _plays(bar, BASS_BARS):
            continue
        root = 31 + (line[bar % len(line)].bass - 31) % 12
        for place, length, step in tune.bass:
            at_s = tempo.at_s(bar * BAR_BEATS + place / 4)
            notes.append(Blown(at_s, length / 4 * tempo.beat_s * 0.9, root + step, 1.0))
    desk.add(play_line(notes, SUB_BASS, desk.seconds), 0.0, 0.30)


def _percussion(desk: Desk, tune: Tune, tempo: Tempo) -> None:
    rng = np.random.default_rng(tune.seed + 1)
    for bar in range(BARS):
        for place in range(16):
            at_s = tempo.at_s(bar * BAR_BEATS + place / 4)
            if _plays(bar, HAT_BARS) and place % 4 == 2:  # noqa: PLR2004 - the off-beat
                desk.add(hat(0.16, low_hz=7_500.0), at_s, 0.55, 0.2, 0.1)
            if _plays(bar, HAT_BARS):
                level = 0.25 * (1 + 0.4 * rng.standard_normal()) * (0.6 if place % 2 else 1.0)
                desk.add(shaker(0.07), at_s, max(0.05, level), -0.35, 0.1)
            if _plays(bar, BASS_BARS) and place in {4, 12}:
                desk.add(clap(), at_s, 0.42, 0.05, 0.5)
        if bar % 8 == 7:  # noqa: PLR2004 - the end of a phrase
            desk.add(rim(hz=900.0), tempo.at_s(bar * BAR_BEATS + 3.25), 0.3, 0.5, 0.9)
