"""Fingerprints of real recordings: speed, recall after damage, and look-ups in a large index.

The recordings are what the system has under /usr/share (Debian's game music:
wesnoth-1.16-music, supertux-data, ufoai-music, …), and what the folders named by --music hold. The
index is filled up to --tracks with made-up tracks of four minutes: their keys are put together from
the pitches, intervals and distances in time of the real ones, drawn apart from each other. Half a
million keys are drawn; one that comes once stands for eight as rare, the others for themselves.

A sixth of the recordings stays out of the index, to see whether one is found that is not there.
It is decided as the store does: what the index proposes is compared, and a copy of ten seconds, or
of half of the shorter one, holds a release (apps.copies.limits). A query counts as found when that
is said of the right track; as a false match when it is said of any other, real or made up. A
made-up track that is proposed gets a fingerprint for it: parts of other recordings, transposed, and
the very peaks by whose keys it came to be proposed, where those keys stand.

It takes a quarter of an hour of one core, 3 GB of memory and 2.5 GB of disk.
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
from music.made_up import FIRST_MADE_UP, TRACK_S, fill, fingerprint_of
from music.recordings import HERE, RATE_HZ, decode, found_recordings

from pennywhistle.apps.copies.limits import CANDIDATES_FIRST, HOLDS_FROM_S, HOLDS_FROM_SHARE
from pennywhistle.engines.fingerprint import Fingerprint, Index, compare, extract

SMALLER, TEN_MILLION = 10, 10_000_000
TIMED_QUERIES = 24


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
    made_up_compared: int = 0
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def main() -> None:
    """Read, fill, ask, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tracks", type=int, default=1_000_000, help="in the index")
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
    for recording in [*known[asked.queries :], *unknown]:
        recording.samples = recording.samples[:0]
    small_ms = lookup_cpu_ms(asked.tracks // SMALLER, known)
    with tempfile.TemporaryDirectory(prefix="pennywhistle-bench-") as folder:
        began = time.perf_counter()
        fill(Path(folder), [one.fingerprint for one in known], asked.tracks)
        print(f"filled up in {time.perf_counter() - began:.0f} s", flush=True)
        with Index(Path(folder)) as index:
            began = time.perf_counter()
            index.add_many((n, recording.fingerprint) for n, recording in enumerate(known))
            figures["add_ms"] = 1000 * (time.perf_counter() - began) / len(known)
            tally = ask(index, known, unknown, asked.queries)
            large_ms = timed(index, known)
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
    extrapolate(figures, small_ms, large_ms)
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


def lookup_cpu_ms(track_count: int, known: list[Heard]) -> float:
    """Processor time of a look-up among so many made-up tracks, the median."""
    with tempfile.TemporaryDirectory(prefix="pennywhistle-bench-") as folder:
        fill(Path(folder), [one.fingerprint for one in known], track_count)
        with Index(Path(folder)) as index:
            return timed(index, known)


def timed(index: Index, known: list[Heard]) -> float:
    """The same questions to any index, twice each, so that nothing waits for the disk."""
    took = []
    for recording in [*known[:TIMED_QUERIES], *known[:TIMED_QUERIES]]:
        began = time.process_time()
        index.lookup(recording.fingerprint, limit=CANDIDATES_FIRST)
        took.append(1000 * (time.process_time() - began))
    return statistics.median(took[TIMED_QUERIES:])


def ask(index: Index, known: list[Heard], unknown: list[Heard], query_count: int) -> Tally:
    """Look up damaged recordings that are there, and whole ones that are not."""
    tally, dice = Tally(), random.Random(9)  # noqa: S311 no secret
    for number in range(min(query_count, len(known))):
        start = dice.randrange(max(len(known[number].samples) - 25 * RATE_HZ, 1))
        part = known[number].samples[start : start + 24 * RATE_HZ]
        for kind, damage in DAMAGES.items():
            candidates = look_up(index, known, tally, extract(damage(part, dice), RATE_HZ), number)
            tally.found.setdefault(kind, []).append(candidates)
        if number % 10 == 9:
            print(f"asked for {number + 1} recordings", flush=True)
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
    candidates = index.lookup(query, limit=CANDIDATES_FIRST)
    tally.wall_ms.append(1000 * (time.perf_counter() - wall))
    tally.cpu_ms.append(1000 * (time.process_time() - cpu))
    tally.asked += 1
    found = False
    others = [one.fingerprint for number, one in enumerate(known) if number != right]
    for candidate in candidates:
        is_made_up = candidate.track_id >= FIRST_MADE_UP
        tally.made_up_compared += is_made_up
        other = (
            fingerprint_of(candidate, query, others)
            if is_made_up
            else known[candidate.track_id].fingerprint
        )
        match = compare(query, other)
        shorter_s = min(query.duration_s, other.duration_s)
        if not match.is_copy or match.length_s < min(HOLDS_FROM_S, HOLDS_FROM_SHARE * shorter_s):
            continue
        if candidate.track_id == right:
            found = True
            continue
        what = "a made-up track" if is_made_up else known[candidate.track_id].name
        tally.false.append(f"{name or known[right or 0].name} = {what}: {match}")
    return found


def figures_of(tally: Tally) -> dict[str, float]:
    """Shares and times."""
    figures = {kind: statistics.mean(map(float, found)) for kind, found in tally.found.items()}
    figures["false_match_rate"] = len(tally.false) / tally.asked
    # The rule of three, and its like for more than none (Poisson, 95 %).
    few = min(len(tally.false), 3)
    figures["false_match_rate_below"] = (3.0, 4.75, 6.3, 7.76)[few] / tally.asked
    figures["asked"] = tally.asked
    figures["made_up_compared"] = tally.made_up_compared
    wall = sorted(tally.wall_ms)
    figures["lookup_ms_p50"] = statistics.median(wall)
    figures["lookup_ms_p99"] = wall[round(0.99 * (len(wall) - 1))]
    figures["lookup_cpu_ms"] = statistics.median(tally.cpu_ms)
    return figures


def extrapolate(figures: dict[str, float], small_ms: float, large_ms: float) -> None:
    """Say what ten million tracks would take, with the arithmetic."""
    index, kept = figures["bytes_per_track"], figures["fingerprint_bytes_per_track"]
    here = figures["tracks"]
    small = here // SMALLER
    more = TEN_MILLION - here
    each_us = 1000 * (large_ms - small_ms) / max(here - small, 1)
    then_ms = large_ms + more * each_us / 1000
    figures["lookup_cpu_ms_10_million"] = then_ms
    print(
        "Ten million tracks of four minutes, by what was measured:\n"
        f"  index         {index:.0f} B x 10,000,000 = {index / 100:.1f} GB\n"
        f"  fingerprints  {kept:.0f} B x 10,000,000 = {kept / 100:.1f} GB, wherever they are kept\n"
        f"  look-up       {small_ms:.1f} ms of processor time at {small:,.0f} tracks, "
        f"{large_ms:.1f} ms at {here:,.0f}: {each_us:.3f} us for each track more;\n"
        f"                {large_ms:.1f} ms + {more:,.0f} x {each_us:.3f} us = {then_ms:.0f} ms\n"
        f"  false copies  {figures['made_up_compared']:.0f} made-up tracks were compared for "
        f"{figures['asked']:.0f} look-ups; a look-up compares {CANDIDATES_FIRST} at most, "
        "however many tracks there are"
    )


if __name__ == "__main__":
    main()
