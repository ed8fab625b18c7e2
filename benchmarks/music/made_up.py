"""Fills an index with made-up tracks whose keys are put together from parts of real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pennywhistle.engines.fingerprint import Fingerprint
from pennywhistle.engines.fingerprint.index.files import (
    Manifest,
    log_name,
    segment_name,
    write_manifest,
)
from pennywhistle.engines.fingerprint.index.log import create_log
from pennywhistle.engines.fingerprint.index.postings import Run
from pennywhistle.engines.fingerprint.index.voting import Candidate
from pennywhistle.engines.fingerprint.index.writing import write_run
from pennywhistle.engines.fingerprint.keys import key_values, triples
from pennywhistle.engines.fingerprint.limits import (
    pitch_steps,
    pitch_steps_per_octave,
    ticks_per_s,
)

TRACK_S, PLACES = 240, 2_400
TICKS, PART_TICKS = TRACK_S * ticks_per_s, 8 * ticks_per_s
SEMITONE_STEPS, SEMITONES_MAX = pitch_steps_per_octave // 12, 6
TRACKS_PER_SEGMENT = 100_000
DRAWN_KEYS, STANDS_FOR = 1 << 19, 8
FIRST_MADE_UP = 1_000_000


def fill(folder: Path, known: list[Fingerprint], track_count: int) -> None:
    """An index of made-up tracks, written segment by segment."""
    generator = np.random.default_rng(8)
    table, per_s = made_up_keys(known, generator)
    _, drawn_as, counts = np.unique(table, return_inverse=True, return_counts=True)
    is_rare = (counts == 1)[drawn_as]
    names, made = [], 0
    while made < track_count:
        count = min(TRACKS_PER_SEGMENT, track_count - made)
        posting_count = int(count * TRACK_S * per_s)
        drawn = generator.integers(len(table), size=posting_count, dtype=np.uint32)
        # Of a key that was drawn once, three bits are thrown anew.
        rare = generator.integers(STANDS_FOR, size=posting_count, dtype=np.uint32) << np.uint32(5)
        keys = table[drawn] ^ np.where(is_rare[drawn], rare, np.uint32(0))
        packed = keys.astype(np.uint64) << np.uint64(32)
        packed |= generator.integers(count * PLACES, size=posting_count, dtype=np.uint64)
        packed.sort()
        run = Run(
            np.arange(count) + FIRST_MADE_UP + made,
            (np.arange(count + 1) * PLACES).astype(np.uint32),
            np.zeros(0, np.int64),
            (packed >> np.uint64(32)).astype(np.uint32),
            packed.astype(np.uint32),
        )
        names.append(segment_name(len(names)))
        write_run(folder / names[-1], run)
        made += count
    log = log_name(len(names))
    create_log(folder / log)
    write_manifest(folder, Manifest(tuple(names), log, len(names) + 1, made))


def made_up_keys(
    known: list[Fingerprint], generator: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Keys as chance makes them of real parts, as often as it does; how many come each second."""
    blocks = [block for fingerprint in known for block in triples(fingerprint)]
    pitch = np.concatenate([block.pitch for block in blocks])
    rarity = np.concatenate([block.rarity for block in blocks])
    shapes = [np.concatenate([block.pitch_to[n] for block in blocks]) for n in (0, 1)]
    times = [np.concatenate([block.ticks_to[n] for block in blocks]) for n in (0, 1)]
    table, count = [], 0
    while count < DRAWN_KEYS:
        a, b, c = (generator.integers(len(pitch), size=100_000) for _ in range(3))
        drawn = (rarity[a], pitch[a], (shapes[0][b], shapes[1][b]), (times[0][c], times[1][c]))
        table.append(key_values(*drawn))
        count += len(table[-1])
    seconds = sum(fingerprint.duration_s for fingerprint in known)
    return np.concatenate(table), float((1 / rarity).sum()) / seconds


def fingerprint_of(
    candidate: Candidate, query: Fingerprint, others: list[Fingerprint]
) -> Fingerprint:
    """What a made-up track that the index proposes could sound like.

    Every eight seconds are a part of another recording, one to six semitones higher or lower. Over
    that lie the peaks of as many of the query's triples as keys agreed on, where they agreed.
    """
    generator = np.random.default_rng(candidate.track_id)
    pieces = [
        _part(others[generator.integers(len(others))], start, generator)
        for start in range(0, TICKS, PART_TICKS)
    ]
    pieces.append(_agreed(candidate, query, generator))
    ticks, pitches = (np.concatenate(column) for column in zip(*pieces, strict=True))
    inside = (ticks >= 0) & (ticks < TICKS) & (pitches >= 0) & (pitches < pitch_steps)
    order = np.argsort(ticks[inside], kind="stable")
    return Fingerprint(
        ticks[inside][order].astype(np.int32), pitches[inside][order].astype(np.uint16), TICKS
    )


def _part(
    of: Fingerprint, start: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    first = int(generator.integers(max(of.duration_ticks - PART_TICKS, 1)))
    inside = (of.ticks >= first) & (of.ticks < first + PART_TICKS)
    semitones = int(generator.integers(1, SEMITONES_MAX + 1)) * int(generator.choice((-1, 1)))
    pitches = of.pitches[inside].astype(np.int64) + semitones * SEMITONE_STEPS
    return of.ticks[inside].astype(np.int64) - first + start, pitches


def _agreed(
    candidate: Candidate, query: Fingerprint, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    blocks = list(triples(query))
    ticks, pitch = (
        np.concatenate([getattr(b, name) for b in blocks]) for name in ("ticks", "pitch")
    )
    which = generator.integers(len(ticks), size=candidate.votes)
    at, high = [ticks[which]], [pitch[which]]
    for n in (0, 1):
        at.append(at[0] + np.concatenate([b.ticks_to[n] for b in blocks])[which])
        high.append(high[0] + np.concatenate([b.pitch_to[n] for b in blocks])[which])
    placed = np.rint(candidate.offset_s * ticks_per_s + candidate.speed * np.concatenate(at))
    steps = np.rint(pitch_steps_per_octave * np.log2(candidate.speed))
    return placed.astype(np.int64), (np.concatenate(high) - steps).astype(np.int64)
