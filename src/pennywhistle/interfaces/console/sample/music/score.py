"""Notes, scales, chords and how voices move from one chord to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

STEPS = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
}
CHORDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "dim": (0, 3, 6),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "9": (0, 4, 10, 14),
    "13": (0, 4, 10, 21),
    "maj9": (0, 4, 11, 14),
    "m9": (0, 3, 10, 14),
    "m11": (0, 3, 10, 17),
    "add9": (0, 4, 7, 14),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus": (0, 5, 10, 14),
    "7b9": (0, 4, 10, 13),
}
# Gaps between neighboring voices that sound crowded or hollow, in semitones.
CLOSE, WIDE = 2, 9
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Note:
    """A note in beats: when, how long, MIDI pitch, how loud (1 is normal)."""

    beat: float
    length: float
    pitch: int
    level: float = 1.0

    @property
    def end(self) -> float:
        return self.beat + self.length


@dataclass(frozen=True, slots=True)
class Tempo:
    """Beats a minute, and how late every second part of a `grid` comes: 0.5 is straight."""

    beats_a_minute: float
    swing: float = 0.5
    grid: float = 1.0

    @property
    def beat_s(self) -> float:
        return 60.0 / self.beats_a_minute

    def at_s(self, beat: float) -> float:
        """The second at which a beat falls."""
        whole, rest = divmod(beat / self.grid, 1.0)
        late = 2 * self.swing * min(rest, 0.5) + 2 * (1 - self.swing) * max(0.0, rest - 0.5)
        return (whole + late) * self.grid * self.beat_s


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol understood: its root and its tones as pitch classes, and its bass."""

    symbol: str
    root: int
    tones: tuple[int, ...]
    bass: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Seven (or five) notes on a tonic."""

    tonic: int
    steps: tuple[int, ...]

    def pitches(self, low: int, high: int) -> list[int]:
        """All notes of the scale between two MIDI pitches, both included."""
        classes = {(self.tonic + step) % 12 for step in self.steps}
        return [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]


def colored(within: Scale, harmony: Chord) -> set[int]:
    """Pitch classes of the scale as the chord bends it: its foreign tones replace neighbors.

    A foreign major third or seventh raises the note below it, any other lowers the one above.
    """
    classes = {(within.tonic + step) % 12 for step in within.steps}
    for tone in harmony.tones:
        if tone not in classes:
            raised = (tone - harmony.root) % 12 in {4, 11}
            classes.discard((tone + (-1 if raised else 1)) % 12)
    return classes | set(harmony.tones)


def pitch_class(name: str) -> int:
    """`F#` → 6, `Bb` → 10."""
    return (LETTERS[name[0]] + name.count("#") - name.count("b")) % 12


def scale(name: str) -> Scale:
    """`D dorian` → the scale."""
    tonic, mode = name.split(" ", 1)
    return Scale(pitch_class(tonic), STEPS[mode])


def chord(symbol: str) -> Chord:
    """`Ebmaj7/G` → the chord."""
    body, _, over = symbol.partition("/")
    width = 2 if body[1:2] in {"#", "b"} else 1
    root = pitch_class(body[:width])
    tones = tuple(dict.fromkeys((root + step) % 12 for step in CHORDS[body[width:]]))
    return Chord(symbol, root, tones, pitch_class(over) if over else root)


def chords(line: str) -> list[Chord]:
    """Chord symbols with spaces between them; `%` repeats the one before."""
    out: list[Chord] = []
    for symbol in line.replace("|", " ").split():
        out.append(out[-1] if symbol == "%" else chord(symbol))
    return out


def lead_voices(line: Sequence[Chord], *, low: int, high: int, voices: int) -> list[list[int]]:
    """Spell the chords for some voices so that each voice moves as little as it can."""
    spelled: list[list[int]] = []
    for harmony in line:
        options = _spellings(harmony, low, high, voices)
        middle = (low + high) / 2
        before = spelled[-1] if spelled else None
        spelled.append(min(options, key=lambda option: _effort(option, before, middle)))
    return spelled


def _spellings(harmony: Chord, low: int, high: int, voices: int) -> list[list[int]]:
    pool = [[p for p in range(low, high + 1) if p % 12 == tone] for tone in harmony.tones[:voices]]
    doubled = [p for p in range(low, high + 1) if p % 12 in harmony.tones]
    pool += [doubled] * (voices - len(pool))
    found = {tuple(sorted(set(pick))) for pick in product(*pool)}
    full = [list(pick) for pick in found if len(pick) == voices]
    return sorted(full) or sorted(list(pick) for pick in found)


def _effort(option: list[int], before: list[int] | None, middle: float) -> float:
    gaps = [above - below for below, above in pairwise(option)]
    spacing = sum(3.0 for gap in gaps if gap < CLOSE) + sum(0.5 for gap in gaps if gap > WIDE)
    place = 0.25 * abs(sum(option) / len(option) - middle)
    if before is None:
        return spacing + place
    return spacing + place + sum(min(abs(p - q) for q in before) for p in option)


def parse_tune(text: str, key: Scale, *, unit: float = 0.5) -> list[Note]:
    """Read a tune in letters, as fiddlers write it down.

    `A`-`G` are the notes from middle C up, `a`-`g` those an octave above, `'` and `,` shift
    further; a number multiplies the unit (`d3`), `/` halves it, `z` rests, `^ _ =` override the
    key, `|` and spaces are for the eye. Times are in beats.
    """
    altered = _key_signature(key)
    notes: list[Note] = []
    beat, index = 0.0, 0
    while index < len(text):
        accidental = text[index] if text[index] in "^_=" else ""
        index += len(accidental)
        letter = text[index]
        index += 1
        if not (letter.isalpha()):
            continue
        marks, index = _run(text, index, "',")
        digits, index = _run(text, index, "0123456789/")
        length = unit * _multiple(digits)
        if letter != "z":
            step = altered[letter.upper()] if not accidental else LETTERS[letter.upper()]
            step += {"^": 1, "_": -1}.get(accidental, 0)
            octave = 72 if letter.islower() else 60
            octave += 12 * (marks.count("'") - marks.count(","))
            notes.append(Note(beat, length, octave + step))
        beat += length
    return notes


def _run(text: str, index: int, allowed: str) -> tuple[str, int]:
    end = index
    while end < len(text) and text[end] in allowed:
        end += 1
    return text[index:end], end


def _multiple(digits: str) -> float:
    whole, slash, part = digits.partition("/")
    return float(whole or 1) / (float(part or 2) if slash else 1.0)


def _key_signature(key: Scale) -> dict[str, int]:
    """The step of each letter in the key: sharps only or flats only, every letter used once."""
    classes = {(key.tonic + step) % 12 for step in key.steps}
    for accidental in (1, -1):
        signature = {
            letter: step if step in classes else step + accidental
            for letter, step in LETTERS.items()
        }
        if {step % 12 for step in signature.values()} == classes:
            return signature
    raise ValueError("A tune in letters needs a scale of seven notes with sharps or flats only.")


def shifted(notes: Sequence[Note], *, beats: float = 0.0, semitones: int = 0) -> list[Note]:
    """The same notes later, and higher or lower."""
    return [Note(n.beat + beats, n.length, n.pitch + semitones, n.level) for n in notes]
