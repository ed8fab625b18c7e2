"""Fingerprints of real recordings: speed, recall after damage, and look-ups in a large index.

The recordings are what the system has under /usr/share (Debian's game music:
wesnoth-1.16-music, supertux-data, ufoai-music, …), and what the folders named by --music hold. The
index is filled up to --tracks with made-up tracks of four minutes: their keys are put together from
the pitches, intervals and distances in time of the real ones, drawn apart from each other. Half a
million keys are drawn; one that comes once stands for eight as rare, the others for themselves.

A sixth of the recordings stays out of the index, to see whether one is found that is not there.
A query counts as found when the right track is among the candidates and the comparison calls it a
copy; as a false match when the comparison calls another recording a copy.

As it is, it takes some minutes; `--tracks 1000000` is what docs/algorithms/fingerprint.md states.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import av
import numpy as np
from music.damages import DAMAGES
from music.made_up import FIRST_MADE_UP, TRACK_S, fill
from music.recordings import HERE, RATE_HZ, decode, found_recordings

from pennywhistle.engines.fingerprint import Fingerprint, Index, compare, extract


@dataclass
class Heard:
    """A real recording: where it is from, its first part, and the fingerprint of that."""

    name: str
    samples: np.ndarray
    fingerprint: Fingerprint


@dataclass
class Tally:
    """What became of the queries."""

    found: dict[str, list[bool]] = field(default_factory=dict)
    false: list[str] = field(default_factory=list)
    asked: int = 0
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def main() -> None:
    """Read, fill, ask, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tracks", type=int, default=100_000, help="in the index")
    options.add_argument("--recordings", type=int, default=330)
    options.add_argument("--seconds", type=int, default=32, help="of each recording")
    options.add_argument("--queries", type=int, default=60, help="recordings to damage and ask for")
    options.add_argument("--music", type=Path, action="append", default=[], help="more folders")
    asked = options.parse_args()
    figures: dict[str, float] = {}
    recordings, figures["extract_x_realtime"] = read(asked)
    print(f"{len(recordings)} real recordings, {asked.seconds} seconds each", flush=True)
    figures["ratio_to_fpcalc"] = beside_fpcalc(recordings)
    known = [recording for number, recording in enumerate(recordings) if number % 6]
    unknown = [recording for number, recording in enumerate(recordings) if number % 6 == 0]
    with tempfile.TemporaryDirectory(prefix="pennywhistle-bench-") as folder:
        began = time.perf_counter()
        fill(Path(folder), [one.fingerprint for one in known], asked.tracks)
        print(f"filled up in {time.perf_counter() - began:.0f} s", flush=True)
        with Index(Path(folder)) as index:
            began = time.perf_counter()
            index.add_many((n, recording.fingerprint) for n, recording in enumerate(known))
            figures["add_ms"] = 1000 * (time.perf_counter() - began) / len(known)
            tally = ask(index, known, unknown, asked.queries)
            figures["tracks"] = len(index)
            figures["bytes_per_track"] = index.size_bytes / len(index)
    figures |= figures_of(tally)
    rate = statistics.mean(
        len(recording.fingerprint.to_bytes()) / recording.fingerprint.duration_s
        for recording in recordings
    )
    figures["fingerprint_bytes_per_track"] = TRACK_S * rate
    figures["recordings"] = len(recordings)
    figures["load_average"] = os.getloadavg()[0]
    for line in tally.false:
        print(f"false or a second copy: {line}")
    extrapolate(figures)
    rounded = {
        name: None if math.isnan(value) else round(value, 4) for name, value in figures.items()
    }
    print(json.dumps({"bench": "fingerprint", "figures": rounded}))


def read(asked: argparse.Namespace) -> tuple[list[Heard], float]:
    """Decode and fingerprint what is there; the latter so many times faster than playing it."""
    recordings, seconds, cpu_s, seen = [], 0.0, 0.0, set()
    for recording in found_recordings([HERE, *asked.music]):
        if len(recordings) == asked.recordings:
            break
        try:
            samples = decode(recording.opened(), seconds_max=asked.seconds)
        except (av.FFmpegError, IndexError):
            continue
        digest = crc32(samples.tobytes())
        if len(samples) < 30 * RATE_HZ or digest in seen or not samples.any():
            continue
        seen.add(digest)
        began = time.process_time()
        fingerprint = extract(samples, RATE_HZ)
        cpu_s += time.process_time() - began
        seconds += len(samples) / RATE_HZ
        recordings.append(Heard(str(recording), samples, fingerprint))
    if len(recordings) < 12:
        raise SystemExit(
            "Too little music is here; on Debian: apt-get install --no-install-recommends "
            "wesnoth-1.16-music ufoai-music nexuiz-music supertux-data warzone2100-music"
        )
    random.Random(5).shuffle(recordings)  # noqa: S311 no secret
    return recordings, seconds / cpu_s


