"""The pieces as scores: phrases that fill their bars, move by step and come home."""

from itertools import pairwise

import pytest

from pennywhistle.interfaces.console.sample.music import (
    chamber,
    chip,
    drone,
    folk,
    jazz,
    lofi,
    musicbox,
)
from pennywhistle.interfaces.console.sample.music.melody import Phrase, period, rhythm
from pennywhistle.interfaces.console.sample.music.score import (
    Note,
    Tempo,
    chord,
    chords,
    colored,
    lead_voices,
    parse_tune,
    pitch_class,
    scale,
)

MELODIES = [
    (module.__name__.rsplit(".", 1)[-1], tune.key, module.melody(number))
    for module in (chamber, chip, drone, folk, jazz, lofi, musicbox)
    for number, tune in enumerate(module.TUNES)
    if module.melody(number)
]
IDS = [f"{style}-{key}" for style, key, _ in MELODIES]


@pytest.mark.parametrize(("style", "key", "notes"), MELODIES, ids=IDS)
def test_a_melody_ends_on_its_tonic(style: str, key: str, notes: list[Note]) -> None:
    assert notes[-1].pitch % 12 == pitch_class(key.split(" ", maxsplit=1)[0])


@pytest.mark.parametrize(("style", "key", "notes"), MELODIES, ids=IDS)
def test_a_melody_moves_by_steps_and_thirds(style: str, key: str, notes: list[Note]) -> None:
    moves = [abs(after.pitch - before.pitch) for before, after in pairwise(notes)]
    small = sum(move <= 4 for move in moves) / len(moves)
    leaps = sum(move > 9 for move in moves) / len(moves)
    assert small >= 0.7
    assert leaps <= 0.05


@pytest.mark.parametrize("tune", folk.TUNES, ids=lambda tune: tune.key)
def test_bars_of_a_written_tune_are_full(tune: folk.Tune) -> None:
    for part, line in ((tune.part_a, tune.chords_a), (tune.part_b, tune.chords_b)):
        bars = [parse_tune(bar, scale(tune.key)) for bar in part.split("|")]
        assert [bar[-1].end for bar in bars] == [tune.bar_beats] * len(bars)
        assert len(line.split()) * tune.chord_beats == len(bars) * tune.bar_beats


def test_rhythms_fill_four_bars_each() -> None:
    cells = [(tune.rhythm_a, tune.bar_beats) for tune in (*jazz.TUNES, *musicbox.TUNES)]
    cells += [(tune.rhythm_b, tune.bar_beats) for tune in musicbox.TUNES]
    cells += [(tune.rhythm_a, 4) for tune in lofi.TUNES]
    cells += [(t.rhythm_a, t.bar_beats) for t in chip.TUNES if t.kind != "canon"]
    for text, bar_beats in cells:
        bars = [sum(1 if cell == "." else int(cell) for cell in bar) for bar in text.split()]
        assert bars == [2 * bar_beats] * 4, text


def test_the_canon_is_strict() -> None:
    first = chip.melody(1)[:-1]
    second = chip._second_voice(chip.TUNES[1], first)
    for leader, follower in zip(first, second, strict=False):
        assert follower.beat == leader.beat + 32
        assert follower.pitch == leader.pitch - 12


def test_letters_are_read_in_their_key() -> None:
    notes = parse_tune("D2 F/2^G c'3 | z B,", scale("D ionian"))
    assert [note.pitch for note in notes] == [62, 66, 68, 85, 59]
    assert [note.beat for note in notes] == [0.0, 1.0, 1.25, 1.75, 3.75]
    assert notes[3].length == 1.5


def test_a_key_with_mixed_accidentals_cannot_be_written_in_letters() -> None:
    with pytest.raises(ValueError, match="sharps or flats"):
        parse_tune("A", scale("D harmonic"))


def test_chord_symbols_are_understood() -> None:
    slash = chord("Ebmaj7/G")
    assert (slash.root, slash.tones, slash.bass) == (3, (3, 7, 10, 2), 7)
    assert [one.symbol for one in chords("F#m7b5 | % Bb13")] == ["F#m7b5", "F#m7b5", "Bb13"]


def test_a_dominant_raises_the_leading_note_of_a_minor_scale() -> None:
    assert colored(scale("D aeolian"), chord("A7")) == {2, 4, 5, 7, 9, 10, 1}


def test_voices_move_little_and_keep_their_chord() -> None:
    line = chords("C Am F G Em Am Dm C")
    spelled = lead_voices(line, low=55, high=76, voices=4)
    for harmony, tones in zip(line, spelled, strict=True):
        assert {pitch % 12 for pitch in tones} == set(harmony.tones)
    for before, after in pairwise(spelled):
        assert all(abs(p - q) <= 5 for p, q in zip(before, after, strict=True))


def test_swing_delays_the_second_half_of_a_beat_only() -> None:
    tempo = Tempo(60, 0.6)
    assert [tempo.at_s(beat) for beat in (0.0, 0.5, 1.0, 1.25)] == [0.0, 0.6, 1.0, 1.3]


def test_a_period_asks_and_answers() -> None:
    phrase = Phrase(
        rhythm("2222 44 2222 8"), tuple(chords("C F C G C F G C")), scale("C ionian"), 60, 79
    )
    notes = period(phrase, seed=1, tonic=0)
    question, answer = notes[:11], notes[11:]
    assert question[-1].pitch % 12 in {7, 11, 2}
    assert answer[-1].pitch % 12 == 0
    assert [n.pitch for n in question[:4]] == pytest.approx([n.pitch for n in answer[:4]], abs=2)
