"""Fingerprints of real recordings: speed, recall after damage, and look-ups in a large index.

The recordings are what the system has under /usr/share (Debian's game music:
wesnoth-1.16-music, supertux-data, ufoai-music, …), and what the folders named by --music hold. The
index is filled up to --tracks with made-up tracks of four minutes: their keys are put together from
the pitches, intervals and distances in time of the real ones, drawn apart from each other. Half a
million keys are drawn; one that comes once stands for eight as rare, the others for themselves.

A sixth of the recordings stays
out of the index, to see whether one is found that is not there.

A query counts as found when the right track is among the candidates and the comparison calls it a
copy; as a false match when the comparison calls another recording a copy.
"""

from __future__ import annotations

import argparse
import io
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
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import av
import lameenc
import numpy as np

from pennywhistle.engines.fingerprint import Fingerprint, Index, compare, extract
from pennywhistle.engines.fingerprint.index.files import (
    Manifest,
    log_name,
    segment_name,
    write_manifest,
)
from pennywhistle.engines.fingerprint.index.log import create_log
from pennywhistle.engines.fingerprint.index.postings import Run
from pennywhistle.engines.fingerprint.index.writing import write_run
from pennywhistle.engines.fingerprint.keys import key_values, triples

RATE_HZ = 44_100
ENDINGS = (".ogg", ".mp3", ".flac", ".opus")
SMALLEST_BYTES = 300_000
TRACK_S, PLACES = 240, 2_400
TRACKS_PER_SEGMENT = 100_000
DRAWN_KEYS, STANDS_FOR = 1 << 19, 8
FIRST_MADE_UP = 1_000_000


@dataclass
class Recording:
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
        fill(Path(folder), known, asked.tracks)
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


def read(asked: argparse.Namespace) -> tuple[list[Recording], float]:
    """Decode and fingerprint what is there; the latter so many times faster than playing it."""
    recordings, seconds, cpu_s, seen = [], 0.0, 0.0, set()
    for name, source in found_files([Path("/usr/share"), *asked.music]):
        if len(recordings) == asked.recordings:
            break
        try:
            samples = decode(source, seconds_max=asked.seconds)
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
        recordings.append(Recording(name, samples, fingerprint))
    if len(recordings) < 12:
        raise SystemExit(
            "Too little music is here; on Debian: apt-get install --no-install-recommends "
            "wesnoth-1.16-music ufoai-music nexuiz-music supertux-data warzone2100-music"
        )
    random.Random(5).shuffle(recordings)  # noqa: S311 no secret
    return recordings, seconds / cpu_s


def found_files(folders: list[Path]) -> Iterator[tuple[str, io.BytesIO | Path]]:
    """Music by path, also inside of games' archives."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix not in {*ENDINGS, ".pk3"} or path.is_symlink():
                continue
            if path.suffix in ENDINGS and path.stat().st_size > SMALLEST_BYTES:
                yield str(path), path
            elif path.suffix == ".pk3" and zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.infolist():
                        large = member.file_size > SMALLEST_BYTES
                        if large and member.filename.endswith(ENDINGS):
                            yield f"{path}/{member.filename}", io.BytesIO(archive.read(member))


def decode(source: io.BytesIO | Path, *, seconds_max: float = 1e9) -> np.ndarray:
    """Stereo at 44.1 kHz, 16 bits, from the beginning."""
    resampler = av.AudioResampler("s16", "stereo", RATE_HZ)
    pieces, count = [], 0
    with av.open(str(source) if isinstance(source, Path) else source) as file:
        for frame in file.decode(file.streams.audio[0]):
            for made in resampler.resample(frame):
                pieces.append(made.to_ndarray().reshape(-1, 2))
                count += len(pieces[-1])
            if count >= seconds_max * RATE_HZ:
                break
    return np.concatenate(pieces)[: int(min(seconds_max * RATE_HZ, count))]


def beside_fpcalc(recordings: list[Recording]) -> float:
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


def fill(folder: Path, known: list[Recording], track_count: int) -> None:
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
    known: list[Recording], generator: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Keys as chance makes them of real parts, as often as it does; how many come each second."""
    blocks = [block for recording in known for block in triples(recording.fingerprint)]
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
    seconds = sum(recording.fingerprint.duration_s for recording in known)
    return np.concatenate(table), float((1 / rarity).sum()) / seconds


def ask(index: Index, known: list[Recording], unknown: list[Recording], query_count: int) -> Tally:
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
    known: list[Recording],
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


def mp3_64(samples: np.ndarray, _: random.Random) -> np.ndarray:
    """Through MP3 at 64 kbit/s and back."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_channels(2)
    encoder.silence()
    return decode(io.BytesIO(bytes(encoder.encode(samples.tobytes()) + encoder.flush())))


def opus_48(samples: np.ndarray, _: random.Random) -> np.ndarray:
    """Through Opus at 48 kbit/s and back."""
    made = io.BytesIO()
    with av.open(made, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="stereo", bit_rate=48_000)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "stereo")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler("s16", "stereo", 48_000, 960)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(resampled))
        file.mux(stream.encode(None))
    made.seek(0)
    return decode(made)


def noise(samples: np.ndarray, dice: random.Random) -> np.ndarray:
    """White noise, 10 dB below the music, and half the level."""
    sound = samples.astype(np.float32)
    level = np.sqrt(np.mean(sound**2)) * 10 ** (-10 / 20)
    hiss = np.random.default_rng(dice.randrange(1 << 30)).standard_normal(sound.shape, np.float32)
    return np.clip((sound + level * hiss) / 2, -32_768, 32_767).astype(np.int16)


def excerpt_10s(samples: np.ndarray, _: random.Random) -> np.ndarray:
    """Ten seconds out of the middle."""
    return samples[10 * RATE_HZ : 20 * RATE_HZ]


def speed_2pct(samples: np.ndarray, dice: random.Random) -> np.ndarray:
    """Two percent faster or slower, with its pitch."""
    instants = np.arange(0, len(samples) - 1, dice.choice((0.98, 1.02)))
    whole = np.arange(len(samples))
    channels = [np.interp(instants, whole, samples[:, channel]) for channel in (0, 1)]
    return np.stack(channels, axis=1).astype(np.int16)


DAMAGES: dict[str, Callable[[np.ndarray, random.Random], np.ndarray]] = {
    "recall_mp3_64": mp3_64,
    "recall_opus_48": opus_48,
    "recall_noise": noise,
    "recall_excerpt_10s": excerpt_10s,
    "recall_speed_2pct": speed_2pct,
}


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