def beside_fpcalc(recordings: list[Heard]) -> float:
    """Processor seconds of ours by those of fpcalc, on the same WAV files, each read whole."""
    if shutil.which("fpcalc") is None:
        print("fpcalc is not here, so there is no ratio; on Debian: libchromaprint-tools")
        return float("nan")
    ratios = []
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        for first in range(0, 24, 4):
            samples = np.concatenate([one.samples for one in recordings[first : first + 4]])
            with wave.open(file.name, "wb") as written:
                written.setparams((2, 2, RATE_HZ, 0, "NONE", ""))
                written.writeframes(samples.tobytes())
            began = time.process_time()
            with wave.open(file.name) as source:
                read_back = np.frombuffer(source.readframes(source.getnframes()), np.int16)
            extract(read_back.reshape(-1, 2), RATE_HZ)
            ours = time.process_time() - began
            began = children_s()
            # It says that the file has ended as if that were a failure, after printing the answer.
            command = ["fpcalc", "-length", "0", "-raw", file.name]
            made = subprocess.run(command, check=False, capture_output=True).stdout
            assert b"FINGERPRINT=" in made
            ratios.append(ours / (children_s() - began))
    return statistics.median(ratios)


def children_s() -> float:
    """Processor seconds of the programs that were run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ask(index: Index, known: list[Heard], unknown: list[Heard], query_count: int) -> Tally:
    """Look up damaged recordings that are there, and whole ones that are not."""
    tally, dice = Tally(), random.Random(9)  # noqa: S311 no secret
    for number in range(min(query_count, len(known))):
        start = dice.randrange(max(len(known[number].samples) - 25 * RATE_HZ, 1))
        part = known[number].samples[start : start + 24 * RATE_HZ]
        for kind, damage in DAMAGES.items():
            candidates = look_up(index, known, tally, extract(damage(part, dice), RATE_HZ), number)
            tally.found.setdefault(kind, []).append(candidates)
    for recording in unknown:
        look_up(index, known, tally, recording.fingerprint, None, recording.name)
    return tally


def look_up(
    index: Index,
    known: list[Heard],
    tally: Tally,
    query: Fingerprint,
    right: int | None,
    name: str = "",
) -> bool:
    """Whether the right track is found; wrong ones are written down."""
    wall, cpu = time.perf_counter(), time.process_time()
    candidates = index.lookup(query)
    tally.wall_ms.append(1000 * (time.perf_counter() - wall))
    tally.cpu_ms.append(1000 * (time.process_time() - cpu))
    tally.asked += 1
    found = False
    for candidate in candidates:
        # Of the made-up ones there is no fingerprint that could agree.
        if candidate.track_id >= FIRST_MADE_UP:
            continue
        match = compare(query, known[candidate.track_id].fingerprint)
        if match.is_copy and candidate.track_id == right:
            found = True
        elif match.is_copy:
            asked_for = name or known[right or 0].name
            tally.false.append(f"{asked_for} = {known[candidate.track_id].name}: {match}")
    return found


def figures_of(tally: Tally) -> dict[str, float]:
    """Shares and times."""
    figures = {kind: statistics.mean(map(float, found)) for kind, found in tally.found.items()}
    figures["false_match_rate"] = len(tally.false) / tally.asked
    figures["asked"] = tally.asked
    wall = sorted(tally.wall_ms)
    figures["lookup_ms_p50"] = statistics.median(wall)
    figures["lookup_ms_p99"] = wall[round(0.99 * (len(wall) - 1))]
    figures["lookup_cpu_ms"] = statistics.median(tally.cpu_ms)
    return figures


def extrapolate(figures: dict[str, float]) -> None:
    """Say what ten million tracks would take."""
    gigabytes = figures["bytes_per_track"] * 10_000_000 / 1e9
    kept = figures["fingerprint_bytes_per_track"] * 10_000_000 / 1e9
    print(
        f"10 million tracks of four minutes: index {figures['bytes_per_track']:.0f} B a track = "
        f"{gigabytes:.0f} GB; the fingerprints themselves, wherever they are kept, {kept:.0f} GB"
    )


if __name__ == "__main__":
    main()
